"""Backups of the database, which are identified by file name, their retention rule, and the due time of the next
backup.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

_NAME: Final = re.compile(r"umbral-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.age")
_STAMP: Final = "%Y%m%dT%H%M%SZ"

VERIFY_EVERY: Final = timedelta(days=7)
"""Interval after which a backup must be verified by a trial restore again."""


@dataclass(frozen=True, kw_only=True, order=True)
class Backup:
    """Stored backup.

    made_at: time of the database state in the backup
    size: in bytes
    """

    made_at: datetime
    name: str
    size: int = 0

    @classmethod
    def begin(cls, moment: datetime, token: str) -> Self:
        """Return the name and time of a backup that is about to be made. `token`: eight hexadecimal digits that make
        the file name unique.
        """
        at = moment.astimezone(UTC).replace(microsecond=0)
        return cls(made_at=at, name=f"umbral-{at.strftime(_STAMP)}-{token}.age")

    @classmethod
    def from_name(cls, name: str, size: int = 0) -> Self | None:
        """Parse a file name. Return None for an incomplete backup and for any other file."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        made_at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
        return cls(made_at=made_at, name=name, size=size)


AT_WORK: Final = timedelta(hours=1)
"""Maximum time between a backup and the newest one for which the older backup is kept in any case: it may still be in
use, for example if two backups were made at the same time.
"""


@dataclass(frozen=True, kw_only=True)
class Keep:
    """Retention rule: the newest backup of each day, week and month is kept, for the latest `daily` days, `weekly`
    weeks and `monthly` months that have a backup.
    """

    daily: int
    weekly: int
    monthly: int

    def select(self, backups: Sequence[Backup]) -> frozenset[Backup]:
        """Return the backups to keep, always including the newest one."""
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
    """Return True if the next backup is due. A newest backup dated in the future is ignored."""
    return newest is None or not timedelta() <= now - newest.made_at < every


def is_late(newest: Backup | None, every: timedelta, now: datetime) -> bool:
    """Return True if the newest backup is so old that at least one backup was missed."""
    return newest is None or now - newest.made_at > 2 * every
