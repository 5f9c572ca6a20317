"""What Telegram remembers of invoices and payments in Stars."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class Invoice(BaseModel):
    """What a bot asks somebody to pay; ``slug`` names it in an invoice link."""

    bot: int
    title: str
    description: str
    payload: str
    currency: str
    total: int
    slug: str | None = None
    subscription_period: int | None = None


class PreCheckout(BaseModel):
    """A payment that waits for the bot's consent."""

    id: str
    person: int
    invoice: Invoice
    at: datetime
    answered: bool = False
    approved: bool = False
    error: str | None = None


class StarPayment(BaseModel):
    """A payment that was made."""

    charge_id: str
    person: int
    invoice: Invoice
    at: datetime
    state: Literal["paid", "refunded"] = "paid"
