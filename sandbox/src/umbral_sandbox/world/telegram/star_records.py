"""Records of invoices and payments in Stars."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class Invoice(BaseModel):
    """A bot's request for a payment. slug: id of the request in an invoice link."""

    bot: int
    title: str
    description: str
    payload: str
    currency: str
    total: int
    slug: str | None = None
    seq: int = 0
    subscription_period: int | None = None


class PreCheckout(BaseModel):
    """Payment that waits for the bot's approval."""

    id: str
    person: int
    invoice: Invoice
    at: datetime
    answered: bool = False
    approved: bool = False
    error: str | None = None


class StarPayment(BaseModel):
    """Completed payment in Stars.

    seq: number of the transaction
    refund_seq: number of the refund's transaction
    subscription: charge id of the subscription's first payment
    until: end of the paid period
    """

    charge_id: str
    person: int
    invoice: Invoice
    at: datetime
    state: Literal["paid", "refunded"] = "paid"
    seq: int = 0
    refund_seq: int | None = None
    refunded_at: datetime | None = None
    subscription: str | None = None
    until: datetime | None = None


StopWord = Literal["payer", "bot"]


class StarSubscription(BaseModel):
    """Subscription started by an invoice with a period. id: charge id of the subscription's first payment.

    stopped_by: initiator of the cancellation; set if the subscription will not be charged again. failing: True if the
    payer lacks the Stars for the next charge.
    """

    id: str
    seq: int
    person: int
    invoice: Invoice
    period_end: datetime
    state: Literal["active", "failed", "ended"] = "active"
    stopped_by: StopWord | None = None
    failing: bool = False
    next_try: datetime | None = None
    tries: int = 0
