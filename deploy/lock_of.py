"""Print the part of requirements.lock that one image needs: `lock_of.py requirements.lock packages/web.txt`.

This runs while an image is built, before anything but Python is installed. Only the lock contains versions and hashes;
the lists in `packages` contain only names, so that changes of the lists are easy to review.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

# A line without indentation starts a new entry; its hashes are indented below it.
_ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)


def entries(lock: str) -> dict[str, str]:
    """Return each package's entry with all its hashes, keyed by the package's name as spelled in the lock.

    A package that is locked in several versions, each for some versions of Python, has one entry with all of them.
    """
    found: dict[str, str] = {}
    for entry in (each for each in _ENTRY.split(lock) if "==" in each):
        name = re.split(r"[=\[ ]", entry, maxsplit=1)[0]
        found[name] = found.get(name, "") + entry
    return found


def names(listed: str) -> list[str]:
    """Return the names in a list, one per line; # starts a comment."""
    return [name for line in listed.splitlines() if (name := line.partition("#")[0].strip())]


def part_of(lock: str, wanted: Iterable[str]) -> str:
    """Return the lock's entries of the wanted packages. Raise KeyError for a package that is missing from the lock."""
    known = entries(lock)
    return "".join(known[name] for name in wanted)


if __name__ == "__main__":
    sys.stdout.write(part_of(Path(sys.argv[1]).read_text(), names(Path(sys.argv[2]).read_text())))
