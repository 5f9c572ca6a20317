"""Simulator of Cryptomus, with the interface by which the control interface drives every provider."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from fastapi import APIRouter
from pydantic import JsonValue

from umbral_sandbox.payments.chassis.refusal import CannotPay
from umbral_sandbox.payments.chassis.surface import at_the_page, joined, refuse_unknown, refused_like, state_of
from umbral_sandbox.payments.cryptomus import hooks, paying, recurring, rules, views
from umbral_sandbox.payments.cryptomus.account import PROVIDER, Account
from umbral_sandbox.payments.cryptomus.life import live
from umbral_sandbox.payments.cryptomus.pages import page_router
from umbral_sandbox.payments.cryptomus.phpjson import FORMS
from umbral_sandbox.payments.cryptomus.records import Invoice, Recurrence
from umbral_sandbox.payments.cryptomus.rest import rest_router
from umbral_sandbox.payments.cryptomus.signing import headers
from umbral_sandbox.payments.deliveries import Deliveries
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
from umbral_sandbox.world.world import World

_OPTIONS: Final = frozenset({"merchant_id", "api_key", "display_name", "confirm_after_s", "json_form"})


class CryptomusSimulator:
    """Simulated Cryptomus account of one merchant."""

    provider = PROVIDER
    position = 30
    variants: Mapping[str, Mapping[str, str]] = {"recurring": {"CRYPTOMUS_RECURRENCE": "on"}}

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self.account = Account(world, deliveries)
        deliveries.sign_with(
            PROVIDER,
            headers,
            lambda endpoint, body: hooks.resealed(self.account, endpoint, body),
            hooks.PATIENCE,
        )
        world.wire.known_methods.setdefault("webhooks", set()).update(hooks.TYPES)

    def router(self) -> APIRouter:
        """Return the routes ``/cryptomus/v1/…`` and ``/pay/cryptomus/…``."""
        return joined(rest_router(self.account), page_router(self.account))

    async def live(self, now: datetime) -> None:
        """Perform confirmations, expiries and recurring charges."""
        if live(self.account, now):
            self.account.world.commit()

    def configure(self, options: Mapping[str, str]) -> None:
        """Set ``merchant_id``, ``api_key``, ``display_name``, ``confirm_after_s`` and ``json_form`` of the webhooks."""
        refuse_unknown(options, _OPTIONS)
        if options.get("json_form", "default") not in FORMS:
            raise ValueError(f"json_form is one of {', '.join(FORMS)}")
        if not options.get("confirm_after_s", "0").isdecimal():
            raise ValueError("confirm_after_s is a whole number of seconds")
        known = self.account.settings.model_dump()
        self.account.configure(type(self.account.settings).model_validate(known | dict(options)))
        if "api_key" in options:
            hooks.rekey(self.account, options["api_key"])

    def open_account(self, seller: Seller) -> dict[str, str]:
        """Return the settings for a merchant and its payment key; webhooks of earlier purchases go to the seller's
        current address.
        """
        settings = self.account.settings
        merchant = settings.merchant_id or self.account.ids.uuid()
        key = settings.api_key or self.account.ids.key()
        self.configure({"merchant_id": merchant, "api_key": key, "display_name": seller.display_name})
        urls = [*(each for each in settings.seller_urls if each != seller.webhook_url), seller.webhook_url]
        self.account.configure(self.account.settings.model_copy(update={"seller_urls": urls}))
        self.account.deliveries.set_webhook_endpoint(PROVIDER, seller.webhook_url, key)
        return {
            "CRYPTOMUS_API_BASE": f"{seller.sandbox_url}/cryptomus",
            "CRYPTOMUS_API_KEY": key,
            "CRYPTOMUS_CALLBACK_URL": seller.webhook_url,
            "CRYPTOMUS_MERCHANT_ID": merchant,
        }

    def state(self) -> JsonValue:
        """Return all checkouts, subscriptions and payments."""
        return state_of(self)

    def checkouts(self) -> list[CheckoutView]:
        """Return all invoices and recurrences, oldest first, without the charges of a recurrence."""
        single = [each for each in self.account.invoices.values() if each.recurrence is None]
        drawn = [(each.seq, views.invoice_checkout(each)) for each in single]
        drawn += [(each.seq, views.recurrence_checkout(each)) for each in self.account.recurrences.values()]
        return [view for _, view in sorted(drawn, key=lambda pair: pair[0])]

    def act_on_checkout(
        self,
        key: str,
        action: CheckoutAction,
        amount: str | None = None,
        webhooks: Webhooks | None = None,
        bank: Bank | None = None,
    ) -> list[int]:
        """Perform the action of a button of the hosted page.

        amount: amount to pay; an amount other than requested is an under- or overpayment.
        """
        if bank is not None:
            raise ActionRefused("no bank decides about this payment")
        invoice, recurrence = self.account.invoices.get(key), self.account.recurrences.get(key)
        with at_the_page(self.account, webhooks) as sent:
            if invoice is not None:
                self._on_invoice(invoice, action, _sum(amount))
            elif recurrence is not None:
                self._on_recurrence(recurrence, action, amount)
            else:
                raise ActionRefused(f"no checkout {key}", missing=True)
        return sent

    def _on_invoice(self, invoice: Invoice, action: CheckoutAction, amount: Decimal | None) -> None:
        match action:
            case "pay":
                paying.pay(self.account, invoice, amount)
            case "decline":
                paying.fail(self.account, invoice)
            case "abandon":
                paying.abandon(self.account, invoice)
            case "expire":
                paying.let_expire(self.account, invoice)

    def _on_recurrence(self, recurrence: Recurrence, action: CheckoutAction, amount: str | None) -> None:
        if recurrence.status != "wait_accept":
            raise ActionRefused(f"the recurring payment is {recurrence.status}")
        match action:
            case "pay":
                if amount is not None:
                    raise ActionRefused("a recurring payment charges its own amount")
                recurring.accept(self.account, recurrence)
            case "decline":
                recurrence.declined = True
            case "abandon":
                recurrence.abandoned = True
            case "expire":
                raise ActionRefused("a recurring payment does not expire")
        self.account.recurrences.put(recurrence.id, recurrence)

    def subscriptions(self) -> list[SubscriptionView]:
        """Return every accepted recurrence, oldest first."""
        return [views.subscription(each) for each in self.account.recurrences_in_order() if each.anchor is not None]

    def act_on_subscription(
        self, key: str, action: SubscriptionAction, amount: str | None = None, hours: int | None = None
    ) -> list[int]:
        """Perform a payer's action on a recurrence, or an event of its last charge."""
        recurrence = self.account.recurrences.get(key)
        if recurrence is None or recurrence.anchor is None:
            raise ActionRefused(f"no subscription {key}", missing=True)
        if action == "refund":
            charges = [each for each in self.account.invoices_in_order() if each.recurrence == key and each.arrivals]
            if not charges:
                raise ActionRefused("nothing was paid for this subscription")
            return self.act_on_payment(charges[-1].id, "refund", amount)
        if action == "end":
            recurring.end(self.account, recurrence, by_user=False)
            return []
        if recurrence.status != "active":
            raise ActionRefused(f"the recurring payment is {recurrence.status}")
        with self.account.webhooks(0.0) as sent:
            self._change(recurrence, action)
        return sent

    def _change(self, recurrence: Recurrence, action: SubscriptionAction) -> None:
        match action:
            case "renew":
                recurring.charge(self.account, recurrence)
            case "fail_payment":
                recurrence.failing = True
            case "recover":
                recurrence.failing = False
                if recurrence.failures:
                    recurring.charge(self.account, recurrence)
            case "cancel":
                recurring.end(self.account, recurrence, by_user=True)
            case _:
                raise ActionRefused(f"{action} is not available for a recurring payment")
        self.account.recurrences.put(recurrence.id, recurrence)

    def payments(self) -> list[PaymentView]:
        """Return every invoice with a received or failed payment, oldest first."""
        return [views.payment(each) for each in self.account.invoices_in_order() if views.is_payment(each)]

    def act_on_payment(
        self, key: str, action: PaymentAction, amount: str | None = None, outcome: Outcome | None = None
    ) -> list[int]:
        """Refund one payment in full; coins cannot be disputed."""
        invoice = self.account.invoices.get(key)
        if invoice is None or not views.is_payment(invoice):
            raise ActionRefused(f"no payment {key}", missing=True)
        if action != "refund":
            raise ActionRefused("payments in cryptocurrency cannot be disputed")
        if amount is not None and _sum(amount) != Decimal(views.payment(invoice).amount):
            raise ActionRefused("a payment can only be refunded in full")
        with refused_like(CannotPay), self.account.webhooks(0.0) as sent:
            paying.refund(self.account, invoice)
        return sent


def _sum(amount: str | None) -> Decimal | None:
    if amount is None:
        return None
    if rules.amount(amount) is not None:
        raise ValueError(f"{amount[:40]!r} is not an amount")
    return Decimal(amount)
