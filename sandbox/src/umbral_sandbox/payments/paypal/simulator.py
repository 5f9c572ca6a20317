"""Simulator of PayPal, with the interface by which the control interface drives every provider."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

from fastapi import APIRouter
from pydantic import JsonValue, ValidationError

from umbral_sandbox.payments.chassis.books import in_order
from umbral_sandbox.payments.chassis.surface import at_the_page, joined, refuse_unknown, refused_like, state_of
from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.paypal import actions, certificates, paying, tokens
from umbral_sandbox.payments.paypal.account import BASE, PROVIDER, Account
from umbral_sandbox.payments.paypal.amounts import above_zero, to_value
from umbral_sandbox.payments.paypal.autopay_pages import autopay_router
from umbral_sandbox.payments.paypal.errors import PayPalError
from umbral_sandbox.payments.paypal.events import TYPES, USUAL
from umbral_sandbox.payments.paypal.life import live
from umbral_sandbox.payments.paypal.pages import page_router
from umbral_sandbox.payments.paypal.phases import period_end
from umbral_sandbox.payments.paypal.records import AccountSettings, CheckoutOrder, Payment, Subscription
from umbral_sandbox.payments.paypal.rest import rest_router
from umbral_sandbox.payments.paypal.signing import PATIENCE, headers
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

_SETTINGS: Final = frozenset(AccountSettings.model_fields)
_OPTIONS: Final = _SETTINGS | {"webhook_url", "webhook_id"}


class PayPalSimulator:
    """Simulated PayPal account of one seller."""

    provider = PROVIDER
    position = 20

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self.account = Account(world, deliveries)
        deliveries.sign_with(PROVIDER, partial(headers, self.account), patience=PATIENCE)
        world.wire.known_methods.setdefault("webhooks", set()).update(TYPES)

    def router(self) -> APIRouter:
        """Return the routes ``/paypal/v1/…``, ``/paypal/v2/…``, ``/pay/paypal/…``, and the payer's own page of a
        subscription.
        """
        return joined(autopay_router(self.account), rest_router(self.account), page_router(self.account))

    async def live(self, now: datetime) -> None:
        """Perform renewals, retries and expiries that are due by ``now``."""
        if live(self.account, now):
            self.account.world.commit()

    def configure(self, options: Mapping[str, str]) -> None:
        """Set ``client_id`` with ``client_secret``, ``webhook_url`` with ``webhook_id``, and the behaviour of the
        account (see ``AccountSettings``). Another secret invalidates the tokens issued before.
        """
        refuse_unknown(options, _OPTIONS)
        for pair in (("client_id", "client_secret"), ("webhook_url", "webhook_id")):
            if (pair[0] in options) != (pair[1] in options):
                raise ValueError(f"{' and '.join(pair)} come together")
        settings = {name: value for name, value in options.items() if name in _SETTINGS}
        before = self.account.settings
        try:
            after = AccountSettings.model_validate(before.model_dump() | settings)
        except ValidationError as error:
            raise ValueError("; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())) from error
        self.account.configure(after)
        if (before.client_id, before.client_secret) != (after.client_id, after.client_secret):
            tokens.revoke_all(self.account)
        if "webhook_url" in options:
            self.account.deliveries.set_webhook_endpoint(
                PROVIDER, options["webhook_url"], options["webhook_id"], enabled_events=[*USUAL]
            )

    def open_account(self, seller: Seller) -> dict[str, str]:
        """Return the settings for the client's id and secret, the webhook's id, and the authority that issues the
        certificates.
        """
        main, settings, ids = self.account.deliveries.main_endpoint(PROVIDER), self.account.settings, self.account.ids
        client = settings.client_id or f"A{ids.secret('client_id')[1:]}"
        secret = settings.client_secret or f"E{ids.secret('client_secret')[1:]}"
        webhook = main.secret if main else ids.new("webhook")
        self.configure(
            {
                "client_id": client,
                "client_secret": secret,
                "display_name": seller.display_name,
                "origin": seller.sandbox_url,
                "webhook_id": webhook,
                "webhook_url": seller.webhook_url,
            }
        )
        return {
            "PAYPAL_API_BASE": f"{seller.sandbox_url}{BASE}",
            "PAYPAL_CLIENT_ID": client,
            "PAYPAL_CLIENT_SECRET": secret,
            "PAYPAL_MODE": "sandbox",
            # Settings are single lines.
            "PAYPAL_WEBHOOK_CA": certificates.authority_pem(self.account).replace("\n", "\\n"),
            "PAYPAL_WEBHOOK_ID": webhook,
        }

    def state(self) -> JsonValue:
        """Return all checkouts, subscriptions and payments."""
        return state_of(self)

    def checkouts(self) -> list[CheckoutView]:
        """Return the checkout of every approval page, oldest first."""
        pages: list[paying.Approval] = [
            *self.account.subscriptions.values(),
            *self.account.revisions.values(),
            *self.account.orders.values(),
        ]
        return [self._checkout(each) for each in in_order(pages)]

    def act_on_checkout(
        self,
        key: str,
        action: CheckoutAction,
        amount: str | None = None,
        webhooks: Webhooks | None = None,
        bank: Bank | None = None,
    ) -> list[int]:
        """Perform the action of a button of the hosted page."""
        approval = paying.approval_of(self.account, key)
        if approval is None:
            raise ActionRefused(f"no checkout {key}", missing=True)
        minor = above_zero(amount, paying.asked(self.account, approval)[1]) if amount is not None else None
        with at_the_page(self.account, webhooks) as sent:
            match action:
                case "pay":
                    paying.pay(self.account, approval, minor, is_late=bank is not None)
                case "decline":
                    paying.decline(self.account, approval)
                case "abandon":
                    paying.abandon(self.account, approval)
                case "expire":
                    paying.let_expire(self.account, approval)
        return sent

    def subscriptions(self) -> list[SubscriptionView]:
        """Return every approved subscription, oldest first."""
        return [
            SubscriptionView(
                id=each.id,
                provider=PROVIDER,
                state=each.status,
                reference=each.custom,
                period_end=datetime.fromtimestamp(period_end(each), UTC),
                cancel_at_period_end=False,
            )
            for each in in_order(self.account.subscriptions.values())
            if each.status != "APPROVAL_PENDING"
        ]

    def act_on_subscription(
        self, key: str, action: SubscriptionAction, amount: str | None = None, hours: int | None = None
    ) -> list[int]:
        """Perform an action of the provider, the payer or the payer's bank on a subscription."""
        subscription = self.account.subscriptions.get(key)
        if subscription is None or subscription.status == "APPROVAL_PENDING":
            raise ActionRefused(f"no subscription {key}", missing=True)
        with self.account.webhooks(0.0) as sent:
            match action:
                case "refund" | "dispute" | "win_dispute" | "lose_dispute":
                    self._on_payment(actions.latest_sale(self.account, subscription), action, amount)
                case _:
                    with refused_like(PayPalError):
                        actions.act(self.account, subscription, action, hours)
        return sent

    def payments(self) -> list[PaymentView]:
        """Return every payment, including failed payments, oldest first."""
        return [
            PaymentView(
                id=each.id,
                provider=PROVIDER,
                state=actions.payment_state(self.account, each),
                amount=to_value(each.amount, each.currency),
                currency=each.currency,
                reference=each.custom,
                subscription=each.subscription,
            )
            for each in in_order(self.account.payments.values())
        ]

    def act_on_payment(
        self, key: str, action: PaymentAction, amount: str | None = None, outcome: Outcome | None = None
    ) -> list[int]:
        """Refund or dispute one payment."""
        payment = self.account.payments.get(key)
        if payment is None:
            raise ActionRefused(f"no payment {key}", missing=True)
        with self.account.webhooks(0.0) as sent:
            if action == "appeal":
                actions.appeal(self.account, payment, outcome)
            else:
                self._on_payment(payment, action, amount)
        return sent

    def _on_payment(self, payment: Payment, action: PaymentAction, amount: str | None) -> None:
        minor = above_zero(amount, payment.currency) if amount is not None else None
        with refused_like(PayPalError):
            actions.on_payment(self.account, payment, action, minor)

    def _checkout(self, approval: paying.Approval) -> CheckoutView:
        amount, currency = paying.asked(self.account, approval)
        reference = approval.custom if isinstance(approval, Subscription) else None
        if isinstance(approval, CheckoutOrder):
            reference = approval.unit.custom
        return CheckoutView(
            id=approval.id,
            provider=PROVIDER,
            state=actions.checkout_state(self.account, approval),
            amount=to_value(amount, currency),
            currency=currency,
            url=f"{self.account.settings.origin}/pay/paypal/{paying.token_of(approval)}",
            reference=reference,
        )
