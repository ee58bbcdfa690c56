#!/usr/bin/env python3
"""Holds the manual's pages of section 3 against the public headers.

usage: lib/man/pages.py COMMAND [ARGUMENT...]

  names SYMBOLS       each exported symbol (one a line in the file SYMBOLS) is in the NAME of one
                      page and in its DESCRIPTION; each name in a page is one that programs can use
  synopsis [--update] the prototypes of each SYNOPSIS are those of the headers; --update writes them
  example PAGE        the complete program in the EXAMPLES of a page, to standard output

exit: 0 all right, 1 differences (said on standard output), 2 usage
"""
import re
import sys
from pathlib import Path

MAN = Path(__file__).resolve().parent
HEADERS = MAN.parent / "include" / "coap3"

# Attributes that say something to the compiler and nothing to the reader.
ATTRIBUTES = re.compile(r"\b(COAP_PRINTF_LIKE|COAP_ATTRIBUTE\w*)\s*\([^)]*\)|\bCOAP_DEPRECATED\b")
WORD = re.compile(r"\bcoap_[a-z0-9_]+\b")


class Prototype:
    """What a function, a function's type or a function-like macro takes and gives."""

    def __init__(self, result: str, name: str, arguments: list[str]) -> None:
        self.result = result
        self.name = name
        self.arguments = arguments

    def lines(self) -> list[str]:
        """As mdoc macros."""
        result = [f'.Ft "{self.result}"'] if self.result else []
        quoted = [f'.Fa "{argument}"' for argument in self.arguments]
        return [*result, f".Fo {self.name}", *quoted, ".Fc"]


def split_arguments(text: str) -> list[str]:
    """The parts between the outer commas."""
    parts: list[str] = [""]
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [" ".join(part.split()) for part in parts if part.strip()]


def header_text() -> str:
    """All public headers, comments and line continuations taken away."""
    text = "\n".join(path.read_text() for path in sorted(HEADERS.glob("*.h")))
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return text.replace("\\\n", " ")


def declarations() -> dict[str, Prototype]:
    """Functions by name, handler types as "(*name)"."""
    found = {}
    text = re.sub(r"^\s*#.*$", "", header_text(), flags=re.M)
    text = ATTRIBUTES.sub("", text)
    for statement in re.split(r";|\bCOAP_(?:BEGIN|END)_DECLS\b", text):
        match = re.fullmatch(r"([\w *]+?) ?(\(\*coap_\w+\)|\bcoap_\w+) ?\((?!\*)(.*)\)",
                             " ".join(statement.split()))
        if match:
            result, name, arguments = match.groups()
            found[name] = Prototype(result.strip(), name, split_arguments(arguments))
    return found


def macros() -> dict[str, Prototype]:
    """Function-like macros by name; they have no result and no types."""
    found = {}
    for name, arguments in re.findall(r"^#define (coap_\w+)\(([^)]*)\)", header_text(), re.M):
        found[name] = Prototype("", name, split_arguments(arguments))
    return found


def section(lines: list[str], title: str) -> list[str]:
    """The lines of a page between one .Sh and the next."""
    if f".Sh {title}" not in lines:
        return []
    rest = lines[lines.index(f".Sh {title}") + 1:]
    end = next((i for i, line in enumerate(rest) if line.startswith(".Sh ")), len(rest))
    return rest[:end]


def names_of(lines: list[str]) -> list[str]:
    """What a page's NAME lists: functions, or for a page of structures its own title."""
    return [line.split()[1] for line in section(lines, "NAME") if line.startswith(".Nm ")]


def pages() -> list[Path]:
    """The pages of section 3."""
    return sorted(MAN.glob("*.3"))


def check_names(symbols: set[str]) -> list[str]:
    """What is wrong between exported symbols and pages."""
    wrong = []
    documented: dict[str, str] = {}
    references: list[tuple[str, str]] = []
    usable = symbols | set(macros())
    titles = {path.stem for path in MAN.glob("*.[1-9]")}
    for path in pages():
        lines = path.read_text().splitlines()
        described = "\n".join(line for line in section(lines, "DESCRIPTION"))
        declared = {line.split()[1] for line in section(lines, "SYNOPSIS")
                    if line.startswith(".Fo ")}
        for name in names_of(lines):
            if name in documented:
                wrong.append(f"{path.name}: {name} is in {documented[name]} already")
            documented[name] = path.name
            if name == path.stem:
                continue
            if name not in declared:
                wrong.append(f"{path.name}: {name} is not in the SYNOPSIS")
            if not re.search(rf"\b{name}\b", described):
                wrong.append(f"{path.name}: {name} is not in the DESCRIPTION")
        for line in lines:
            if line.startswith((".Fn ", ".Fo ")) and not line.startswith(".Fo (*"):
                name = line.split()[1]
                if name not in usable:
                    wrong.append(f"{path.name}: {name} is not exported")
            reference = re.match(r"\.Xr (coap[\w-]*) ([1-9])", line)
            if reference and reference.group(1) not in titles:
                references.append((path.name, reference.group(1)))
    wrong += [f"{page}: there is no page {name}" for page, name in references
              if name not in documented]
    wrong += [f"no page documents {name}" for name in sorted(symbols - set(documented))]
    return wrong


def synopsis(update: bool) -> list[str]:
    """Pages whose prototypes differ from the headers; `update` writes these."""
    wrong = []
    known = {**declarations(), **macros()}
    for path in pages():
        text = path.read_text()
        start = text.index(".Sh SYNOPSIS\n")
        end = text.index(".Sh ", start + 1)
        blocks = re.findall(r'((?:\.Ft [^\n]*\n)?\.Fo (\S+)\n(?:\.Fa [^\n]*\n)*\.Fc\n)',
                            text[start:end])
        new = text[start:end]
        for block, name in blocks:
            if name not in known:
                wrong.append(f"{path.name}: no header declares {name}")
            else:
                new = new.replace(block, "\n".join(known[name].lines()) + "\n")
        if new != text[start:end] and update:
            path.write_text(text[:start] + new + text[end:])
        elif new != text[start:end]:
            wrong.append(f"{path.name}: the SYNOPSIS is not what the headers declare: "
                         "lib/man/pages.py synopsis --update")
    return wrong


def example(path: Path) -> str:
    """The program that a page's EXAMPLES show: literal blocks, the escapes undone."""
    blocks = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$",
                        "\n".join(section(path.read_text().splitlines(), "EXAMPLES")),
                        re.S | re.M)
    programs = [block for block in blocks if re.search(r"^main\(", block, re.M)]
    return programs[0].replace("\\&", "").replace("\\e", "\\") if programs else ""


def main(arguments: list[str]) -> int:
    match arguments:
        case ["names", symbols]:
            wrong = check_names(set(Path(symbols).read_text().split()))
        case ["synopsis"]:
            wrong = synopsis(False)
        case ["synopsis", "--update"]:
            wrong = synopsis(True)
        case ["example", page]:
            text = example(Path(page))
            print(text, end="")
            return 0 if text else 1
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
