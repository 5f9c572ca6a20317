"""Simulator of Stripe, with the interface by which the control interface drives every provider."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter
from pydantic import JsonValue

from umbral_sandbox.payments.chassis.books import in_order
from umbral_sandbox.payments.chassis.surface import at_the_page, joined, refuse_unknown, refused_like, state_of
from umbral_sandbox.payments.deliveries import Deliveries
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
from umbral_sandbox.payments.stripe import actions, paying
from umbral_sandbox.payments.stripe.account import PROVIDER, Account
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.events import TYPES, USUAL, VERSIONS
from umbral_sandbox.payments.stripe.invoice_pages import invoice_router
from umbral_sandbox.payments.stripe.life import live
from umbral_sandbox.payments.stripe.pages import page_router
from umbral_sandbox.payments.stripe.portal_pages import portal_router
from umbral_sandbox.payments.stripe.records import AccountSettings, Charge, Intent, Session
from umbral_sandbox.payments.stripe.rest import rest_router
from umbral_sandbox.payments.stripe.signing import headers
from umbral_sandbox.world.world import World

_OPTIONS: Final = frozenset({"secret_key", "webhook_url", "webhook_secret", "api_version", "display_name"})


class StripeSimulator:
    """Simulated Stripe account of one seller."""

    provider = PROVIDER
    position = 10

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self.account = Account(world, deliveries)
        deliveries.sign_with(PROVIDER, headers)
        world.wire.known_methods.setdefault("webhooks", set()).update(TYPES)

    def router(self) -> APIRouter:
        """Return the routes ``/stripe/v1/…`` and ``/pay/stripe/…``."""
        account = self.account
        return joined(rest_router(account), portal_router(account), invoice_router(account), page_router(account))

    async def live(self, now: datetime) -> None:
        """Perform the expiries, renewals, retries and ends that are due by ``now``."""
        if live(self.account, now):
            self.account.world.commit()

    def configure(self, options: Mapping[str, str]) -> None:
        """Set ``secret_key``, ``webhook_url`` with ``webhook_secret`` (and ``api_version``), and ``display_name``."""
        refuse_unknown(options, _OPTIONS)
        version = options.get("api_version")
        if version is not None and version not in VERSIONS:
            raise ValueError(f"api_version is one of {', '.join(VERSIONS)}")
        if ("webhook_url" in options) != ("webhook_secret" in options):
            raise ValueError("webhook_url and webhook_secret come together")
        settings = {name: options[name] for name in ("secret_key", "display_name") if name in options}
        self.account.configure(AccountSettings.model_validate(self.account.settings.model_dump() | settings))
        if "webhook_url" in options:
            self.account.deliveries.set_webhook_endpoint(
                PROVIDER, options["webhook_url"], options["webhook_secret"], version, [*USUAL]
            )

    def open_account(self, seller: Seller) -> dict[str, str]:
        """Return the settings for the secret key and the endpoint's signing secret, both recognisable as a demo's."""
        main = self.account.deliveries.main_endpoint(PROVIDER)
        key = self.account.settings.secret_key or f"sk_test_demo{self.account.ids.secret('secret_key')}"
        secret = main.secret if main else f"whsec_demo{self.account.ids.secret('webhook_secret')}"
        options = {
            "display_name": seller.display_name,
            "secret_key": key,
            "webhook_secret": secret,
            "webhook_url": seller.webhook_url,
        }
        self.account.record_origin(seller.sandbox_url)
        self.configure(options | ({"api_version": main.api_version} if main and main.api_version else {}))
        return {
            "STRIPE_API_BASE": f"{seller.sandbox_url}/stripe",
            "STRIPE_SECRET_KEY": key,
            "STRIPE_WEBHOOK_SECRET": secret,
        }

    def state(self) -> JsonValue:
        """Return all checkouts, subscriptions and payments."""
        return state_of(self)

    def checkouts(self) -> list[CheckoutView]:
        """Return every checkout session, oldest first."""
        return [_checkout(each) for each in in_order(self.account.sessions.values())]

    def act_on_checkout(
        self,
        key: str,
        action: CheckoutAction,
        amount: str | None = None,
        webhooks: Webhooks | None = None,
        bank: Bank | None = None,
    ) -> list[int]:
        """Perform the action of a button of the hosted page."""
        session = self.account.sessions.get(key)
        if session is None:
            raise ActionRefused(f"no checkout {key}", missing=True)
        with at_the_page(self.account, webhooks) as sent:
            match action:
                case "pay":
                    minor = to_minor(amount, session.currency) if amount is not None else None
                    paying.pay(self.account, session, minor, is_late=bank is not None)
                case "decline":
                    paying.decline(self.account, session)
                case "abandon":
                    paying.abandon(self.account, session)
                case "expire":
                    paying.let_expire(self.account, session)
        return sent

    def subscriptions(self) -> list[SubscriptionView]:
        """Return every subscription, oldest first."""
        return [
            SubscriptionView(
                id=each.id,
                provider=PROVIDER,
                state=each.status,
                reference=each.reference,
                period_end=datetime.fromtimestamp(each.period_end, UTC),
                cancel_at_period_end=each.cancel_at_period_end,
            )
            for each in in_order(self.account.subscriptions.values())
        ]

    def act_on_subscription(
        self, key: str, action: SubscriptionAction, amount: str | None = None, hours: int | None = None
    ) -> list[int]:
        """Perform an action of the provider, the payer or the payer's bank on a subscription."""
        subscription = self.account.subscriptions.get(key)
        if subscription is None:
            raise ActionRefused(f"no subscription {key}", missing=True)
        with self.account.webhooks(0.0) as sent:
            if action in {"refund", "dispute", "win_dispute", "lose_dispute"}:
                charge = actions.latest_charge(self.account, subscription)
                self._on_charge(charge, _payment_action(action), amount)
            else:
                actions.act(self.account, subscription, action, hours)
        return sent

    def payments(self) -> list[PaymentView]:
        """Return every payment, including failed payments, oldest first."""
        return [self._payment(each) for each in in_order(self.account.intents.values())]

    def act_on_payment(
        self, key: str, action: PaymentAction, amount: str | None = None, outcome: Outcome | None = None
    ) -> list[int]:
        """Refund or dispute one payment."""
        intent = self.account.intents.get(key)
        if intent is None:
            raise ActionRefused(f"no payment {key}", missing=True)
        if action in {"bank_pays", "bank_refuses"}:
            with self.account.webhooks(0.0) as sent:
                paying.decide(self.account, intent, is_paid=action == "bank_pays")
            return sent
        charge = self.account.charges.get(intent.latest_charge or "")
        if charge is None or not charge.succeeded:
            raise ActionRefused("nothing was paid")
        with self.account.webhooks(0.0) as sent:
            self._on_charge(charge, action, amount)
        return sent

    def _on_charge(self, charge: Charge, action: PaymentAction, amount: str | None) -> None:
        minor = to_minor(amount, charge.currency) if amount is not None else None
        with refused_like(StripeError):
            actions.on_charge(self.account, charge, action, minor)

    def _payment(self, intent: Intent) -> PaymentView:
        charge = self.account.charges.get(intent.latest_charge or "")
        invoice = self.account.invoices.get(intent.invoice or "")
        return PaymentView(
            id=intent.id,
            provider=PROVIDER,
            state="pending" if intent.status == "processing" else actions.payment_state(self.account, charge),
            amount=to_text(intent.amount, intent.currency),
            currency=intent.currency.upper(),
            reference=intent.reference,
            subscription=invoice.subscription if invoice else None,
        )


def _payment_action(action: SubscriptionAction) -> PaymentAction:
    match action:
        case "refund" | "dispute" | "win_dispute" | "lose_dispute":
            return action
        case _:
            raise ActionRefused(f"{action} is not available for a payment")


def _checkout(session: Session) -> CheckoutView:
    return CheckoutView(
        id=session.id,
        provider=PROVIDER,
        state=actions.checkout_state(session),
        amount=to_text(session.amount_total, session.currency),
        currency=session.currency.upper(),
        url=session.url,
        reference=session.client_reference_id,
    )
