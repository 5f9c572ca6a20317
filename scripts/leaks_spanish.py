"""Write docs/es/leaks.md from docs/leaks.md: the same figures in Spanish, without repeating a thousand leaks."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_DOCS: Final = Path(__file__).parents[1] / "docs"
ENGLISH: Final = _DOCS / "leaks.md"
SPANISH: Final = _DOCS / "es" / "leaks.md"
_ROW: Final = re.compile(r"\| (?:(?P<length>long|short): )?(?P<what>[^|]+) \| (?P<rest>\d.+)")
_LENGTHS: Final = {"long": "largo: ", "short": "corto: ", None: ""}


class Untold(Exception):
    """A line of the English report that leaks_es.toml does not translate."""


def spanish(report: str) -> str:
    """Return the whole report in Spanish. Raise Untold."""
    words = tomllib.loads(Path(__file__).with_name("leaks_es.toml").read_text(encoding="utf-8"))
    return "".join(f"{_line(line, words)}\n" for line in report.splitlines())


def _line(line: str, words: Mapping[str, Mapping[str, str]]) -> str:
    if not line or line.startswith("|---"):
        return line
    row = _ROW.fullmatch(line)
    if row and row["what"] in words["rows"]:
        rest = row["rest"].replace("below", "menos de")
        return f"| {_LENGTHS[row['length']]}{words['rows'][row['what']]} | {rest}"
    for english, ours in words["lines"].items():
        if said := re.fullmatch(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(english)), line):
            return ours.format(
                **{name: _value(name, value, words["scenes"]) for name, value in said.groupdict().items()}
            )
    raise Untold(line)


def _value(name: str, value: str, scenes: Mapping[str, str]) -> str:
    if name in {"scenes", "apart"}:
        for english, ours in scenes.items():
            value = value.replace(english, ours)
    return re.sub(r"(?<=\d)\.(?=\d)", ",", value.replace(" and ", " y ")) if name != "command" else value


def main() -> int:
    """Write the report and return exit status 0."""
    SPANISH.write_text(spanish(ENGLISH.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
