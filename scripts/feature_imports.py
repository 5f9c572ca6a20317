"""Count the imports from core and platform into optional capabilities.

    python -m scripts.feature_imports              the count, compared with the ceiling of `scripts/features.toml`
    python -m scripts.feature_imports --list       each import
    python -m scripts.feature_imports --files      the files that import most capabilities

The count may only fall. The exit status is 1 if the count is above the ceiling, and also if it is below, until the
ceiling is lowered.
"""

import argparse
import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
MAP: Final = ROOT / "scripts/features.toml"
OUTSIDE: Final = "outside"


@dataclass(frozen=True, order=True)
class Crossing:
    """Import of a capability's module by a module of core or platform."""

    importer: str
    feature: str
    imported: str


@dataclass(frozen=True)
class FeatureMap:
    """Assignment of modules to capabilities. ceiling: maximum permitted number of crossings."""

    owners: Mapping[str, str]
    ceiling: int

    @classmethod
    def read(cls, path: Path = MAP) -> "FeatureMap":
        """Read the map from a file. Raises ValueError if two capabilities claim the same module."""
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        owners = dict.fromkeys(content[OUTSIDE]["modules"], OUTSIDE)
        for feature, modules in content["features"].items():
            for module in modules:
                if module in owners:
                    raise ValueError(f"{module} belongs to {owners[module]} and to {feature}")
                owners[module] = feature
        return cls(owners, content["ceiling"])

    def owner(self, module: str) -> str | None:
        """Return the capability to which the map assigns a module, `outside` for a module of a folder that has its own
        registry, or None for a module of core or platform. The longest matching name decides.
        """
        parts = module.split(".")
        names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((self.owners[name] for name in names if name in self.owners), None)


def modules_in(source: Path) -> Mapping[str, Path]:
    """Return every module of the product's packages below a source folder, keyed by dotted name."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def crossings(features: FeatureMap, modules: Mapping[str, Path]) -> Sequence[Crossing]:
    """Return every import of a capability's module by a module of core or platform, once per pair of modules."""
    return sorted(
        {
            Crossing(importer, owner, imported)
            for importer, path in modules.items()
            if features.owner(importer) is None
            for imported in _imported_by(path, modules)
            if (owner := features.owner(imported)) not in {None, OUTSIDE}
        }
    )


def _imported_by(path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                yield inner if inner in modules else node.module


def verdict(count: int, ceiling: int) -> str | None:
    """Return a message if the count differs from the ceiling, or None."""
    if count > ceiling:
        return f"{count - ceiling} imports from core or platform into a feature are new; see --list"
    if count < ceiling:
        return f"{ceiling - count} imports fewer: write `ceiling = {count}` into {MAP.relative_to(ROOT)}"
    return None


def main() -> int:
    """Print the number of imports, or the details selected by the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--files", action="store_true")
    options = parser.parse_args()
    features = FeatureMap.read()
    found = crossings(features, modules_in(ROOT / "src"))
    if options.list:
        print("\n".join(f"{each.importer} → {each.feature}: {each.imported}" for each in found))
    if options.files:
        print("\n".join(f"{count:3} {name}" for name, count in widest(found)))
    print(f"imports from core or platform into features: {len(found)} (ceiling {features.ceiling})")
    wrong = verdict(len(found), features.ceiling)
    if wrong is not None:
        print(wrong, file=sys.stderr)
    return 0 if wrong is None else 1


def widest(found: Sequence[Crossing]) -> Sequence[tuple[str, int]]:
    """Return the modules that import ten or more capabilities, each with the number of capabilities."""
    known = defaultdict[str, set[str]](set)
    for each in found:
        known[each.importer].add(each.feature)
    counts = {module: len(features) for module, features in known.items() if len(features) >= 10}
    return sorted(counts.items(), key=lambda item: -item[1])


if __name__ == "__main__":
    sys.exit(main())
