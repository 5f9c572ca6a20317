"""A tolerant reader over decoded JSON: whatever is asked for comes back in the type asked for, or not at all.

Provider objects differ between API versions and may hold anything; nothing here raises.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LONGEST_TEXT = 500
"""The longest text kept: the provider's own limit for a metadata value."""

LONGEST_LINK = 5000

_LATEST = 253_402_300_799  # 9999-12-31: what a datetime can hold
_BIGGEST = 2**63 - 1  # what the database's integer can hold


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON value, asked by path: `node.at("parent", "subscription_details").ref("subscription")`."""

    value: Any

    def at(self, *path: str | int) -> "Node":
        """The value at the end of the path; a Node of None where there is none."""
        here = self.value
        for step in path:
            if isinstance(step, str) and isinstance(here, dict):
                here = here.get(step)
            elif isinstance(step, int) and isinstance(here, list) and 0 <= step < len(here):
                here = here[step]
            else:
                return Node(None)
        return Node(here)

    @property
    def present(self) -> bool:
        """Whether there is a value other than null."""
        return self.value is not None

    def text(self, *path: str | int) -> str | None:
        """A short printable text; None for anything else, also for empty text, NUL and lone surrogates."""
        value = self.at(*path).value
        usable = isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT and value.isprintable()
        return value if usable else None

    def link(self, *path: str | int) -> str | None:
        """A web address; a checkout's is far longer than other text."""
        value = self.at(*path).value
        usable = isinstance(value, str) and len(value) <= LONGEST_LINK and value.isascii() and value.isprintable()
        return value if usable and value.startswith(("https://", "http://")) else None

    def ref(self, *path: str | int) -> str | None:
        """An object's id, whether it stands there as text or as the expanded object."""
        return self.text(*path) or self.text(*path, "id")

    def number(self, *path: str | int) -> int | None:
        """A whole number that fits a database integer; true and false are none."""
        value = self.at(*path).value
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        return value if abs(value) <= _BIGGEST else None

    def flag(self, *path: str | int) -> bool | None:
        """True or false, None for anything else."""
        value = self.at(*path).value
        return value if isinstance(value, bool) else None

    def moment(self, *path: str | int) -> datetime | None:
        """A Unix timestamp as aware UTC."""
        seconds = self.number(*path)
        if seconds is None or not 0 < seconds <= _LATEST:
            return None
        return datetime.fromtimestamp(seconds, UTC)

    def items(self, *path: str | int) -> Iterator["Node"]:
        """The members of an array, or of the provider's list object (`{"data": […]}`); nothing for anything else."""
        value = self.at(*path).value
        if isinstance(value, dict):
            value = value.get("data")
        if isinstance(value, list):
            yield from (Node(member) for member in value)
