"""One seller's account: everything it holds, its settings, and its clock."""

from typing import Final, TypeVar

from pydantic import BaseModel

from umbral_sandbox.payments.chassis.books import Books, Stamp
from umbral_sandbox.payments.chassis.pages import DEFAULT_SELLER
from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.paypal.errors import missing
from umbral_sandbox.payments.paypal.ids import PayPalIds
from umbral_sandbox.payments.paypal.records import (
    AccountSettings,
    Certificate,
    CheckoutOrder,
    Dispute,
    Event,
    Keys,
    Payment,
    Plan,
    Product,
    Record,
    Refund,
    Replay,
    Revision,
    Subscription,
    Token,
)
from umbral_sandbox.world.store import Collection
from umbral_sandbox.world.world import World

PROVIDER: Final = "paypal"
BASE: Final = "/paypal"
M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=Record)


class UpdatedStamp(Stamp):
    """A new record was changed last when it was made."""

    updated: int


class Account(Books[AccountSettings]):
    """The books. Changing functions of the modules around it are synchronous, so each is one step."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        super().__init__(world, deliveries, PROVIDER, AccountSettings)
        self.ids = PayPalIds(world.ids)
        self.tokens = self._open("tokens", Token)
        self.products = self._open("products", Product)
        self.plans = self._open("plans", Plan)
        self.subscriptions = self._open("subscriptions", Subscription)
        self.revisions = self._open("revisions", Revision)
        self.orders = self._open("orders", CheckoutOrder)
        self.payments = self._open("payments", Payment)
        self.refunds = self._open("refunds", Refund)
        self.disputes = self._open("disputes", Dispute)
        self.events = self._open("events", Event)
        self.replays = self._open("replays", Replay)
        self.keys = self._open("keys", Keys)
        self.certificates = self._open("certificates", Certificate)

    @property
    def api(self) -> str:
        """The address of the API, for the links in what it says."""
        return self.settings.origin + BASE

    @property
    def seller(self) -> str:
        """The name payers read."""
        return self.settings.display_name or DEFAULT_SELLER

    def payer(self) -> str:
        """The account of whoever agrees to pay now."""
        return self.settings.payer or self.ids.new("payer")

    def heard_at(self, origin: str) -> None:
        """Remember under which address the sandbox was last reached."""
        if origin != self.settings.origin:
            self.configure(self.settings.model_copy(update={"origin": origin}))

    def stamp(self, kind: str, own_id: str | None = None) -> UpdatedStamp:
        """A new id, its place in the order, and the time."""
        now = self.now()
        return UpdatedStamp(id=own_id or self.ids.new(kind), seq=self.ids.sequence(), created=now, updated=now)

    def keep(self, collection: Collection[R], record: R) -> R:
        """Write a record that was changed just now."""
        record.updated = self.now()
        return collection.put(record.id, record)

    def plan(self, key: str) -> Plan:
        """A plan, or the refusal that there is none."""
        return found(self.plans, key)

    def subscription(self, key: str) -> Subscription:
        """A subscription, or the refusal that there is none."""
        return found(self.subscriptions, key)


def found(collection: Collection[M], key: str) -> M:
    """The record, or the provider's refusal that there is none."""
    record = collection.get(key)
    if record is None:
        raise missing(key)
    return record
