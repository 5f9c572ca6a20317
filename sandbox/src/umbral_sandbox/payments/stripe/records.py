"""Stored records of the Stripe account. They contain only facts; ``shapes`` derives the wire formats from them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

JsonObject = dict[str, JsonValue]
Pairs = dict[str, str]


class Record(BaseModel):
    """Base of every object: its id, its time of creation (seconds since 1970), and its position in the order of
    creation.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    seq: int
    created: int


class Product(Record):
    """Product of the seller."""

    name: str
    updated: int
    active: bool = True
    metadata: Pairs = Field(default_factory=dict)
    default_price: str | None = None
    extra: JsonObject = Field(default_factory=dict)


class Price(Record):
    """Price of a product, charged once or each interval. unit_amount: amount in minor units."""

    product: str
    currency: str
    unit_amount: int
    interval: Literal["day", "week", "month", "year"] | None = None
    interval_count: int = 1
    active: bool = True
    lookup_key: str | None = None
    nickname: str | None = None
    tax_behavior: str = "unspecified"
    metadata: Pairs = Field(default_factory=dict)


class Coupon(Record):
    """Amount off one invoice of a subscription, or off each invoice."""

    name: str | None = None
    amount_off: int
    currency: str
    duration: Literal["forever", "once"] = "once"


class Customer(Record):
    """Customer of the seller. balance: if negative, credit for the next invoices; if positive, amount added to the next
    invoice.
    """

    email: str | None = None
    name: str | None = None
    phone: str | None = None
    description: str | None = None
    locales: list[str] = Field(default_factory=list)
    balance: int = 0
    metadata: Pairs = Field(default_factory=dict)
    extra: JsonObject = Field(default_factory=dict)


class Line(BaseModel):
    """Item of a checkout session."""

    id: str
    price: str
    quantity: int = 1


class Session(Record):
    """Checkout session. outcome: the payer's last action while the session is open."""

    mode: Literal["payment", "subscription"]
    url: str
    expires_at: int
    currency: str
    amount_total: int
    lines: list[Line]
    success_url: str
    cancel_url: str | None = None
    status: Literal["open", "complete", "expired"] = "open"
    payment_status: Literal["unpaid", "paid", "no_payment_required"] = "unpaid"
    outcome: Literal["none", "declined", "abandoned"] = "none"
    customer: str | None = None
    customer_email: str | None = None
    client_reference_id: str | None = None
    locale: str | None = None
    metadata: Pairs = Field(default_factory=dict)
    purchase_metadata: Pairs = Field(default_factory=dict)
    purchase_description: str | None = None
    trial_days: int | None = None
    trial_end: int | None = None
    automatic_tax: bool = False
    coupon: str | None = None
    discount: int = 0
    subscription: str | None = None
    invoice: str | None = None
    payment_intent: str | None = None
    extra: JsonObject = Field(default_factory=dict)


class Item(BaseModel):
    """Price that a subscription bills."""

    id: str
    created: int
    price: str
    quantity: int = 1
    metadata: Pairs = Field(default_factory=dict)


SubscriptionStatus = Literal[
    "active", "canceled", "incomplete", "incomplete_expired", "past_due", "paused", "trialing", "unpaid"
]


class Subscription(Record):
    """Subscription of a customer.

    failing: True while every charge is declined. late: True while the payer's bank decides later about each charge.
    late_hours: hours after which that bank pays; None if it waits for a decision. confirming: True while the
    payer's bank requires the payer's confirmation of each charge. coupon: discount of the next invoice.
    """

    customer: str
    currency: str
    status: SubscriptionStatus
    items: list[Item]
    anchor: int
    period_start: int
    period_end: int
    cancel_at_period_end: bool = False
    cancel_at: int | None = None
    canceled_at: int | None = None
    ended_at: int | None = None
    cancel_reason: str | None = None
    cancel_comment: str | None = None
    cancel_feedback: str | None = None
    trial_start: int | None = None
    trial_end: int | None = None
    description: str | None = None
    metadata: Pairs = Field(default_factory=dict)
    latest_invoice: str | None = None
    pause_collection: JsonObject | None = None
    reference: str | None = None
    failing: bool = False
    late: bool = False
    late_hours: int | None = None
    confirming: bool = False
    trial_warned: bool = False
    schedule: str | None = None
    prorations: list["InvoiceLine"] = Field(default_factory=list)
    automatic_tax: bool = False
    coupon: str | None = None


class InvoiceLine(BaseModel):
    """Amount of an invoice and the period that the amount pays for."""

    id: str
    description: str
    amount: int
    price: str
    item: str
    quantity: int = 1
    start: int
    end: int
    proration: bool = False


class Invoice(Record):
    """Invoice of a subscription.

    metadata: metadata copied from the subscription. own_metadata: metadata of the invoice itself. amount: amount due
    after applying the payer's balance, which changed from ``starting_balance`` to ``ending_balance``. auto_advance:
    False if the invoice is not collected automatically.
    """

    customer: str
    subscription: str
    currency: str
    amount: int
    discount: int = 0
    coupon: str | None = None
    starting_balance: int = 0
    ending_balance: int = 0
    lines: list[InvoiceLine]
    billing_reason: str
    number: str
    header_start: int
    header_end: int
    finalized_at: int
    metadata: Pairs = Field(default_factory=dict)
    own_metadata: Pairs = Field(default_factory=dict)
    auto_advance: bool = True
    status: Literal["open", "paid", "void", "uncollectible"] = "open"
    amount_paid: int = 0
    attempts: int = 0
    next_attempt: int | None = None
    paid_at: int | None = None
    voided_at: int | None = None
    uncollectible_at: int | None = None

    @property
    def due_at(self) -> int | None:
        """Return the time of the next automatic attempt; None if there is none."""
        return self.next_attempt if self.status == "open" and self.auto_advance else None

    @property
    def total(self) -> int:
        """Return the amount before the payer's balance is applied."""
        return self.amount - self.starting_balance + self.ending_balance


class InvoicePayment(Record):
    """Link between a payment intent and its invoice."""

    invoice: str
    payment_intent: str
    amount: int
    currency: str
    status: Literal["open", "paid", "canceled"] = "open"
    paid_at: int | None = None


class Intent(Record):
    """Payment intent: an amount to be collected, by as many charges as needed. decided_at: time at which a bank that
    decides later pays; None if it waits for a decision.
    """

    amount: int
    currency: str
    customer: str | None
    status: Literal["succeeded", "requires_payment_method", "requires_action", "processing", "canceled"]
    latest_charge: str | None = None
    decided_at: int | None = None
    invoice: str | None = None
    description: str | None = None
    reference: str | None = None
    metadata: Pairs = Field(default_factory=dict)
    canceled_at: int | None = None


class Charge(Record):
    """Attempt to collect an amount. card: fingerprint of the card's number."""

    amount: int
    currency: str
    customer: str | None
    payment_intent: str
    succeeded: bool
    amount_refunded: int = 0
    disputed: bool = False
    failure_code: str | None = None
    failure_message: str | None = None
    description: str | None = None
    email: str | None = None
    invoice: str | None = None
    card: str = "Xt5EWLLDS7FJjR1c"
    metadata: Pairs = Field(default_factory=dict)


class Refund(Record):
    """Refund of a charge. reference: reference of the bank, which is known some seconds later."""

    amount: int
    currency: str
    charge: str
    payment_intent: str
    reason: str | None = None
    status: Literal["succeeded", "pending", "failed", "canceled"] = "succeeded"
    reference: str | None = None
    metadata: Pairs = Field(default_factory=dict)


class Dispute(Record):
    """Dispute of a charge. The charge's money is on hold until the case is decided."""

    amount: int
    currency: str
    charge: str
    payment_intent: str
    due_by: int
    reason: str = "fraudulent"
    status: Literal["needs_response", "under_review", "won", "lost"] = "needs_response"
    metadata: Pairs = Field(default_factory=dict)
    evidence: dict[str, str | None] = Field(default_factory=dict)
    submissions: int = 0


class Upload(Record):
    """Uploaded file; only a hash of the content is stored, which shows that the upload was complete."""

    name: str
    kind: Literal["jpg", "pdf", "png"]
    size: int
    purpose: str
    sha256: str


class PortalSession(Record):
    """Session of a customer in the portal."""

    customer: str
    url: str
    return_url: str | None = None
    locale: str | None = None


class Event(Record):
    """Event of the account. object: state of the affected object at that time, in the newest shape."""

    type: str
    object: JsonObject
    previous: JsonObject | None = None
    request: str | None = None
    idempotency_key: str | None = None


class Replay(BaseModel):
    """Response stored for an idempotency key."""

    key: str
    path: str
    fingerprint: str
    status: int
    body: JsonObject
    request: str
    created: int


class AccountSettings(BaseModel):
    """Settings of the account. secret_key: key that callers need; None to accept every test key. origin: address of the
    sandbox.
    """

    secret_key: str | None = None
    display_name: str | None = None
    origin: str = ""
