"""Where differences are found: each source compares our books with one of the others, and heals what is safe to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from subscriptions.domain.entities.difference import Difference
from subscriptions.domain.ids import TelegramId


@dataclass(frozen=True, kw_only=True)
class Scope:
    """start: from when on what happened is listed. provider, customer: these alone, None = all. dry_run: find, and
    change nothing.
    """

    start: datetime
    provider: str | None = None
    customer: TelegramId | None = None
    dry_run: bool = False


class Source(Protocol):
    """One that is asked; `bootstrap/reconciliation.py` lists them."""

    async def __call__(self, scope: Scope) -> Sequence[Difference]:
        """What is otherwise there, healed by the use cases that would have been told of it. Whoever does not answer is
        a difference as well; nothing is raised for that.
        """
        ...
