"""Tolerant reader of decoded JSON. Each method returns a value of the requested type, or None.

Providers' objects differ between API versions and may contain anything, so no method raises an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

LONGEST_TEXT: Final = 500
"""Maximum length of a text. The providers' own limits for the fields that we read are lower."""

LONGEST_LINK: Final = 5000
_LONGEST_MOMENT: Final = 40

_BIGGEST: Final = 2**63 - 1  # The maximum of the database's integer type.
_SMALL: Final = 10**9
# The year 2500. Periods are added to these timestamps, and a datetime ends in the year 9999.
_LATEST: Final = 16_725_225_600
_DECIMAL = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?\Z")
_DIGITS = re.compile(r"[0-9]{1,12}\Z")


class Literal(str):
    """Number in its original notation, for a provider whose signature depends on the notation."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON value. Its parts are read by path: `node.at("parent", "subscription_details").ref("subscription")`."""

    value: Any

    def at(self, *path: str | int) -> "Node":
        """Return the value at the end of the path, or a Node of None if there is no such value."""
        node = self.value
        for step in path:
            if isinstance(step, str) and isinstance(node, dict):
                node = node.get(step)
            elif isinstance(step, int) and isinstance(node, list) and 0 <= step < len(node):
                node = node[step]
            else:
                return Node(None)
        return Node(node)

    @property
    def is_object(self) -> bool:
        """True if the value is a JSON object."""
        return isinstance(self.value, dict)

    def text(self, *path: str | int) -> str | None:
        """Return a short printable text. None for anything else, such as empty text, numbers, or text with NUL or lone
        surrogates.
        """
        value = self.at(*path).value
        if not isinstance(value, str) or isinstance(value, Literal):
            return None
        return value if 0 < len(value) <= LONGEST_TEXT and value.isprintable() else None

    def link(self, *path: str | int) -> str | None:
        """Return a web address; None for anything else. The address may be longer than other texts, because the
        addresses of checkouts are long.
        """
        value = self.at(*path).value
        usable = isinstance(value, str) and len(value) <= LONGEST_LINK and value.isascii() and value.isprintable()
        return value if usable and value.startswith(("https://", "http://")) else None

    def ref(self, *path: str | int) -> str | None:
        """Return the id of an object that the answer contains either in full or as an id; None for anything else."""
        return self.text(*path) or self.text(*path, "id")

    def number(self, *path: str | int) -> int | None:
        """Return an integer that fits the database's integer type; None for anything else, including booleans."""
        value = self.at(*path).value
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        return value if abs(value) <= _BIGGEST else None

    def count(self, *path: str | int) -> int | None:
        """Return a small integer, which some providers write as text; None for anything else."""
        value = self.at(*path).value
        number = int(value) if isinstance(value, str) and _DIGITS.match(value) else self.number(*path)
        return number if number is not None and abs(number) < _SMALL else None

    def decimal(self, *path: str | int) -> Decimal | None:
        """Return a non-negative number exactly as written in a text or a Literal; None for anything else."""
        value = self.at(*path).value
        return Decimal(value) if isinstance(value, str) and _DECIMAL.match(value) else None

    def flag(self, *path: str | int) -> bool | None:
        """Return the value if it is True or False; None for anything else."""
        value = self.at(*path).value
        return value if isinstance(value, bool) else None

    def moment(self, *path: str | int, zone: tzinfo | None = None) -> datetime | None:
        """Return a Unix time or a written time (`2021-04-16T14:07:41Z`) as an aware datetime in UTC.

        `zone`: time zone of a written time that names none; if `zone` is None too, the result is None.
        """
        value = self.at(*path).value
        if isinstance(value, str) and not isinstance(value, Literal):
            return _parse(value, zone)
        if isinstance(value, Literal):
            value = int(value) if _DIGITS.match(value) else None
        seconds = Node(value).number()
        return datetime.fromtimestamp(seconds, UTC) if seconds is not None and 0 < seconds < _LATEST else None

    def items(self, *path: str | int) -> Iterator["Node"]:
        """Yield the members of an array or of a list object (`{"data": […]}`); nothing for any other value."""
        value = self.at(*path).value
        if isinstance(value, dict):
            value = value.get("data")
        if isinstance(value, list):
            yield from (Node(member) for member in value)


def _parse(text: str, zone: tzinfo | None) -> datetime | None:
    if len(text) > _LONGEST_MOMENT:
        return None
    try:
        found_at = datetime.fromisoformat(text)
        found_at = found_at if found_at.tzinfo is not None else found_at.replace(tzinfo=zone)
        usable = found_at.tzinfo is not None and 0 < found_at.timestamp() < _LATEST
        return found_at.astimezone(UTC) if usable else None
    except (ValueError, OverflowError):
        return None
