"""Count the names of optional capabilities in the code of core and platform.

    python -m scripts.feature_names                the counts, compared with the ceilings of `scripts/features.toml`
    python -m scripts.feature_names --list         each name with its module
    python -m scripts.feature_names --list gifts   the names of one capability

A name is an identifier or a string, other than a docstring, that contains a word of the table `words` of that file. The
counts may only fall. The exit status is 1 if a count is above its ceiling, and also if it is below, until the ceiling
is lowered.
"""

import argparse
import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.feature_imports import MAP, ROOT, FeatureMap, modules_in

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LONGEST: Final = 60
_APART: Final = ("features.", "subscriptions.infrastructure.database.online_changes")
"""Modules that belong neither to core nor to platform: features, and modules that only migrations use."""


@dataclass(frozen=True, order=True)
class Named:
    """Identifier or string of a module of core or platform that names a capability."""

    feature: str
    module: str
    name: str


@dataclass(frozen=True)
class Words:
    """Words that name capabilities. patterns: patterns of the words, by capability. ceilings: maximum permitted number
    of names, by capability.
    """

    patterns: Mapping[str, re.Pattern[str]]
    ceilings: Mapping[str, int]

    @classmethod
    def read(cls, path: Path = MAP) -> "Words":
        """Read the words from a file. Raises ValueError unless each capability has both words and a ceiling."""
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        words, ceilings = content["words"], content["names"]
        if words.keys() != ceilings.keys():
            raise ValueError(f"in one table only: {', '.join(sorted(words.keys() ^ ceilings.keys()))}")
        patterns = {feature: re.compile(rf"(?:^|_)(?:{'|'.join(each)})(?:_|$)") for feature, each in words.items()}
        return cls(patterns, ceilings)


def named_in(words: Words, features: FeatureMap, modules: Mapping[str, Path]) -> Sequence[Named]:
    """Return each name of a capability in the modules of core and platform, once for each module."""
    return sorted(
        {
            Named(feature, module, name)
            for module, path in modules.items()
            if features.owner(module) is None and not module.startswith(_APART)
            for name in set(_names_in(ast.parse(path.read_text(encoding="utf-8"))))
            for feature, pattern in words.patterns.items()
            if pattern.search("_".join(_WORD.findall(name)).lower())
        }
    )


def _names_in(tree: ast.Module) -> Iterator[str]:
    """Yield the identifiers and strings of a module, without docstrings."""
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name
            case ast.alias(name=name, asname=own):
                yield from (own or name).split(".")
            case ast.Constant(value=str(text)) if id(node) not in documents:
                yield text
            case _:
                pass


def verdict(counts: Mapping[str, int], ceilings: Mapping[str, int]) -> Sequence[str]:
    """Return a message for each capability whose count differs from its ceiling."""
    lines = list[str]()
    for feature, ceiling in ceilings.items():
        count = counts.get(feature, 0)
        if count > ceiling:
            lines.append(f"{count - ceiling} names of {feature} in core or platform are new; see --list {feature}")
        if count < ceiling:
            lines.append(f"{ceiling - count} names fewer: write `{feature} = {count}` into {MAP.relative_to(ROOT)}")
    return lines


def main() -> int:
    """Print the number of names of each capability, or the names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", nargs="?", const="", metavar="FEATURE")
    options = parser.parse_args()
    words = Words.read()
    found = named_in(words, FeatureMap.read(), modules_in(ROOT / "src"))
    if options.list is not None:
        for each in found:
            if options.list in {"", each.feature}:
                print(f"{each.module}: {each.feature}: {' '.join(each.name.split())[:_LONGEST]}")
    counts = Counter(each.feature for each in found)
    summary = ", ".join(f"{feature} {counts[feature]}" for feature in words.ceilings)
    print(f"names of features in core and platform: {len(found)} ({summary})")
    wrong = verdict(counts, words.ceilings)
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
