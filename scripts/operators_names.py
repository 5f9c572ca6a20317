"""List every name and path in the operator's documents with the file that defines it, or with the row about it in the
deviations of docs/operators-documents.md. A name with neither is an error.

    python -m scripts.operators_names                 print the list as a table
    python -m scripts.operators_names --from DIR      rewrite the list in NAMES from the documents in DIR

The documents are not part of the repository; the list of their names is (`tests/architecture/operators_names.txt`).
"""

import argparse
import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs/operators-documents.md"
NAMES: Final = ROOT / "tests/architecture/operators_names.txt"
_FENCE: Final = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_NAME: Final = re.compile(r"/?[A-Za-z_{*][\w./{}*-]*")
_FOLDERS: Final = ("src", "migrations", "tests")
_IGNORED: Final = re.compile(
    r"\.planning/.*|.*\.md|\d\d[\w-]*|[a-z0-9]{7}|tests?|True|False|None|NULL|bot|db|[A-Z]+|self|session|service|link"
    r"|success|stage|token|message|container|user|old_stage|duration|sk_xxx|whsec_xxx|xxx|execute|true|active"
)
"""Pattern of words in the documents that are not names of the product: chapters of earlier systems, commits, values of
examples, and keywords.
"""


@dataclass(frozen=True)
class Finding:
    """One name in the operator's documents.

    location: file that defines the name; empty if there is none
    row: row about the name in the table of deviations in docs/operators-documents.md; empty if there is none
    """

    document: str
    name: str
    location: str
    row: str

    @property
    def outcome(self) -> str:
        """Return `deviates` if the table of deviations has a row about the name, `found` if a file defines the name,
        else `error`.
        """
        return "deviates" if self.row else "found" if self.location else "error"


def names_in(text: str) -> Sequence[str]:
    """Return the distinct names and paths in one document, in order."""
    found = dict[str, None]()
    for language, block in _FENCE.findall(text):
        found.update(dict.fromkeys(_names_of_block(language, block)))
    for piece in re.findall(r"`([^`\n]+)`", _FENCE.sub("", text)):
        name = re.sub(r"\(.*\)$", "", piece.strip())
        for each in name.split(" = ")[:1]:
            found[re.sub(r"=.*$", "", each)] = None
    return [name for each in found if (name := each.strip().rstrip("/.")) and _is_name(name)]


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and _IGNORED.fullmatch(name) is None


def _names_of_block(language: str, block: str) -> Iterator[str]:
    yield from re.findall(r"[├└]── ([\w./]+)", block)
    yield from re.findall(r"(?m)^(?:    )*([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)=", block)
    yield from re.findall(r"(?m)^([\w.]+)\s+→", block)
    for table, columns in re.findall(r"INSERT INTO (\w+) \(([^)]*)\)", block):
        yield from (table, *map(str.strip, columns.split(",")))
    if language != "python":
        yield from re.findall(r"(?m)^([\w./]+\.sql)\b", block)
        return
    yield from re.findall(r"(?m)^\s*class (\w+)", block)
    yield from re.findall(r"(?m)^\s*(?:async )?def (\w+)", block)
    yield from re.findall(r"(?m)^\s*([A-Z_]{4,}|_registry) = ", block)
    yield from re.findall(r'router\.\w+\("([^"]+)"', block)
    yield from re.findall(r'"([a-z]+_[a-z_]+|[A-Z]+(?:\.[A-Z]+)+)"', block)
    for module, names in re.findall(r"(?m)^\s*from ((?:bot|subscriptions|\.)[\w.]*) import ([\w, ]+)", block):
        yield from (*([module] if not module.startswith(".") else []), *map(str.strip, names.split(",")))


def documented(names: Path = NAMES) -> Sequence[tuple[str, str]]:
    """Return the committed list of names as pairs of document and name."""
    lines = names.read_text(encoding="utf-8").splitlines()
    return [(document, name) for line in lines if line for document, _, name in [line.partition(" ")]]


def findings(names: Sequence[tuple[str, str]], page: str) -> Sequence[Finding]:
    """Return a finding for each name, with the file that defines the name and the row about it in the page's table of
    deviations.
    """
    files, defined = _files(), _definitions()
    _, _, deviations = page.partition("## Deviations")
    rows = [line.strip("| ") for line in deviations.splitlines() if line.startswith("| ")]
    return [Finding(document, name, _location(name, files, defined), _row(name, rows)) for document, name in names]


@cache
def _files() -> Sequence[str]:
    files = [path for folder in _FOLDERS for path in sorted((ROOT / folder).rglob("*"))]
    return [str(path.relative_to(ROOT)) for path in files if path.is_file() and "__pycache__" not in path.parts]


@cache
def _definitions() -> Mapping[str, str]:
    """Return the names that the code defines, with the files: classes, functions, parameters, fields, constants, and
    texts that are names.
    """
    defined = dict[str, str]()
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            # A text in a test is not a name of the product.
            texts = folder != "tests"
            for name in _defined_in(ast.parse(path.read_text(encoding="utf-8")), texts=texts):
                defined.setdefault(name, str(path.relative_to(ROOT)))
    return defined


def _defined_in(tree: ast.AST, *, texts: bool) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr
        elif texts and isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 80:
            yield node.value


def _location(name: str, files: Sequence[str], defined: Mapping[str, str]) -> str:
    name = name.removesuffix("/*")
    if "/" in name or re.search(r"\.(py|sql|html|css)$", name):
        ends = (f"/{name.strip('/')}", f"/{name.strip('/')}/")
        match = next((each for each in files if f"/{each}".endswith(ends[0]) or ends[1] in f"/{each}"), "")
        if match:
            return match
    plain = name.strip("/").partition("{")[0]
    for each in (name, plain):
        if each in defined:
            return defined[each]
    if name.startswith("/"):
        routes = (each for each in defined if each.startswith("/") and "{" in each)
        return next((defined[each] for each in routes if re.fullmatch(re.sub(r"\{\w+\}", r"[\\w-]+", each), name)), "")
    if re.fullmatch(r"[a-z_]+(?:\.[a-z_]+)+", name):
        return _location(name.replace(".", "/"), files, {})
    folder = next((each for each in files if f"/{name}/" in f"/{each}"), "")
    return folder.partition(f"{name}/")[0] + name if folder else ""


def _row(name: str, rows: Sequence[str]) -> str:
    """Return the row of the table of deviations whose first column (the statement in the operator's documents) contains
    the name; empty if no row does.
    """
    named = re.compile(rf"`[^`]*(?<![\w./]){re.escape(name)}(?![\w/])[^`]*`")
    return next((row for row in rows if named.search(row.partition(" | ")[0])), "")


def main() -> None:
    """Print the table, or write the list again from the documents."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="documents", type=Path, metavar="DIR")
    documents = parser.parse_args().documents
    if documents is not None:
        NAMES.write_text("".join(f"{line}\n" for line in listed(documents)), encoding="utf-8")
    found = findings(documented(), PAGE.read_text(encoding="utf-8"))
    for each in found:
        print(f"{each.outcome:8}  {each.document:24}  {each.name:44}  {each.location or each.row[:120]}")
    count = {kind: sum(each.outcome == kind for each in found) for kind in ("found", "deviates", "error")}
    print(f"{len(found)} names: " + ", ".join(f"{number} {kind}" for kind, number in count.items()))


def listed(documents: Path) -> Sequence[str]:
    """Return the lines of the list, extracted from the documents in a folder."""
    return [
        f"{path.stem} {name}"
        for path in sorted(documents.glob("*.md"))
        if path.stem != "README"
        for name in names_in(path.read_text(encoding="utf-8"))
    ]


if __name__ == "__main__":
    main()
