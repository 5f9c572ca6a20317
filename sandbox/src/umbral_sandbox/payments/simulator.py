"""What every provider's stand-in offers the control room, whatever it is called and however it bills."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from fastapi import APIRouter
from pydantic import BaseModel, JsonValue

Webhooks = Literal["before", "after", "never"]
CheckoutAction = Literal["pay", "decline", "abandon", "expire"]
PaymentAction = Literal["refund", "dispute", "win_dispute", "lose_dispute", "report_fraud"]
SubscriptionAction = Literal[
    "renew",
    "fail_payment",
    "ask_confirmation",
    "recover",
    "cancel",
    "pause",
    "resume",
    "refund",
    "dispute",
    "win_dispute",
    "lose_dispute",
]


class ActionRefused(Exception):
    """What was asked for cannot happen now, or there is no such object (``missing``)."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


class CheckoutView(BaseModel):
    """A hosted checkout; ``url`` is the whole address its seller was given, ``reference`` what the seller called it,
    ``title`` what is sold, where told."""

    id: str
    provider: str
    state: Literal["open", "paid", "declined", "abandoned", "expired"]
    amount: str
    currency: str
    url: str
    reference: str | None
    title: str | None = None


class SubscriptionView(BaseModel):
    """A subscription; ``state`` in the provider's word."""

    id: str
    provider: str
    state: str
    reference: str | None
    period_end: datetime
    cancel_at_period_end: bool


class PaymentView(BaseModel):
    """A sum that was taken."""

    id: str
    provider: str
    state: Literal["paid", "failed", "partially_refunded", "refunded", "disputed"]
    amount: str
    currency: str
    reference: str | None
    subscription: str | None = None


class Seller(BaseModel):
    """Who opens an account: the name payers read, where webhooks go, and the address the sandbox answers at."""

    display_name: str
    webhook_url: str
    sandbox_url: str


@runtime_checkable
class OffersVariants(Protocol):
    """A stand-in whose seller may configure more than the usual. variants: by name, settings to add to those of
    ``open_account``, with which the product does what it leaves off by default."""

    variants: Mapping[str, Mapping[str, str]]


class Simulator(Protocol):
    """One provider: its API and pages (``router``), its own time, and what can happen to what it holds.

    ``place``: where the method stands among those a seller offers, the smallest first. The changing methods are one
    step each; the caller commits the world. They return the ids of the webhook deliveries they caused, and raise
    ActionRefused (ValueError for an amount that is none).
    """

    provider: str
    place: int

    def router(self) -> APIRouter:
        """The REST API and the hosted pages."""
        ...

    async def live(self, now: datetime) -> None:
        """Do what is due by ``now`` (a handler for ``World.on_tick``)."""
        ...

    def configure(self, options: Mapping[str, str]) -> None:
        """Set the account up (keys, webhook address and secret); ValueError for an option it does not have."""
        ...

    def open_account(self, seller: Seller) -> dict[str, str]:
        """Set the account up for this seller, and answer the settings by which the product finds and trusts it.

        Credentials are made at the first call and kept in the world, the same ones ever after; what was configured
        before stays. The address of the webhooks is the seller's present one.
        """
        ...

    def state(self) -> JsonValue:
        """What it holds, for ``GET /control/state``."""
        ...

    def checkouts(self) -> Sequence[CheckoutView]:
        """Every checkout, oldest first."""
        ...

    def act_on_checkout(
        self, key: str, action: CheckoutAction, amount: str | None = None, webhooks: Webhooks | None = None
    ) -> list[int]:
        """What a payer does on the hosted page."""
        ...

    def subscriptions(self) -> Sequence[SubscriptionView]:
        """Every subscription, oldest first."""
        ...

    def act_on_subscription(self, key: str, action: SubscriptionAction, amount: str | None = None) -> list[int]:
        """What happens to a subscription later."""
        ...

    def payments(self) -> Sequence[PaymentView]:
        """Every payment, oldest first."""
        ...

    def act_on_payment(self, key: str, action: PaymentAction, amount: str | None = None) -> list[int]:
        """What happens to a payment later."""
        ...
