"""Backups as their names tell of them, which of them are kept, and when the next one is due."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

_NAME: Final = re.compile(r"umbral-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.age")
_STAMP: Final = "%Y%m%dT%H%M%SZ"

VERIFY_EVERY: Final = timedelta(days=7)
"""How old the last proof may be that the newest backup can be restored."""


@dataclass(frozen=True, kw_only=True, order=True)
class Backup:
    """One backup where it is kept. made_at: the moment it is a copy of. size: in bytes."""

    made_at: datetime
    name: str
    size: int = 0

    @classmethod
    def begin(cls, moment: datetime, token: str) -> Self:
        """One that is to be made of this moment. token: eight hexadecimal digits that no other one of it has."""
        at = moment.astimezone(UTC).replace(microsecond=0)
        return cls(made_at=at, name=f"umbral-{at.strftime(_STAMP)}-{token}.age")

    @classmethod
    def from_name(cls, name: str, size: int = 0) -> Self | None:
        """None for a file that is none of ours, and for one that is still being written."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        made_at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
        return cls(made_at=made_at, name=name, size=size)


AT_WORK: Final = timedelta(hours=1)
"""How much older than the newest one may be that somebody still looks at, of two that were made at once."""


@dataclass(frozen=True, kw_only=True)
class Keep:
    """Of how many days, weeks and months that have backups the newest one each is kept."""

    daily: int
    weekly: int
    monthly: int

    def select(self, backups: Sequence[Backup]) -> frozenset[Backup]:
        """Those to keep; the newest of all is always among them."""
        newest_first = sorted(backups, reverse=True)
        rules: tuple[tuple[int, Callable[[datetime], tuple[int, ...]]], ...] = (
            (self.daily, lambda at: (at.toordinal(),)),
            (self.weekly, lambda at: at.isocalendar()[:2]),
            (self.monthly, lambda at: (at.year, at.month)),
        )
        found_backups = {each for each in newest_first if each.made_at > newest_first[0].made_at - AT_WORK}
        for count, span in rules:
            spans = dict[tuple[int, ...], Backup]()
            for backup in newest_first:
                spans.setdefault(span(backup.made_at), backup)
            found_backups.update(list(spans.values())[:count])
        return frozenset(found_backups)


def is_due(newest: Backup | None, every: timedelta, now: datetime) -> bool:
    """Whether another one is to be made; one from the future says nothing."""
    return newest is None or not timedelta() <= now - newest.made_at < every


def is_late(newest: Backup | None, every: timedelta, now: datetime) -> bool:
    """Whether the newest is so old that at least one more should have been made since."""
    return newest is None or now - newest.made_at > 2 * every
