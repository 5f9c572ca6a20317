"""Writing port of the ledger, which explains when access ends."""

from typing import Final, Protocol

from subscriptions.domain.entities.ledger import LedgerEntry
from subscriptions.domain.ports.repositories.access import LedgerReader
from subscriptions.domain.ports.writing import Writer


class LedgerRepository(LedgerReader, Protocol):
    """Append-only ledger."""

    async def add_if_new(self, entry: LedgerEntry) -> bool:
        """Add an entry. Return False if its cause is recorded already."""
        ...


LEDGER: Final = Writer[LedgerRepository]("ledger")
