"""Simulator of payments in Telegram Stars, with the interface by which the control interface drives every provider."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from fastapi import APIRouter
from pydantic import JsonValue

from umbral_sandbox.payments.chassis.books import in_order
from umbral_sandbox.payments.chassis.surface import refuse_unknown
from umbral_sandbox.payments.money import to_minor, to_text
from umbral_sandbox.payments.simulator import (
    ActionRefused,
    Bank,
    CheckoutAction,
    CheckoutView,
    Outcome,
    PaymentAction,
    PaymentView,
    Seller,
    SubscriptionAction,
    SubscriptionView,
    Webhooks,
)
from umbral_sandbox.world.telegram.star_records import Invoice, StarPayment, StarSubscription
from umbral_sandbox.world.world import World

PROVIDER: Final = "stars"


class StarsSimulator:
    """Payments in Stars of all bots. Bots receive updates, never webhooks, so no action returns a delivery."""

    provider = PROVIDER
    position = 40

    def __init__(self, world: World) -> None:
        self._world = world
        self._stars = world.telegram.stars

    def router(self) -> APIRouter:
        """Return an empty router."""
        return APIRouter()

    async def live(self, now: datetime) -> None:
        """Perform the renewals, failed charges and ends of subscriptions that are due by ``now``."""
        if self._stars.subscriptions.live(now):
            self._world.commit()

    def configure(self, options: Mapping[str, str]) -> None:
        """Raise ValueError for any option, because a bot needs no account for Stars."""
        refuse_unknown(options, ())

    def open_account(self, seller: Seller) -> dict[str, str]:
        """Return the setting that enables Stars; the bot already exists."""
        return {"STARS": "on"}

    def state(self) -> JsonValue:
        """Return subscriptions and payments."""
        return {
            "subscriptions": [each.model_dump(mode="json") for each in self.subscriptions()],
            "payments": [each.model_dump(mode="json") for each in self.payments()],
        }

    def checkouts(self) -> list[CheckoutView]:
        """Return invoice links, which have no hosted page; people pay them in the chat by ``pay_stars``."""
        paid = {each.invoice.slug for each in self._stars.payments()}
        links = in_order(self._world.telegram.state.invoices.values())
        return [_checkout(each, paid=each.slug in paid) for each in links]

    def act_on_checkout(
        self,
        key: str,
        action: CheckoutAction,
        amount: str | None = None,
        webhooks: Webhooks | None = None,
        bank: Bank | None = None,
    ) -> list[int]:
        """Perform ``pay``, the only supported action: the person who received the link pays, without the bot's
        approval.
        """
        if bank is not None:
            raise ActionRefused("no bank decides about this payment")
        invoice = self._world.telegram.state.invoices.get(key)
        if invoice is None:
            raise ActionRefused(f"no checkout {key}", missing=True)
        if action != "pay":
            raise ActionRefused(f"Telegram reports nothing about {action} of an invoice link")
        if any(each.invoice.slug == key for each in self._stars.payments()):
            raise ActionRefused("the invoice is already paid")
        if amount is not None and to_minor(amount, invoice.currency) != invoice.total:
            raise ActionRefused("an invoice is paid with its own amount")
        payer = self._stars.shown_to(invoice)
        if payer is None:
            raise ActionRefused("no person has a chat with this bot")
        self._stars.take(payer, invoice)
        return []

    def subscriptions(self) -> list[SubscriptionView]:
        """Return every subscription, oldest first."""
        return [_subscription(each) for each in self._stars.subscriptions.all()]

    def act_on_subscription(
        self, key: str, action: SubscriptionAction, amount: str | None = None, hours: int | None = None
    ) -> list[int]:
        """Perform a payer's action on a subscription in Telegram's settings, or an event of a charge. Raises
        ActionRefused for an unknown subscription.
        """
        known = next((each for each in self._stars.subscriptions.all() if _name(each) == key), None)
        if known is None:
            raise ActionRefused(f"no subscription {key}", missing=True)
        if action == "refund":
            paid = [each for each in self._stars.payments() if each.subscription == known.id]
            _give_back(self._world, paid[-1] if paid else None, amount)
        else:
            self._act(known, action)
        return []

    def payments(self) -> list[PaymentView]:
        """Return every payment, oldest first."""
        return [_payment(each) for each in self._stars.payments()]

    def act_on_payment(
        self, key: str, action: PaymentAction, amount: str | None = None, outcome: Outcome | None = None
    ) -> list[int]:
        """Refund a whole payment in Stars, as Telegram does; partial refunds and disputes do not exist."""
        if action != "refund":
            raise ActionRefused("payments in Stars cannot be disputed")
        _give_back(self._world, next((each for each in self._stars.payments() if each.charge_id == key), None), amount)
        return []

    def _act(self, known: StarSubscription, action: SubscriptionAction) -> None:
        if known.state == "ended":
            if action == "end":
                return
            raise ActionRefused("the subscription has ended")
        match action:
            case "renew":
                if known.stopped_by is not None:
                    raise ActionRefused("the subscription is canceled")
                self._stars.subscriptions.renew(known)
            case "fail_payment":
                known.failing = True
                self._world.telegram.state.star_subscriptions.put(known.id, known)
            case "recover":
                self._stars.subscriptions.recover(known)
            case "cancel":
                if not self._stars.subscriptions.stop(known):
                    raise ActionRefused("the subscription is already canceled")
            case "end":
                # Nobody can end a subscription in Stars before its period is over, so this is a cancellation.
                self._stars.subscriptions.stop(known)
            case "resume":
                if not self._stars.subscriptions.take_up(known):
                    raise ActionRefused("the subscription is not canceled")
            case _:
                raise ActionRefused(f"{action} is not available for Stars")


def _give_back(world: World, payment: StarPayment | None, amount: str | None) -> None:
    if payment is None:
        raise ActionRefused("no such payment", missing=True)
    if payment.state == "refunded":
        raise ActionRefused("the payment is already refunded")
    if amount is not None and to_minor(amount, payment.invoice.currency) != payment.invoice.total:
        raise ActionRefused("a payment in Stars can only be refunded in full")
    world.telegram.stars.give_back(payment)


def _checkout(invoice: Invoice, *, paid: bool) -> CheckoutView:
    return CheckoutView(
        id=invoice.slug or "",
        provider=PROVIDER,
        state="paid" if paid else "open",
        amount=to_text(invoice.total, invoice.currency),
        currency=invoice.currency,
        url=f"https://t.me/${invoice.slug}",
        reference=invoice.payload,
        title=invoice.title,
    )


def _name(known: StarSubscription) -> str:
    """Return an id for a subscription, made of the payer and the first charge. Telegram defines no id; bots identify a
    subscription by the same two values.
    """
    return f"{known.person}:{known.id}"


def _subscription(known: StarSubscription) -> SubscriptionView:
    stopped = known.state == "active" and known.stopped_by is not None
    return SubscriptionView(
        id=_name(known),
        provider=PROVIDER,
        state="canceled" if stopped else known.state,
        reference=known.invoice.payload,
        period_end=known.period_end,
        cancel_at_period_end=stopped,
    )


def _payment(payment: StarPayment) -> PaymentView:
    return PaymentView(
        id=payment.charge_id,
        provider=PROVIDER,
        state=payment.state,
        amount=to_text(payment.invoice.total, payment.invoice.currency),
        currency=payment.invoice.currency,
        reference=payment.invoice.payload,
        subscription=f"{payment.person}:{payment.subscription}" if payment.subscription else None,
    )
