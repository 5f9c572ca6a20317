"""The customer portal: one's own subscriptions, to be canceled at their end or kept after all, and their card."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from umbral_sandbox.payments.chassis.pages import DEFAULT_SELLER, fresh, no_page
from umbral_sandbox.payments.hosted.page import Portal, PortalPlan, amount_text, date_text, language_of, render_portal
from umbral_sandbox.payments.money import to_text
from umbral_sandbox.payments.stripe.account import Account
from umbral_sandbox.payments.stripe.events import noticed
from umbral_sandbox.payments.stripe.records import PortalSession, Subscription
from umbral_sandbox.payments.stripe.subscribing import LIVE, plan_cancel, put_right, shape, undo_cancel

_PAGE = "/pay/stripe/portal/{key}"


def portal_router(account: Account) -> APIRouter:
    """``GET /pay/stripe/portal/{id}`` and its buttons."""
    router = APIRouter(include_in_schema=False)

    @router.get(_PAGE)
    async def show(key: str, request: Request) -> Response:
        visit = account.portals.get(key)
        if visit is None:
            return no_page()
        language = language_of(visit.locale, request.headers.get("accept-language"))
        return fresh(render_portal(_drawn(account, visit, language), language))

    @router.post(_PAGE + "/{outcome}")
    async def act(key: str, outcome: str, subscription: Annotated[str, Form()]) -> Response:
        visit, held = account.portals.get(key), account.subscriptions.get(subscription)
        if visit is None or held is None or held.customer != visit.customer:
            return no_page()
        _act(account, held, outcome)
        account.world.commit()
        return RedirectResponse(f"/pay/stripe/portal/{key}", 303)

    return router


def _act(account: Account, subscription: Subscription, outcome: str) -> None:
    if subscription.status not in LIVE:
        return
    if outcome == "card":
        put_right(account, subscription)
    with noticed(account, "customer.subscription.updated", lambda: shape(account, subscription)):
        if outcome == "cancel":
            plan_cancel(account, subscription, subscription.period_end, period_end=True)
        elif outcome == "resume":
            undo_cancel(account, subscription)


def _drawn(account: Account, visit: PortalSession, language: str) -> Portal:
    held = [each for each in account.subscriptions.values() if each.customer == visit.customer and each.status in LIVE]
    return Portal(
        seller=account.settings.display_name or DEFAULT_SELLER,
        provider="Stripe",
        action=f"/pay/stripe/portal/{visit.id}",
        plans=[_plan(account, each, language) for each in held],
        back=visit.return_url,
    )


def _plan(account: Account, subscription: Subscription, language: str) -> PortalPlan:
    price = account.price(subscription.items[0].price)
    amount = to_text(price.unit_amount, price.currency)
    return PortalPlan(
        id=subscription.id,
        name=account.product(price.product).name,
        price=amount_text(amount, price.currency, language),
        until=date_text(datetime.fromtimestamp(subscription.period_end, UTC), language),
        ending=subscription.cancel_at is not None,
    )
