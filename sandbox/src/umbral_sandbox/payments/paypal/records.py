"""Stored records of the PayPal account. Times are seconds since 1970, amounts are whole numbers of the
smallest unit.
"""

from typing import Literal

from pydantic import BaseModel, Field, JsonValue

JsonObject = dict[str, JsonValue]
Order = Literal["before", "after", "random"]
Outcome = Literal["none", "declined", "abandoned"]


class AccountSettings(BaseModel):
    """Settings of the account.

    origin: address of the sandbox
    activation: order of the event ACTIVATED and the first sale's event
    captures: result of capturing an approved order
    dispute_stage: first stage of a dispute
    suspended_date: whether a suspended subscription still shows its next billing time
    events: version of webhooks about subscriptions
    chain: `leaf` for certificates issued by the authority itself; `whole` to add an intermediate certificate
    reversals: whether webhooks report that the bank took money back after a lost dispute
    transaction_search, disputes: whether these features are granted to the app
    reports_after_s: delay of the transaction search, in seconds
    payer: PayPal account that approves; empty for a new account each time
    """

    client_id: str | None = None
    client_secret: str | None = None
    display_name: str | None = None
    origin: str = ""
    activation: Order = "random"
    captures: Literal["completed", "declined", "denied"] = "completed"
    dispute_stage: Literal["INQUIRY", "CHARGEBACK"] = "CHARGEBACK"
    suspended_date: Literal["shown", "hidden"] = "hidden"
    events: Literal["1.0", "2.0"] = "2.0"
    chain: Literal["leaf", "whole"] = "leaf"
    reversals: Literal["told", "silent"] = "told"
    transaction_search: Literal["on", "off"] = "on"
    disputes: Literal["on", "off"] = "on"
    payer: str = ""
    reports_after_s: int = Field(3 * 60 * 60, ge=0, le=3 * 60 * 60)


class Token(BaseModel):
    """Access token issued to a client."""

    token: str
    expires: int


class Keys(BaseModel):
    """Private keys behind the webhook certificates, as PEM, and the authority's certificate."""

    authority_key: str
    authority: str
    key: str


class Certificate(BaseModel):
    """Certificate that signs webhooks between two times. chain: see `AccountSettings`."""

    id: str
    begins: int
    ends: int
    pem: str
    chain: Literal["leaf", "whole"] = "leaf"


class Replay(BaseModel):
    """Stored response to a request with an id."""

    key: str
    fingerprint: str
    status: int
    body: JsonValue
    created: int


class Record(BaseModel):
    """Base of every stored object."""

    id: str
    seq: int
    created: int
    updated: int


class Event(Record):
    """Event of the account. body: text that is sent byte for byte at each delivery."""

    type: str
    resource_type: str
    body: str


class Product(Record):
    """Product of the seller. given: all members of the request that created the product."""

    given: JsonObject


class Cycle(BaseModel):
    """Phase of a plan. total: number of cycles; 0 for a phase that never ends."""

    tenure: Literal["TRIAL", "REGULAR"]
    sequence: int
    total: int
    unit: Literal["DAY", "WEEK", "MONTH", "YEAR"]
    count: int
    price: int = 0
    version: int = 1


class Terms(BaseModel):
    """Billed prices and intervals of a plan, or of one subscription that overrides the plan's."""

    currency: str
    cycles: list[Cycle]
    setup_fee: int = 0
    fee_failure: Literal["CONTINUE", "CANCEL"] = "CANCEL"
    threshold: int = 0
    auto_bill: bool = True
    tax: str | None = None
    tax_included: bool = True


class Plan(Record):
    """Billing plan of a product."""

    product: str
    name: str
    description: str | None
    status: Literal["CREATED", "ACTIVE", "INACTIVE"]
    terms: Terms
    quantities: bool = False


class Context(BaseModel):
    """Redirect URLs, brand name and language of an approval page."""

    return_url: str | None = None
    cancel_url: str | None = None
    user_action: str = "SUBSCRIBE_NOW"
    brand_name: str | None = None
    locale: str | None = None


class Taken(BaseModel):
    """Payment that was captured or attempted."""

    amount: int
    time: int
    reason: str | None = None
    retry: int | None = None


SubscriptionStatus = Literal["APPROVAL_PENDING", "APPROVED", "ACTIVE", "SUSPENDED", "CANCELLED", "EXPIRED"]


class Subscription(Record):
    """Subscription, from the creation of its approval page on.

    by_echeck: True if the payer's bank decides later about the next charge. done: number of started cycles of each
    phase. anchor: start of the current phase. owed: amount being retried. balance: amount added to the next bill.
    failing: True if every charge is declined.
    """

    plan: str
    terms: Terms
    overridden: bool = False
    quantity: int = 1
    custom: str | None = None
    status: SubscriptionStatus = "APPROVAL_PENDING"
    status_at: int
    note: str | None = None
    start: int
    subscriber: JsonObject = Field(default_factory=dict)
    context: Context
    approval: str
    approval_ends: int
    outcome: Outcome = "none"
    payer: str | None = None
    anchor: int = 0
    done: list[int] = Field(default_factory=list)
    next_billing: int | None = None
    ends_at: int | None = None
    fee_due: int = 0
    owed: int = 0
    tries: int = 0
    retry_at: int | None = None
    balance: int = 0
    failures: int = 0
    last_payment: Taken | None = None
    last_failed: Taken | None = None
    failing: bool = False
    first_amount: int | None = None
    by_echeck: bool = False
    late: bool = False
    late_hours: int | None = None


class Revision(Record):
    """Change of plan that the payer must approve."""

    subscription: str
    plan: str
    terms: Terms
    overridden: bool
    quantity: int
    context: Context
    approval_ends: int
    outcome: Outcome = "none"
    approved: bool = False


class Payment(Record):
    """Received payment: a sale of a subscription, or a capture of an order. by_echeck: True if the payer's bank decides
    about the payment later. decided_at: time at which that bank pays; None if it waits for a decision.
    """

    kind: Literal["sale", "capture"]
    amount: int
    currency: str
    fee: int
    state: Literal["completed", "declined", "pending", "denied"] = "completed"
    subscription: str | None = None
    order: str | None = None
    custom: str | None = None
    invoice: str | None = None
    refunded: int = 0
    reversed: bool = False
    by_echeck: bool = False
    decided_at: int | None = None


class Refund(Record):
    """Refund of a payment. reversed: True if the bank took the money back."""

    payment: str
    kind: Literal["sale", "capture"]
    amount: int
    currency: str
    total: int
    invoice: str | None = None
    custom: str | None = None
    note: str | None = None
    reversed: bool = False


class Dispute(Record):
    """Payer's complaint about a payment."""

    payment: str
    amount: int
    currency: str
    stage: Literal["INQUIRY", "CHARGEBACK"]
    status: Literal["OPEN", "WAITING_FOR_SELLER_RESPONSE", "WAITING_FOR_BUYER_RESPONSE", "UNDER_REVIEW", "RESOLVED"]
    reason: str
    due_by: int
    outcome: str | None = None
    returned: int = 0
    messages: list[JsonObject] = Field(default_factory=list)
    evidences: list[JsonObject] = Field(default_factory=list)


class Unit(BaseModel):
    """Purchase unit of an order."""

    reference: str
    amount: int
    currency: str
    description: str | None = None
    custom: str | None = None
    invoice: str | None = None
    given: JsonObject


class CheckoutOrder(Record):
    """Order for a single purchase. by_echeck: True if the payer's bank decides later about the payment."""

    intent: Literal["CAPTURE"]
    unit: Unit
    context: Context
    by_source: bool
    status: Literal["CREATED", "PAYER_ACTION_REQUIRED", "APPROVED", "COMPLETED", "VOIDED"]
    approval_ends: int
    outcome: Outcome = "none"
    payer: str | None = None
    capture: str | None = None
    first_amount: int | None = None
    by_echeck: bool = False
