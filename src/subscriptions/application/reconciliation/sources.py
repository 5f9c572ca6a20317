"""Sources of reconciliation. Each compares the records here with one other party, and repairs what is safe to
repair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from subscriptions.domain.entities.difference import Difference
from subscriptions.domain.ids import TelegramId


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Scope of a reconciliation. start: beginning of the listed events. provider, customer: limit the run to them; None
    for all. dry_run: find differences without changing anything.
    """

    start: datetime
    provider: str | None = None
    customer: TelegramId | None = None
    dry_run: bool = False


class Source(Protocol):
    """Source of differences; `bootstrap/reconciliation.py` lists the sources."""

    async def __call__(self, scope: Scope) -> Sequence[Difference]:
        """Return the differences, repaired by the use cases that handle the missing events. An unreachable party is a
        difference as well and raises nothing.
        """
        ...
