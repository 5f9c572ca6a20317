"""Stored records of the Cryptomus account. They contain only facts; ``shapes`` derives the wire formats from them."""

from decimal import Decimal
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

JsonObject = dict[str, JsonValue]
Status = Literal[
    "process",
    "check",
    "confirm_check",
    "paid",
    "paid_over",
    "wrong_amount",
    "wrong_amount_waiting",
    "fail",
    "cancel",
    "system_fail",
    "refund_process",
    "refund_fail",
    "refund_paid",
]
RecurrenceStatus = Literal["wait_accept", "active", "cancel_by_merchant", "cancel_by_user"]
Period = Literal["weekly", "monthly", "three_month"]

#: Statuses in which an invoice can still be paid, or is being paid.
LIVE: Final[frozenset[Status]] = frozenset({"process", "check", "confirm_check", "wrong_amount_waiting"})


class Record(BaseModel):
    """Base of every object: its uuid, its time of creation (seconds since 1970), and its position in the order of
    creation.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    seq: int
    created: int


class AccountSettings(BaseModel):
    """Settings of the account.

    confirm_after_s: time until a payment is confirmed, by the world's clock. json_form: JSON form of bodies.
    seller_urls: all addresses of the demo's seller so far, the current address last.
    """

    merchant_id: str | None = None
    api_key: str | None = None
    display_name: str | None = None
    confirm_after_s: int = 0
    json_form: str = "default"
    seller_urls: list[str] = Field(default_factory=list)


class Arrival(BaseModel):
    """Received coins. amount: number of coins, with eight decimals."""

    amount: str
    txid: str
    at: int


class Invoice(Record):
    """Amount to be paid once: by the payer of the invoice, or as one charge of a recurrence.

    ``amount`` is in ``currency``, ``payer_amount`` in ``coin``; ``rate`` is the price of one coin in ``currency``.
    """

    order_id: str | None
    amount: str
    currency: str
    coin: str
    network: str
    address: str
    payer_amount: str
    rate: str
    usd_rate: str
    expires_at: int
    updated: int
    url: str
    url_callback: str | None = None
    url_return: str | None = None
    url_success: str | None = None
    multiple: bool = True
    accuracy: str = "0"
    additional_data: str | None = None
    status: Status = "check"
    #: True if the payer has chosen a coin; before that, answers contain none.
    chosen: bool = False
    abandoned: bool = False
    arrivals: list[Arrival] = Field(default_factory=list)
    sender: str | None = None
    settle_at: int | None = None
    refunded_at: int | None = None
    recurrence: str | None = None

    @property
    def final(self) -> bool:
        """Return True if the invoice can no longer be paid."""
        return self.status not in LIVE

    @property
    def arrived(self) -> Decimal:
        """Return the sum of the received coins."""
        return sum((Decimal(each.amount) for each in self.arrivals), Decimal(0))


class Recurrence(Record):
    """Plan that a payer accepts once and is then charged for repeatedly. anchor: time of the acceptance."""

    order_id: str | None
    name: str
    amount: str
    currency: str
    coin: str
    period: Period
    url: str
    url_callback: str | None = None
    additional_data: str | None = None
    discount_days: int | None = None
    discount_amount: str | None = None
    status: RecurrenceStatus = "wait_accept"
    abandoned: bool = False
    declined: bool = False
    anchor: int | None = None
    charged: int = 0
    next_at: int | None = None
    last_pay: int | None = None
    failing: bool = False
    failures: int = 0
