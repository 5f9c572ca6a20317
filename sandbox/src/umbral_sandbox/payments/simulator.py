"""Interface of every payment provider's simulator for the control interface, independent of the provider's names and
billing model.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from fastapi import APIRouter
from pydantic import BaseModel, JsonValue

Webhooks = Literal["before", "after", "never"]
CheckoutAction = Literal["pay", "decline", "abandon", "expire"]
Bank = Literal["late"]
PaymentAction = Literal[
    "refund", "dispute", "win_dispute", "lose_dispute", "report_fraud", "appeal", "bank_pays", "bank_refuses"
]
Outcome = Literal["seller", "buyer"]
SubscriptionAction = Literal[
    "renew",
    "fail_payment",
    "ask_confirmation",
    "recover",
    "late",
    "bank_pays",
    "bank_refuses",
    "prompt",
    "cancel",
    "end",
    "pause",
    "resume",
    "refund",
    "dispute",
    "win_dispute",
    "lose_dispute",
]


class ActionRefused(Exception):
    """Raised if an action is impossible in the current state. missing: True if the action's object does not exist."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


class CheckoutView(BaseModel):
    """Hosted checkout. url: complete address that the seller received. reference: the seller's reference. title: name
    of the product, if given.
    """

    id: str
    provider: str
    state: Literal["open", "paid", "declined", "abandoned", "expired"]
    amount: str
    currency: str
    url: str
    reference: str | None
    title: str | None = None


class SubscriptionView(BaseModel):
    """Subscription at a provider. state: state as the provider names it."""

    id: str
    provider: str
    state: str
    reference: str | None
    period_end: datetime
    cancel_at_period_end: bool


class PaymentView(BaseModel):
    """Payment that a provider charged."""

    id: str
    provider: str
    state: Literal["paid", "failed", "pending", "partially_refunded", "refunded", "disputed"]
    amount: str
    currency: str
    reference: str | None
    subscription: str | None = None


class Seller(BaseModel):
    """Seller who opens an account: the name shown to payers, the address of webhooks, and the address of
    the sandbox.
    """

    display_name: str
    webhook_url: str
    sandbox_url: str


@runtime_checkable
class OffersVariants(Protocol):
    """Simulator whose seller has optional settings.

    variants: settings, keyed by variant name. They are added to the result of ``open_account``, and enable features
    that are off by default in the product.
    """

    variants: Mapping[str, Mapping[str, str]]


class Simulator(Protocol):
    """Simulator of one provider: the API and pages (``router``), the clock, and later events of the provider's objects.

    position: place of the provider in a seller's list of payment methods, the smallest first. Methods that change data
    are atomic; the caller commits the world. Such methods return the ids of the webhook deliveries that they caused,
    and raise ActionRefused (ValueError for an invalid amount).
    """

    provider: str
    position: int

    def router(self) -> APIRouter:
        """Return the REST API and the hosted pages."""
        ...

    async def live(self, now: datetime) -> None:
        """Perform all events that are due by ``now`` (a handler for ``World.on_tick``)."""
        ...

    def configure(self, options: Mapping[str, str]) -> None:
        """Configure the account (keys, webhook address and secret); raise ValueError for an unknown option."""
        ...

    def open_account(self, seller: Seller) -> dict[str, str]:
        """Configure the account for this seller, and return the product's settings for the account.

        Credentials are created at the first call and stored in the world, so they remain the same; earlier
        configuration is kept. Webhooks go to the seller's current address.
        """
        ...

    def state(self) -> JsonValue:
        """Return the account's objects, for ``GET /control/state``."""
        ...

    def checkouts(self) -> Sequence[CheckoutView]:
        """Return every checkout, oldest first."""
        ...

    def act_on_checkout(
        self,
        key: str,
        action: CheckoutAction,
        amount: str | None = None,
        webhooks: Webhooks | None = None,
        bank: Bank | None = None,
    ) -> list[int]:
        """Perform a payer's action on the hosted page.

        bank: `late` if the payer's bank decides later. It is passed only then, so that a simulator without such banks
            needs no such parameter.
        """
        ...

    def subscriptions(self) -> Sequence[SubscriptionView]:
        """Return every subscription, oldest first."""
        ...

    def act_on_subscription(
        self, key: str, action: SubscriptionAction, amount: str | None = None, hours: int | None = None
    ) -> list[int]:
        """Cause an event of an existing subscription, such as a renewal or a cancellation. hours: time after which a
        bank that decides later (`late`) pays.
        """
        ...

    def payments(self) -> Sequence[PaymentView]:
        """Return every payment, oldest first."""
        ...

    def act_on_payment(
        self, key: str, action: PaymentAction, amount: str | None = None, outcome: Outcome | None = None
    ) -> list[int]:
        """Cause an event of an existing payment, such as a refund or a dispute. outcome: decision on an appeal."""
        ...
