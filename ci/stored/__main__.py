"""Looks after the stored inputs; see ci/corpus, which calls this.

usage: python3 ci/stored worth|grow|starve|shorten|trim|import [--json FILE] [--from DIR]...
                        [--most N] [--capture FILE]... [--role server|client] [--quiet] TARGET...
Exit: 0 done, 1 an input failed, or a capture cannot be read.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from edges import MergeFailed, Seen, cover, run
from inputs import KINDS, BadInput, Stored
from shorten import fresh, parts, read, shorten
from starve import starve

TOP = Path(__file__).resolve().parents[2]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/stored", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("worth", "grow", "starve", "shorten", "trim", "import"))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--from", dest="folders", type=Path, action="append", default=[])
    parser.add_argument("--most", type=int, default=200)
    parser.add_argument("--capture", type=Path, action="append", default=[])
    parser.add_argument("--role", choices=("server", "client"))
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("targets", nargs="+")
    return parser.parse_args()


class Keeper:
    """One command, target by target."""

    def __init__(self, options: argparse.Namespace, work: Path) -> None:
        self.options = options
        self.work = work
        self.stored = Stored(TOP)
        self.failures = 0
        self.rows: list[dict[str, object]] = []

    def say(self, words: str) -> None:
        if not self.options.quiet:
            print(words, file=sys.stderr, flush=True)

    def look(self, target: str, more: list[Path]) -> Seen:
        """The stored inputs as bytes in work/seeds/TARGET, and others."""
        self.stored.as_bytes(target, self.work / "seeds")
        folders = [self.work / "seeds" / target, *more]
        self.say(f"{target}: running {sum(len(list(f.iterdir())) for f in folders)} inputs")
        seen = run(self.stored.fuzzer(target), folders, self.work)
        for path in seen.failed:
            self.failures += 1
            print(f"ci/corpus: {path} fails on {target}: run "
                  f"build-fuzz/fuzz/{target}_replay on it", file=sys.stderr)
        return seen

    def worth(self, target: str) -> None:
        seen = self.look(target, [])
        order = sorted(seen.edges, key=lambda path: (
            [path.name.startswith(f"{kind}-") for kind in KINDS].index(True)
            if path.name.startswith(tuple(f"{kind}-" for kind in KINDS)) else len(KINDS),
            path.name))
        times: dict[int, int] = {}
        for edges in seen.edges.values():
            for edge in edges:
                times[edge] = times.get(edge, 0) + 1
        before: set[int] = set()
        print(f"{target}: {len(times)} edges by {len(order)} inputs")
        print(f"  {'edges':>6} {'new':>5} {'only':>5}  input")
        for path in order:
            edges = seen.edges[path]
            only = sum(times[edge] == 1 for edge in edges)
            print(f"  {len(edges):6} {len(edges - before):5} {only:5}  {path.name}")
            self.rows.append({"target": target, "input": path.name, "edges": len(edges),
                              "new": len(edges - before), "only": only})
            before |= edges

    def starve(self, target: str) -> None:
        made = self.work / "starved" / target
        starve(self.stored, target, self.options.most, made)
        self.choose(target, [made], all_stay=True)

    def shorten(self, target: str) -> None:
        """Each program of reached/ by itself keeps its part of what they are there for."""
        if not self.stored.is_program(target):
            return
        seen = self.look(target, [])
        is_reached = {path: path.name.startswith("reached-") for path in seen.edges}
        have: set[int] = set().union(*(edges for path, edges in seen.edges.items()
                                       if not is_reached[path]))
        reached = {path: edges for path, edges in seen.edges.items() if is_reached[path]}
        chosen = cover(reached, set().union(*reached.values()) - have)
        folder = self.stored.corpus / "reached" / target
        programs = [read(folder / f"{path.name.removeprefix('reached-')}.session", part)
                    for path, part in parts(chosen, reached, have).items()]
        before = sum(len(program.operations) for program in programs)

        def look(texts: dict[str, str]) -> dict[str, frozenset[int]]:
            written, made = fresh(self.work / "shorter-text"), fresh(self.work / "shorter")
            paths = [written / f"{name}.session" for name in texts]
            for path, text in zip(paths, texts.values()):
                path.write_text(text, encoding="utf-8")
            self.stored.programs_as_bytes(paths, made)
            edges = run(self.stored.fuzzer(target), [made], self.work).edges
            return {path.name: ran for path, ran in edges.items()}

        shorten(programs, look, lambda words: self.say(f"{target}: {words}"))
        made = fresh(self.work / "shortened")
        kept: set[Path] = set()
        for number, program in enumerate(programs):
            text = made / f"{number}.session"
            text.write_text(program.text(program.operations), encoding="utf-8")
            data = made / str(number)
            self.stored.program_as_bytes(text, data)
            kept.add(self.stored.keep(target, data))
        for path in set(folder.iterdir()) - kept:
            path.unlink()
        after = sum(len(program.operations) for program in programs)
        print(f"{target}: {before} operations of {len(programs)} programs, {after} now")

    def grow(self, target: str) -> None:
        folders = self.options.folders
        if self.options.what == "grow" and not folders:
            folders = [TOP / "out/fuzz" / target / "corpus"]
        self.choose(target, folders)

    def choose(self, target: str, folders: list[Path], all_stay: bool = False) -> None:
        """Of the inputs of FOLDERS and, unless all stay, of those of reached/ alike."""
        folders = [folder for folder in folders if folder.is_dir() and any(folder.iterdir())]
        seen = self.look(target, folders)
        fixed = {path: edges for path, edges in seen.edges.items()
                 if path.parent.name == target and path.parent.parent == self.work / "seeds"
                 and (all_stay or not path.name.startswith("reached-"))}
        have: set[int] = set().union(*fixed.values())
        candidates = {path: edges for path, edges in seen.edges.items() if path not in fixed}
        wanted: set[int] = set().union(*candidates.values()) - have
        chosen = cover(candidates, wanted)
        folder = self.stored.corpus / "reached" / target
        old = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        kept = {self.stored.keep(target, path).name for path in chosen}
        if all_stay:
            kept |= old
        for name in old - kept:
            (folder / name).unlink()
        print(f"{target}: {len(have)} edges by {len(fixed)} inputs, {len(wanted)} more by "
              f"{len(kept)} in reached/ ({len(kept - old)} new, {len(old - kept)} gone)")

    def bring_in(self, target: str) -> None:
        role = self.options.role or ("client" if target.endswith("_client") else "server")
        made = self.work / "made"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        programs = self.work / "programs"
        programs.mkdir(exist_ok=True)
        for capture in self.options.capture:
            program = programs / f"{capture.stem}.session"
            self.stored.from_capture(capture, role, program)
            self.stored.program_as_bytes(program, made / capture.stem)
        seen = self.look(target, [made])
        have: set[int] = set()
        for path, edges in seen.edges.items():
            if path.parent != made:
                have |= edges
        for name in sorted(path.name for path in made.iterdir()):
            new = seen.edges.get(made / name, frozenset()) - have
            have |= new
            print(f"{target}: {name}: {len(new)} edges that none before has")
            if new:
                folder = self.stored.corpus / "recorded" / target
                folder.mkdir(parents=True, exist_ok=True)
                text = (programs / f"{name}.session").read_text(encoding="utf-8")
                (folder / f"{name}.session").write_text(
                    f"# {name}, the library in place of the {role}\n{text}", encoding="utf-8")

    def do(self, target: str) -> None:
        {"worth": self.worth, "grow": self.grow, "starve": self.starve,
         "shorten": self.shorten, "trim": self.grow,
         "import": self.bring_in}[self.options.what](target)


def main() -> int:
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        keeper = Keeper(options, Path(folder))
        try:
            for target in options.targets:
                keeper.do(target)
        except (BadInput, MergeFailed, subprocess.CalledProcessError) as failure:
            print(f"ci/corpus: {failure}", file=sys.stderr)
            return 1
        if options.json:
            options.json.write_text(json.dumps(keeper.rows, indent=1) + "\n", encoding="utf-8")
    return 1 if keeper.failures else 0


if __name__ == "__main__":
    sys.exit(main())
