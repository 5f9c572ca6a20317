"""Writing why access ends."""

from typing import Final, Protocol

from subscriptions.domain.entities.ledger import LedgerEntry
from subscriptions.domain.ports.repositories.access import LedgerReader
from subscriptions.domain.ports.writing import Writer


class LedgerRepository(LedgerReader, Protocol):
    """Append-only."""

    async def add_if_new(self, entry: LedgerEntry) -> bool:
        """False: its cause is counted already."""
        ...


LEDGER: Final = Writer[LedgerRepository]("ledger")
