"""Prints the part of requirements.lock that one image needs: `lock_of.py requirements.lock packages/web.txt`.

It runs while an image is built, where nothing but Python is installed yet. Versions and hashes stay in one place, the
lock; the lists beside this file hold names alone, so that a change of them is read at a glance.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

# A new entry begins where a line does; its hashes are indented below it.
_ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)


def entries(lock: str) -> dict[str, str]:
    """Each package's entry with all its hashes, by the package's name as the lock spells it.

    A package locked in several versions, each for some versions of Python, has one entry of them all.
    """
    found: dict[str, str] = {}
    for entry in (each for each in _ENTRY.split(lock) if "==" in each):
        name = re.split(r"[=\[ ]", entry, maxsplit=1)[0]
        found[name] = found.get(name, "") + entry
    return found


def names(listed: str) -> list[str]:
    """The names in a list, one a line; # begins a comment."""
    return [name for line in listed.splitlines() if (name := line.partition("#")[0].strip())]


def part_of(lock: str, wanted: Iterable[str]) -> str:
    """The wanted entries. Raises KeyError for a package that the lock does not hold."""
    known = entries(lock)
    return "".join(known[name] for name in wanted)


if __name__ == "__main__":
    sys.stdout.write(part_of(Path(sys.argv[1]).read_text(), names(Path(sys.argv[2]).read_text())))
