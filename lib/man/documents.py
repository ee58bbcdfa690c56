#!/usr/bin/env python3
"""The documents (Markdown) as pages for browsers, beside the man pages that mandoc has made.

usage: lib/man/documents.py links       each link between the documents leads to a file
       lib/man/documents.py html DIR    writes DIR/documents/, and DIR/index.html for all

Needs Python-Markdown (Debian: python3-markdown) for html. Links to what is no document are left out of
the pages; pictures go along.

exit: 0 all right, 1 links that lead nowhere or no Python-Markdown (said on standard error), 2 usage
"""

from __future__ import annotations

import html
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FOLDERS = ("ci", "conformance", "corpus", "fuzz", "lib")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
STYLE = """:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: .7rem; background: #8882; } code { font-size: 14px; }
table { border-collapse: collapse; } th, td { padding: .2rem .6rem; border: 1px solid #8886; text-align: left; }
img { max-width: 100%; background: white; }"""


def documents() -> list[Path]:
    pages = sorted(TOP.glob("*.md"))
    for folder in FOLDERS:
        pages += [page for page in sorted((TOP / folder).rglob("*.md"))
                  if not {"node_modules", "findings"} & set(page.relative_to(TOP).parts)
                  or page.parent.name == "findings"]
    return pages


def links(page: Path, text: str) -> Iterator[tuple[str, Path]]:
    """Those to files: as they are written, and the file."""
    for _, _, target in LINK.findall(FENCE.sub("", text)):
        if not re.match(r"[a-z]+:|#", target):
            yield target, (page.parent / target.split("#")[0]).resolve()


def astray() -> list[str]:
    return [f"{page.relative_to(TOP)}: {target} is not there"
            for page in documents() for target, file in links(page, page.read_text())
            if not file.exists()]


def as_page(title: str, body: str) -> str:
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}'
            f'</title>\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<style>\n{STYLE}\n</style></head>\n<body>\n{body}\n</body></html>\n")


def rewritten(page: Path, pages: list[Path]) -> str:
    """Its text with links to pages in place of documents, and none to other files."""
    def replaced(found: re.Match[str]) -> str:
        target = found[3]
        file = (page.parent / target.split("#")[0]).resolve()
        if re.match(r"[a-z]+:|#", target) or found[1]:
            return found[0]
        if file in pages:
            return found[0].replace(".md", ".html")
        return found[2]
    # The mark behind a fence's language is for ci/docs.
    return LINK.sub(replaced, re.sub(r"^(```\w+) .*$", r"\1", page.read_text(), flags=re.MULTILINE))


def write(folder: Path) -> None:
    import markdown

    pages = documents()
    entries = []
    for page in pages:
        place = folder / "documents" / page.relative_to(TOP).with_suffix(".html")
        place.parent.mkdir(parents=True, exist_ok=True)
        text = rewritten(page, pages)
        title = next(iter(re.findall(r"^# (.+)$", text, re.MULTILINE)), page.stem)
        place.write_text(as_page(title, markdown.markdown(
            text, extensions=["tables", "fenced_code", "toc", "sane_lists"])))
        for target, file in links(page, page.read_text()):
            if file.suffix in (".svg", ".png"):
                picture = place.parent / target
                picture.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, picture)
        entries.append(f'<li><a href="{place.relative_to(folder)}">{html.escape(title)}</a> '
                       f"({page.relative_to(TOP)})</li>")
    manual = [f'<li><a href="{path.name}">{path.name.removesuffix(".html")}</a></li>'
              for path in sorted(folder.glob("*.[1-9].html")) if not path.is_symlink()]
    (folder / "index.html").write_text(as_page(
        "coapspec", "<h1>coapspec</h1>\n<h2>Documents</h2>\n<ul>\n" + "\n".join(entries)
        + "\n</ul>\n<h2>Manual</h2>\n<ul>\n" + "\n".join(manual) + "\n</ul>"))


def main(arguments: list[str]) -> int:
    match arguments:
        case ["links"]:
            wrong = astray()
            print("\n".join(wrong), end="\n" if wrong else "", file=sys.stderr)
            return 1 if wrong else 0
        case ["html", folder]:
            try:
                write(Path(folder))
            except ImportError:
                print("there is no Python-Markdown: install the package python3-markdown",
                      file=sys.stderr)
                return 1
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
