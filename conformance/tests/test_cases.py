"""The catalogue of cases and mutants, and what the cases are made of."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from suite.case import LEVELS, Case, load
from suite.cases.links import LinkError, matches, parse
from suite.mutants import FEATURES, KEYS, RESOURCES, client_keys, serve_reference
from suite.mutants.links import Link, document, link_matches
from suite.runner import run_cases
from suite.selftest import MUTANTS, run_client
from suite.target import DEFAULT_PORTS, Target, parse_uri
from suite.verdict import INCONCLUSIVE, PASS, Run

CASES = load()
ID = re.compile(r"rfc\d+/[0-9.]+/[a-z0-9-]+")
ROW = re.compile(r"(R\d+|X)-\d\d\d?")


def test_there_are_enough() -> None:
    assert len(CASES) >= 400
    assert sum(case.role == "client" for case in CASES.values()) >= 100
    assert len(MUTANTS) >= len(CASES)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_case_says_what_it_is_about(case: Case) -> None:
    assert ID.fullmatch(case.id)
    number, section, _ = case.id.split("/")
    assert f"RFC {number[3:]}" in case.rfc
    named = re.findall(r"\d+(?:\.\d+)*", case.rfc)
    assert any(f"{name}.".startswith(f"{section}.") or f"{section}.".startswith(f"{name}.")
               for name in named)
    assert case.level in LEVELS
    assert len(case.transports) == 1 and case.transports[0] in DEFAULT_PORTS
    assert case.rows and all(ROW.fullmatch(row) for row in case.rows)
    assert case.title and not case.title.endswith(".")
    assert case.text.endswith(".")
    assert case.function.__doc__


def test_each_case_has_a_mutant() -> None:
    covered = {case for mutant in MUTANTS for case in mutant.breaks}
    assert sorted(set(CASES) - covered) == []


def test_mutants_name_cases_that_exist() -> None:
    for mutant in MUTANTS:
        assert mutant.breaks, mutant.name
        assert set(mutant.breaks) | set(mutant.also) <= set(CASES), mutant.name
        assert not set(mutant.breaks) & set(mutant.also), mutant.name
        seen = set(mutant.breaks) | set(mutant.also)
        assert all(mutant.transport in CASES[case].transports for case in seen), mutant.name
        assert all(mutant.role == CASES[case].role for case in seen), mutant.name
        assert mutant.summary.endswith("."), mutant.name


def test_mutants_have_names_of_their_own() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names))


async def not_passed(run: Callable[[list[Case], int], Awaitable[Run]]) -> dict[str, str]:
    """Of the quick cases, those that did not pass. The ones without a verdict for want of time, as
    on a machine that has other work, are run again."""
    whole = await run([c for c in CASES.values() if not c.slow], 16)
    assert whole.executed
    results = {r.case.id: r for r in whole.results}
    starved = [r.case for r in whole.results if r.verdict == INCONCLUSIVE]
    if starved:
        results.update({r.case.id: r for r in (await run(starved, 1)).results})
    return {name: f"{r.verdict}: {r.text}" for name, r in results.items() if r.verdict != PASS}


@pytest.mark.parametrize("transport", DEFAULT_PORTS)
def test_the_quick_cases_pass_on_the_correct_server(transport: str) -> None:
    async def main() -> dict[str, str]:
        async with serve_reference(transport=transport) as uri:
            target = Target("reference", parse_uri(uri, KEYS, client_keys()),
                            dict(RESOURCES))
            target.features.update(FEATURES)
            await target.probe()
            return await not_passed(lambda cases, jobs: run_cases(cases, target, jobs=jobs))

    assert asyncio.run(main()) == {}


@pytest.mark.parametrize("transport", ["coap", "coaps", "coaps+tcp", "coaps+ws"])
def test_the_quick_cases_pass_on_the_correct_client(transport: str) -> None:
    assert asyncio.run(not_passed(lambda cases, jobs: run_client(None, transport, cases))) == {}


def test_a_whole_run_leaves_the_server_as_it_was() -> None:
    """What the cases write they take back: a second run finds what the first one found."""

    async def main() -> tuple[bytes, bytes, bool, bool]:
        from suite.mutants.reference import serve
        from suite.mutants.rules import Rules

        rules = Rules()
        async with serve(rules) as uri:
            test, create = rules.site.resources[(b"test",)], rules.site.resources[(b"create1",)]
            before, there = test.payload, create.exists
            target = Target("reference", parse_uri(uri), dict(RESOURCES))
            await target.probe()
            await run_cases([c for c in CASES.values() if not c.slow], target, jobs=16)
            return before, test.payload, there, create.exists

    before, after, there, still_there = asyncio.run(main())
    assert (after, still_there) == (before, there)


def test_no_file_of_cases_is_too_long() -> None:
    folder = Path(__file__).resolve().parent.parent / "suite"
    for path in [*(folder / "cases").glob("*.py"), *(folder / "mutants").glob("*.py")]:
        assert len(path.read_text().splitlines()) < 500, path.name


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        (b"", []),
        (b"</a>", ["/a"]),
        (b'</a>;rt="x y";ct=40,</b>;obs', ["/a", "/b"]),
        (b'<http://h/x>;title="a, \\"b\\"; c";anchor="/a"', ["http://h/x"]),
        (b'</a> ; if = "s" , </b>', ["/a", "/b"]),
        (b"<>;rt=root", [""]),
    ],
)
def test_links_are_read(text: bytes, targets: list[str]) -> None:
    assert [link.target for link in parse(text)] == targets


@pytest.mark.parametrize(
    "text",
    [
        b"/a",
        b"</a",
        b"</a>;",
        b'</a>;rt="x',
        b"</a>,",
        b"</a></b>",
        b"</a>;rt=",
        b"</a b>",
        b"</a>;=x",
        b"\xff",
        b"</a>;rt=x y",
    ],
)
def test_broken_links_are_told(text: bytes) -> None:
    with pytest.raises(LinkError):
        parse(text)


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        ("rt", "a", True),
        ("rt", "b", True),
        ("rt", "a b", True),
        ("rt", "c", False),
        ("rt", "*", True),
        ("if", "*", False),
        ("href", "/x", True),
        ("href", "/*", True),
        ("href", "/y*", False),
        ("sz", "1*", True),
        ("sz", "2", False),
    ],
)
def test_both_sides_understand_filters_alike(name: str, wanted: str, expected: bool) -> None:
    """The cases and the reference server have a reading of their own of RFC 6690 4.1."""
    served = Link("/x", (("rt", "a b"), ("sz", "12")))
    (seen,) = parse(document([served]))
    assert link_matches(served, name, wanted) is expected
    assert matches(seen, name, wanted) is expected
