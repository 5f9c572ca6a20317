"""A tolerant reader over decoded JSON: whatever is asked for comes back in the type asked for, or not at all.

Resources differ between versions and may hold anything; nothing here raises.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LONGEST_TEXT = 500
"""The longest text kept; PayPal's own limit for what concerns us is 128."""

LONGEST_LINK = 5000

# Periods are counted from these moments, and a datetime ends with the year 9999.
_FIRST_YEAR, _LAST_YEAR = 1998, 2500


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON value, asked by path: `node.at("billing_info").moment("next_billing_time")`."""

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
    def is_object(self) -> bool:
        """Whether it is a JSON object."""
        return isinstance(self.value, dict)

    def text(self, *path: str | int) -> str | None:
        """A short printable text; None for anything else, also for empty text, NUL and lone surrogates."""
        value = self.at(*path).value
        usable = isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT and value.isprintable()
        return value if usable else None

    def link(self, relation: str) -> str | None:
        """The address of a relation in `links`."""
        for entry in self.items("links"):
            address = entry.at("href").value
            usable = isinstance(address, str) and len(address) <= LONGEST_LINK
            usable = usable and address.isascii() and address.isprintable()
            if usable and entry.text("rel") == relation and address.startswith(("https://", "http://")):
                return str(address)
        return None

    def linked(self, relation: str, kind: str) -> str | None:
        """The id at the end of a relation's address, where that leads to `kind`: `…/captures/{id}`."""
        *_, parent, last = ["", "", *(self.link(relation) or "").split("/")]
        return last if parent == kind and last.isalnum() else None

    def number(self, *path: str | int) -> int | None:
        """A small whole number; old resources write it as text."""
        value = self.at(*path).value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        return value if abs(value) < 10**9 else None

    def flag(self, *path: str | int) -> bool | None:
        """True or false, None for anything else."""
        value = self.at(*path).value
        return value if isinstance(value, bool) else None

    def moment(self, *path: str | int) -> datetime | None:
        """A time with its zone (`2021-04-16T14:07:41Z`), in UTC; None for one without."""
        text = self.text(*path)
        if text is None or len(text) > 40:
            return None
        try:
            found = datetime.fromisoformat(text)
            usable = found.tzinfo is not None and _FIRST_YEAR <= found.year <= _LAST_YEAR
            return found.astimezone(UTC) if usable else None
        except (ValueError, OverflowError):
            return None

    def items(self, *path: str | int) -> Iterator["Node"]:
        """The members of an array; nothing for anything else."""
        value = self.at(*path).value
        if isinstance(value, list):
            yield from (Node(member) for member in value)
