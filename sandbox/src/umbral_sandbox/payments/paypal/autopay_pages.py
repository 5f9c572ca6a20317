"""Payer's own page of a PayPal subscription, on which the payer changes the payment method."""

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from umbral_sandbox.payments.chassis.pages import fresh, no_page
from umbral_sandbox.payments.hosted.page import Portal, PortalPlan, amount_text, date_text, language_of, render_portal
from umbral_sandbox.payments.paypal.account import BASE, Account
from umbral_sandbox.payments.paypal.amounts import to_value
from umbral_sandbox.payments.paypal.phases import price
from umbral_sandbox.payments.paypal.records import Subscription

_PAGE: Final = BASE + "/myaccount/autopay/connect/{key}"


def autopay_router(account: Account) -> APIRouter:
    """Return the route ``GET {API}/myaccount/autopay/connect/{subscription}``, as on www.paypal.com, and the target of
    the page's button.
    """
    router = APIRouter(include_in_schema=False)

    @router.get(_PAGE)
    async def show(key: str, request: Request) -> Response:
        subscription = account.subscriptions.get(key)
        if subscription is None:
            return no_page()
        language = language_of(subscription.context.locale, request.headers.get("accept-language"))
        return fresh(render_portal(_drawn(account, subscription, language), language))

    @router.post(_PAGE + "/card")
    async def card(key: str) -> Response:
        subscription = account.subscriptions.get(key)
        if subscription is None:
            return no_page()
        subscription.failing = False
        account.keep(account.subscriptions, subscription)
        account.world.commit()
        return RedirectResponse(_PAGE.format(key=key), 303)

    return router


def _drawn(account: Account, subscription: Subscription, language: str) -> Portal:
    currency, regular = subscription.terms.currency, subscription.terms.cycles[-1]
    until = datetime.fromtimestamp(subscription.next_billing or account.now(), UTC)
    plan = PortalPlan(
        id=subscription.id,
        name=account.plan(subscription.plan).name,
        price=amount_text(to_value(price(subscription, regular), currency), currency, language),
        until=date_text(until, language),
        ending=False,
    )
    here = _PAGE.format(key=subscription.id)
    return Portal(seller=account.seller, provider="PayPal", action=here, plans=[plan], cancels=False)
