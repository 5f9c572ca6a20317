"""What is known of a database that was brought back from a copy."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class DatabaseReturn:
    """since: the last moment it knows of. at: when a process found itself in another database than it was made in.

    unsent, undelivered: messages and copies of picks that were on their way at `since`, and count as sent. found: what
    was found by asking, as `kind\twhose\twhat a person has to do`. silent: who did not answer. asked: whether all were
    asked. done: what is due is held no longer.
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
        """As it is kept."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def parse(cls, text: str) -> "DatabaseReturn":
        """Read what is kept."""
        facts = json.loads(text)
        database_return = cls(
            **{
                **facts,
                "since": datetime.fromisoformat(facts["since"]),
                "at": datetime.fromisoformat(facts["at"]),
            }
        )
        return replace(database_return, found=tuple(database_return.found), silent=tuple(database_return.silent))
