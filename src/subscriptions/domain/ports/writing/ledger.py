"""Writing port of the ledger, which explains when access ends."""

from typing import Final, Protocol

from subscriptions.domain.entities.ledger import LedgerEntry
from subscriptions.domain.ports.repositories.access import LedgerReader
from subscriptions.domain.ports.writing import Writer


class LedgerRepository(LedgerReader, Protocol):
    """Append-only ledger of the entries that explain when access ends."""

    async def add_if_new(self, entry: LedgerEntry) -> bool:
        """Add an entry. Return False if an entry with the same cause exists already."""
        ...


LEDGER: Final = Writer[LedgerRepository]("ledger")
