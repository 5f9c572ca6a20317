"""One merchant's account: everything it holds, its settings, its clock, and how its webhooks go out."""

from typing import Final, TypedDict

from umbral_sandbox.payments.books import Books
from umbral_sandbox.payments.cryptomus.ids import CryptomusIds
from umbral_sandbox.payments.cryptomus.records import AccountSettings, Invoice, Recurrence
from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.world.world import World

PROVIDER: Final = "cryptomus"


class Stamp(TypedDict):
    """What every new record begins with."""

    id: str
    seq: int
    created: int


class Account(Books[AccountSettings]):
    """The books. Changing methods of the modules around it are synchronous, so each is one step."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        super().__init__(world, deliveries, PROVIDER, AccountSettings)
        self.ids = CryptomusIds(world.ids)
        self.invoices = self._open("invoices", Invoice)
        self.recurrences = self._open("recurrences", Recurrence)

    def stamp(self) -> Stamp:
        """A new uuid, its place in the order, and the time."""
        return Stamp(id=self.ids.uuid(), seq=self.ids.sequence(), created=self.now())

    def invoices_in_order(self) -> list[Invoice]:
        """Every invoice, oldest first."""
        return sorted(self.invoices.values(), key=lambda each: each.seq)

    def recurrences_in_order(self) -> list[Recurrence]:
        """Every recurrence, oldest first."""
        return sorted(self.recurrences.values(), key=lambda each: each.seq)

    def recurrence_called(self, order_id: str) -> Recurrence | None:
        """The recurrence with this order id."""
        return next((each for each in self.recurrences.values() if each.order_id == order_id), None)

    def invoice_called(self, order_id: str) -> Invoice | None:
        """The newest invoice with this order id: the charges of one recurrence share it."""
        named = [each for each in self.invoices.values() if each.order_id == order_id]
        return max(named, key=lambda each: each.seq, default=None)

    def keep(self, invoice: Invoice) -> None:
        """Write a changed invoice."""
        invoice.updated = self.now()
        self.invoices.put(invoice.id, invoice)
