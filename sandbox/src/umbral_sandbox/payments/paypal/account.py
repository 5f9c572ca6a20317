"""PayPal account of one seller: its records, its settings, and its clock."""

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
    """First fields of a new record, with the time of creation also as the time of the last change."""

    updated: int


class Account(Books[AccountSettings]):
    """Records of the seller. Functions that change the records are synchronous, so each change is atomic."""

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
        """Return the address of the API, for links in the API's responses."""
        return self.settings.origin + BASE

    @property
    def seller(self) -> str:
        """Return the name shown to payers."""
        return self.settings.display_name or DEFAULT_SELLER

    def payer(self) -> str:
        """Return the PayPal account of the current payer."""
        return self.settings.payer or self.ids.new("payer")

    def record_origin(self, origin: str) -> None:
        """Store the address under which the sandbox was last called."""
        if origin != self.settings.origin:
            self.configure(self.settings.model_copy(update={"origin": origin}))

    def stamp(self, kind: str, own_id: str | None = None) -> UpdatedStamp:
        """Return a new id, its position in the order of creation, and the time."""
        now = self.now()
        return UpdatedStamp(id=own_id or self.ids.new(kind), seq=self.ids.sequence(), created=now, updated=now)

    def keep(self, collection: Collection[R], record: R) -> R:
        """Store a changed record with the time of the change, and return the record."""
        record.updated = self.now()
        return collection.put(record.id, record)

    def plan(self, key: str) -> Plan:
        """Return the plan. Raises PayPalError for an unknown id."""
        return found(self.plans, key)

    def subscription(self, key: str) -> Subscription:
        """Return the subscription. Raises PayPalError for an unknown id."""
        return found(self.subscriptions, key)


def found(collection: Collection[M], key: str) -> M:
    """Return the record. Raises PayPalError for an unknown id."""
    record = collection.get(key)
    if record is None:
        raise missing(key)
    return record
