"""Stripe account of one seller: its records, its settings, its clock, and the request being answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from pydantic import BaseModel

from umbral_sandbox.payments.chassis.books import Books, Stamp
from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.stripe.errors import missing_resource
from umbral_sandbox.payments.stripe.ids import StripeIds
from umbral_sandbox.payments.stripe.records import (
    AccountSettings,
    Charge,
    Coupon,
    Customer,
    Dispute,
    Event,
    Intent,
    Invoice,
    InvoicePayment,
    PortalSession,
    Price,
    Product,
    Refund,
    Replay,
    Session,
    Subscription,
    Upload,
)
from umbral_sandbox.payments.stripe.schedule_records import Schedule
from umbral_sandbox.world.store import Collection
from umbral_sandbox.world.world import World

PROVIDER: Final = "stripe"
M = TypeVar("M", bound=BaseModel)


class Account(Books[AccountSettings]):
    """Records of the seller. Functions that change the records are synchronous, so each change is atomic."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        super().__init__(world, deliveries, PROVIDER, AccountSettings)
        self.ids = StripeIds(world.ids)
        self.products = self._open("products", Product)
        self.prices = self._open("prices", Price)
        self.coupons = self._open("coupons", Coupon)
        self.customers = self._open("customers", Customer)
        self.sessions = self._open("checkout_sessions", Session)
        self.subscriptions = self._open("subscriptions", Subscription)
        self.schedules = self._open("subscription_schedules", Schedule)
        self.invoices = self._open("invoices", Invoice)
        self.invoice_payments = self._open("invoice_payments", InvoicePayment)
        self.intents = self._open("payment_intents", Intent)
        self.charges = self._open("charges", Charge)
        self.refunds = self._open("refunds", Refund)
        self.disputes = self._open("disputes", Dispute)
        self.uploads = self._open("uploads", Upload)
        self.portals = self._open("portal_sessions", PortalSession)
        self.events = self._open("events", Event)
        self.replays = self._open("replays", Replay)
        self.request: tuple[str | None, str | None] = (None, None)

    @contextmanager
    def asked_by(self, request: str, key: str | None) -> Iterator[None]:
        """Name this API request as the cause of the events that the block creates. key: idempotency key of the request,
        or None.
        """
        self.request = (request, key)
        try:
            yield
        finally:
            self.request = (None, None)

    def record_origin(self, origin: str) -> None:
        """Store the address under which the sandbox was last called."""
        if origin != self.settings.origin:
            self.configure(self.settings.model_copy(update={"origin": origin}))

    def stamp(self, prefix: str, own_id: str | None = None) -> Stamp:
        """Return a new id, its position in the order of creation, and the time."""
        return Stamp(id=own_id or self.ids.new(prefix), seq=self.ids.sequence(), created=self.now())

    def price(self, key: str) -> Price:
        """Return a price. Raises StripeError for an unknown id."""
        return found(self.prices, key, "price")

    def product(self, key: str) -> Product:
        """Return a product. Raises StripeError for an unknown id."""
        return found(self.products, key, "product")

    def subscription_of(self, invoice: Invoice) -> Subscription:
        """Return the subscription of an invoice."""
        return found(self.subscriptions, invoice.subscription, "subscription")

    def payment_of(self, invoice: str) -> InvoicePayment | None:
        """Return the newest payment of an invoice, or None."""
        mine = [each for each in self.invoice_payments.values() if each.invoice == invoice]
        return max(mine, key=lambda each: each.seq, default=None)


def found(collection: Collection[M], key: str, kind: str, param: str = "id", status: int = 404) -> M:
    """Return the record. Raises StripeError for an unknown id.

    kind: name of the object, for the error message
    param: name of the parameter that contains the id
    status: HTTP status of the error
    """
    record = collection.get(key)
    if record is None:
        raise missing_resource(kind, key, param, status)
    return record
