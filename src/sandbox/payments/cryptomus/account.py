"""One merchant's account: everything it holds, its settings, its clock, and how its webhooks go out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypedDict, TypeVar

from pydantic import BaseModel

from sandbox.payments.cryptomus.ids import CryptomusIds
from sandbox.payments.cryptomus.records import AccountSettings, Invoice, Recurrence
from sandbox.payments.deliveries import Deliveries
from sandbox.world.store import Collection
from sandbox.world.world import World

PROVIDER: Final = "cryptomus"
M = TypeVar("M", bound=BaseModel)


class Stamp(TypedDict):
    """What every new record begins with."""

    id: str
    seq: int
    created: int


class Account:
    """The books. Changing methods of the modules around it are synchronous, so each is one step."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self.world = world
        self.deliveries = deliveries
        self.ids = CryptomusIds(world.ids)
        self.invoices = self._open("invoices", Invoice)
        self.recurrences = self._open("recurrences", Recurrence)
        self._settings = self._open("settings", AccountSettings)
        self._moment: int | None = None
        self.webhooks_after_s: float | None = 0.0
        self.sent: list[int] = []

    def _open(self, name: str, model: type[M]) -> Collection[M]:
        return self.world.store.collection(f"{PROVIDER}_{name}", model)

    @property
    def settings(self) -> AccountSettings:
        """How the account is set up."""
        return self._settings.get("account") or AccountSettings()

    def configure(self, settings: AccountSettings) -> None:
        """Set the account up; kept over a restart."""
        self._settings.put("account", settings)

    def now(self) -> int:
        """Seconds since 1970: the world's, or the moment being acted out."""
        return self._moment if self._moment is not None else self.world.clock.timestamp()

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Act as if it were ``moment``: what fell due while the clock jumped carries its own time."""
        self._moment = moment
        try:
            yield
        finally:
            self._moment = None

    @contextmanager
    def webhooks(self, after_s: float | None) -> Iterator[list[int]]:
        """Webhooks made inside wait that many real seconds; None: they are never sent. Gives their ids."""
        self.webhooks_after_s, self.sent = after_s, []
        try:
            yield self.sent
        finally:
            self.webhooks_after_s, self.sent = 0.0, []

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
