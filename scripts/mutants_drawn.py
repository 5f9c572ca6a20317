"""Places in the source code where the tests should detect a change, and a random sample of these places."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import libcst as cst
import libcst.matchers as m
from mutmut.mutation.mutators import mutation_operators

SENTENCE = " "
"""Character by which texts for people are distinguished from keys and names. The wording of texts is not tested."""
LOGGING = m.Call(func=m.Attribute(value=m.Name("log")))
NAMING = m.Call(func=m.Name("NewType") | m.Name("TypeVar")) | m.Call(func=m.Attribute(value=m.Name("structlog")))
EXPORTS = m.Assign(targets=[m.AssignTarget(target=m.Name("__all__"))])
UNTOUCHED = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)


@dataclass(frozen=True)
class Mutant:
    """A source file with one changed place. line: first line that differs. first, last: lines of the
    changed statement.
    """

    path: Path
    line: int
    first: int
    last: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}  {self.before}  →  {self.after}"


@dataclass(frozen=True)
class Site:
    """A syntax node that can be changed, with its possible changes."""

    path: Path
    module: cst.Module
    node: cst.CSTNode
    changes: Sequence[cst.CSTNode]


def sample(root: Path, folders: Iterable[str], seed: int, size: int) -> tuple[list[Mutant], int]:
    """Return the given number of mutants of these files and folders, each at a different place, and the total number
    of places.
    """
    sites = [
        site
        for folder in folders
        for path in ([root / folder] if (root / folder).is_file() else sorted((root / folder).rglob("*.py")))
        for site in _sites(path.relative_to(root), path.read_text())
    ]
    chance = random.Random(seed)
    drawn = (_mutant(site, chance) for site in chance.sample(sites, len(sites)))
    return [mutant for _, mutant in zip(range(size), filter(None, drawn), strict=False)], len(sites)


def _sites(path: Path, source: str) -> Iterator[Site]:
    module = cst.parse_module(source)
    seen = _Places()
    module.visit(seen)
    return (Site(path, module, node, changes) for node, changes in seen.found)


class _Places(cst.CSTVisitor):
    """Visitor that collects the changeable nodes of all code that has an effect."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[cst.CSTNode, list[cst.CSTNode]]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Record the changes of a node; return True to visit its children."""
        if _is_left_alone(node) or _is_for_people(node):
            return False
        operators = [*mutation_operators, (cst.Expr, _left_out)]
        changes = [change for kind, operator in operators if isinstance(node, kind) for change in operator(node)]
        if changes:
            self.found.append((node, changes))
        return True


def _left_out(node: cst.Expr) -> Iterator[cst.Pass]:
    """Yield an empty statement in place of a call that is made for its side effect, such as a write or the enqueueing
    of a job. mutmut has no such operator.
    """
    call = node.value.expression if isinstance(node.value, cst.Await) else node.value
    if isinstance(call, cst.Call) and not m.matches(call, LOGGING):
        yield cst.Pass()


def _is_left_alone(node: cst.CSTNode) -> bool:
    """Return True for code that is not mutated: code that only the type checker uses, and logging."""
    if isinstance(node, cst.ClassDef):
        return any(m.matches(base.value, m.Name("Protocol")) for base in node.bases)
    if isinstance(node, cst.Assign):
        return m.matches(node, EXPORTS) or m.matches(node.value, NAMING)
    return isinstance(node, UNTOUCHED) or (isinstance(node, cst.Call) and m.matches(node, LOGGING))


def _is_for_people(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.SimpleString):
        return SENTENCE in node.value
    texts = node.parts if isinstance(node, cst.FormattedString) else []
    return any(SENTENCE in part.value for part in texts if isinstance(part, cst.FormattedStringText))


def _mutant(site: Site, chance: random.Random) -> Mutant | None:
    """Return a mutant with one of the possible changes at this place, or None if no change results in valid Python."""
    before = site.module.code
    for change in chance.sample(site.changes, len(site.changes)):
        after = site.module.deep_replace(site.node, change).code
        if after != before and _is_python(after):
            return _told(site.path, before, after)
    return None


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _told(path: Path, before: str, after: str) -> Mutant:
    pairs = list(zip_longest(before.split("\n"), after.split("\n"), fillvalue=""))
    line = next(number for number, (old, new) in enumerate(pairs, 1) if old != new)
    old, new = pairs[line - 1]
    return Mutant(path, line, *_statement_at(before, line), old.strip(), new.strip(), after)


def _statement_at(source: str, line: int) -> tuple[int, int]:
    """Return the first and last line of the statement at a line. For a compound statement, only its head is
    included.
    """
    spans = [
        (node.lineno, _end(node))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt) and node.lineno <= line <= _end(node)
    ]
    return max(spans, default=(line, line))


def _end(node: ast.stmt) -> int:
    body = getattr(node, "body", None)
    return body[0].lineno - 1 if body else node.end_lineno or node.lineno
