"""One seller's account: everything it holds, its settings, and its clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypedDict, TypeVar

from pydantic import BaseModel

from sandbox.payments.deliveries import Deliveries
from sandbox.payments.paypal.errors import missing
from sandbox.payments.paypal.ids import PayPalIds
from sandbox.payments.paypal.records import (
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
from sandbox.world.store import Collection
from sandbox.world.world import World

PROVIDER: Final = "paypal"
BASE: Final = "/paypal"
DEFAULT_SELLER: Final = "Sandbox Store"
M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=Record)


class Stamp(TypedDict):
    """What every new record begins with."""

    id: str
    seq: int
    created: int
    updated: int


class Account:
    """The books. Changing functions of the modules around it are synchronous, so each is one step."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self.world = world
        self.deliveries = deliveries
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

    @property
    def api(self) -> str:
        """The address of the API, for the links in what it says."""
        return self.settings.origin + BASE

    @property
    def seller(self) -> str:
        """The name payers read."""
        return self.settings.display_name or DEFAULT_SELLER

    def heard_at(self, origin: str) -> None:
        """Remember under which address the sandbox was last reached."""
        if origin != self.settings.origin:
            self.configure(self.settings.model_copy(update={"origin": origin}))

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

    def stamp(self, kind: str, own_id: str | None = None) -> Stamp:
        """A new id, its place in the order, and the time."""
        now = self.now()
        return Stamp(id=own_id or self.ids.new(kind), seq=self.ids.sequence(), created=now, updated=now)

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
