"""Hosted customer portal of Stripe: the customer's subscriptions, with buttons to cancel or resume them, and the
customer's card.
"""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
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
    """Return the routes ``GET /pay/stripe/portal/{id}`` and the targets of the page's buttons."""

    async def show(request: Request) -> Response:
        visit = account.portals.get(request.path_params["key"])
        if visit is None:
            return no_page()
        language = language_of(visit.locale, request.headers.get("accept-language"))
        return fresh(render_portal(_drawn(account, visit, language), language))

    async def act(request: Request) -> Response:
        form, key = await request.form(), request.path_params["key"]
        visit, held = account.portals.get(key), account.subscriptions.get(str(form.get("subscription")))
        if visit is None or held is None or held.customer != visit.customer:
            return no_page()
        _act(account, held, request.path_params["outcome"])
        account.world.commit()
        return RedirectResponse(f"/pay/stripe/portal/{key}", 303)

    router = APIRouter()
    router.add_route(_PAGE, show, ["GET"])
    router.add_route(_PAGE + "/{outcome}", act, ["POST"])
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
