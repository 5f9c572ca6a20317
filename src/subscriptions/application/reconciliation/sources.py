"""Interface of the sources of reconciliation. A source compares Umbral's records with one external system and makes the
repairs that are safe.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from subscriptions.domain.entities.difference import Difference
from subscriptions.domain.ids import TelegramId


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Scope of a reconciliation.

    start: start of the period whose events are listed
    provider, customer: limit the run to this provider or customer; None for all
    dry_run: True to find differences without changing anything
    """

    start: datetime
    provider: str | None = None
    customer: TelegramId | None = None
    dry_run: bool = False


class Source(Protocol):
    """Protocol of a source of differences; `bootstrap/reconciliation.py` lists the sources."""

    async def __call__(self, scope: Scope) -> Sequence[Difference]:
        """Return the differences. Missing events are passed to the use cases that apply such events. An unreachable
        system is reported as a difference; no error is raised.
        """
        ...
