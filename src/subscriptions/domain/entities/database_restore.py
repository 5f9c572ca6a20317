"""Record of the latest restore of the database from a backup."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class DatabaseRestore:
    """Restore of the database from a backup.

    since: latest time covered by the backup
    at: time at which a process detected that the database was restored
    unsent, undelivered: numbers of messages and of copies of posts that were being sent at `since`; they count as sent
    found: differences found by reconciliation, as kind, subject and decision (may be empty), separated by tabs
    silent: systems that did not answer
    asked: True if all systems were queried
    done: True if due work is no longer on hold
    """

    since: datetime
    at: datetime
    unsent: int = 0
    undelivered: int = 0
    reminders: int = 0
    recalled: int = 0
    found: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    asked: bool = False
    done: bool = False

    def to_text(self) -> str:
        """Return the record as text for storage."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def parse(cls, text: str) -> "DatabaseRestore":
        """Parse the text that `to_text` returned."""
        facts = json.loads(text)
        database_restore = cls(
            **{
                **facts,
                "since": datetime.fromisoformat(facts["since"]),
                "at": datetime.fromisoformat(facts["at"]),
            }
        )
        return replace(database_restore, found=tuple(database_restore.found), silent=tuple(database_restore.silent))
