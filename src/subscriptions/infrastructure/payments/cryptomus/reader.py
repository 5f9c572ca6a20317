"""A tolerant reader over decoded JSON: whatever is asked for comes back in the type asked for, or not at all."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from subscriptions.infrastructure.payments.cryptomus.php_json import Literal

LONGEST_TEXT: Final = 500
LONGEST_LINK: Final = 5000
OWN_ZONE: Final = timezone(timedelta(hours=3))
"""The provider's own time, in which it writes moments that name no zone."""

_LATEST: Final = 253_402_300_799  # 9999-12-31: what a datetime can hold
_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?\Z")
_WHOLE = re.compile(r"[0-9]{1,12}\Z")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?\Z"
)


@dataclass(frozen=True, slots=True)
class Node:
    """The members of one JSON object; nothing here raises."""

    value: Any

    def at(self, name: str) -> Any:
        """A member as it is, None where there is none."""
        return self.value.get(name) if isinstance(self.value, dict) else None

    def text(self, name: str) -> str | None:
        """A short printable text; None for anything else, also for empty text, numbers and lone surrogates."""
        value = self.at(name)
        if not isinstance(value, str) or isinstance(value, Literal):
            return None
        return value if 0 < len(value) <= LONGEST_TEXT and value.isprintable() else None

    def link(self, name: str) -> str | None:
        """A web address."""
        value = self.at(name)
        usable = isinstance(value, str) and len(value) <= LONGEST_LINK and value.isascii() and value.isprintable()
        return value if usable and value.startswith(("https://", "http://")) else None

    def flag(self, name: str) -> bool | None:
        """True or false, None for anything else."""
        value = self.at(name)
        return value if isinstance(value, bool) else None

    def number(self, name: str) -> Decimal | None:
        """A number that is not negative, exactly as written, as text or not."""
        value = self.at(name)
        return Decimal(value) if isinstance(value, str) and _NUMBER.match(value) else None

    def moment(self, name: str) -> datetime | None:
        """A Unix time or a written moment, as aware UTC."""
        value = self.at(name)
        if isinstance(value, Literal):
            seconds = int(value) if _WHOLE.match(value) else 0
            return datetime.fromtimestamp(seconds, UTC) if 0 < seconds <= _LATEST else None
        if not isinstance(value, str) or not _MOMENT.match(value):
            return None
        try:
            found = datetime.fromisoformat(value)
            return (found if found.tzinfo is not None else found.replace(tzinfo=OWN_ZONE)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
