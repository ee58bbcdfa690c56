"""Link-format documents of the reference server (RFC 6690)."""

from dataclasses import dataclass, field

LIST_VALUED = frozenset({"rt", "if", "ct", "rel"})  # space-separated lists, RFC 6690 3.1, 3.2


@dataclass(frozen=True)
class Link:
    """One entry of /.well-known/core: a target and its attributes, in order."""

    href: str
    attributes: tuple[tuple[str, str], ...] = field(default=())

    def text(self) -> str:
        return f"<{self.href}>" + "".join(f";{n}={written(n, v)}" for n, v in self.attributes)


def written(name: str, value: str) -> str:
    """A cardinal stands bare, everything else is quoted (RFC 6690 2, RFC 7252 7.2.1)."""
    return value if name in ("sz", "ct") and value.isdigit() else f'"{value}"'


def value_matches(wanted: str, value: str) -> bool:
    """A trailing * asks for a prefix, anything else for equality (RFC 6690 4.1)."""
    if wanted.endswith("*"):
        return value.startswith(wanted[:-1])
    return value == wanted


def attribute_matches(wanted: str, name: str, value: str) -> bool:
    """In a list of values each one is compared by itself (RFC 6690 4.1)."""
    values = [value, *value.split()] if name in LIST_VALUED else [value]
    return any(value_matches(wanted, one) for one in values)


def link_matches(link: Link, name: str, wanted: str) -> bool:
    if name == "href":
        return value_matches(wanted, link.href)
    return any(attribute_matches(wanted, n, v) for n, v in link.attributes if n == name)


def split_query(query: str) -> tuple[str, str] | None:
    """The name and value of a filter, or None when the argument is not one."""
    name, equals, value = query.partition("=")
    return (name, value.strip('"')) if equals and name else None


def document(links: list[Link]) -> bytes:
    return ",".join(link.text() for link in links).encode()
