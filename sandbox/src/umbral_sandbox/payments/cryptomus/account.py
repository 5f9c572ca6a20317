"""Cryptomus account of one merchant: its records, settings, clock, and webhooks."""

from typing import Final

from umbral_sandbox.payments.chassis.books import Books, Stamp, in_order
from umbral_sandbox.payments.cryptomus.ids import CryptomusIds
from umbral_sandbox.payments.cryptomus.records import AccountSettings, Invoice, Recurrence
from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.world.world import World

PROVIDER: Final = "cryptomus"


class Account(Books[AccountSettings]):
    """Records of the merchant. Functions that change the records are synchronous, so each change is atomic."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        super().__init__(world, deliveries, PROVIDER, AccountSettings)
        self.ids = CryptomusIds(world.ids)
        self.invoices = self._open("invoices", Invoice)
        self.recurrences = self._open("recurrences", Recurrence)

    def stamp(self) -> Stamp:
        """Return a new uuid, its position in the order of creation, and the time."""
        return Stamp(id=self.ids.uuid(), seq=self.ids.sequence(), created=self.now())

    def invoices_in_order(self) -> list[Invoice]:
        """Return all invoices, oldest first."""
        return in_order(self.invoices.values())

    def recurrences_in_order(self) -> list[Recurrence]:
        """Return all recurrences, oldest first."""
        return in_order(self.recurrences.values())

    def recurrence_called(self, order_id: str) -> Recurrence | None:
        """Return the recurrence with this order id, or None."""
        return next((each for each in self.recurrences.values() if each.order_id == order_id), None)

    def invoice_called(self, order_id: str) -> Invoice | None:
        """Return the newest invoice with this order id, or None. All charges of a recurrence have the same order id."""
        named = [each for each in self.invoices.values() if each.order_id == order_id]
        return max(named, key=lambda each: each.seq, default=None)

    def keep(self, invoice: Invoice) -> None:
        """Store a changed invoice."""
        invoice.updated = self.now()
        self.invoices.put(invoice.id, invoice)
