"""Purchase through the gateway alone, without the product: a checkout, a payer, and the provider's
webhook deliveries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CheckoutRequest,
    CheckoutSession,
    MakesPrices,
    PaymentEvent,
    PaymentEventKind,
    PriceRequest,
    WebhookRequest,
)
from umbral.testing.kit.behaviour import Violated, must
from umbral.testing.kit.stage import Stage

PLAN: Final = "conformance"
USUAL: Final = (Money(2999, "EUR"), Money(2999, "USD"), Money(1500, "XTR"), Money(3000, "JPY"))


@dataclass(frozen=True)
class Bought:
    """Paid checkout. posts: all deliveries that the provider sent because of the checkout, in order."""

    request: CheckoutRequest
    session: CheckoutSession
    posts: Sequence[WebhookRequest]


def price_of(stage: Stage) -> Money:
    """Return an amount in a currency that the provider supports."""
    taken = stage.subject.descriptor.currencies
    found = next((money for money in USUAL if taken is None or money.currency in taken), None)
    return found or Money(100_000, sorted(taken or ())[0])


async def a_request(stage: Stage, **changes: Any) -> CheckoutRequest:
    """Return a checkout request of a new customer for a monthly plan, or with `interval=None` for a plan that is paid
    once.
    """
    wanted: dict[str, Any] = {
        "order_id": str(uuid4()),
        "telegram_id": await stage.person(),
        "plan": PLAN,
        "plan_id": str(uuid4()),
        "description": "Plan Conformance",
        "price_ref": None,
        "amount": price_of(stage),
        "interval": Interval.MONTH,
        "interval_count": 1,
        "trial_days": 0,
        "success_url": "https://shop.example/thanks",
        "cancel_url": "https://shop.example/back",
        "customer_ref": None,
        "locale": "es",
        "expires_at": stage.clock.now() + timedelta(minutes=35),
    } | changes
    wanted.setdefault("idempotency_key", f"checkout:{wanted['order_id']}:1")
    if stage.has(Capability.PRICE_OBJECTS) and wanted["price_ref"] is None and wanted["interval"] is not None:
        wanted["price_ref"] = await a_price(stage, wanted["amount"])
    return CheckoutRequest(**wanted)


async def a_price(stage: Stage, amount: Money, plan: str = PLAN) -> str:
    """Create the price object of a monthly plan, and return its id."""
    gateway = stage.gateway
    if not isinstance(gateway, MakesPrices):
        raise Violated("it claims price_objects and has no ensure_price")
    return await gateway.ensure_price(
        PriceRequest(
            plan=plan,
            name="Conformance",
            description="Picks",
            amount=amount,
            recurring=True,
            interval=Interval.MONTH,
            interval_count=1,
        )
    )


async def checkouts(stage: Stage) -> list[dict[str, Any]]:
    """Return every checkout at the provider, as the simulator lists them."""
    found = (await stage.control("GET", "checkouts"))["checkouts"]
    return [each for each in found if each["provider"] == stage.code]


async def pay(stage: Stage, url: str, act: str = "pay", **order: Any) -> None:
    """Open the checkout's address as the payer, and perform the given action there."""
    await look_at(stage, url)
    shown = await checkouts(stage)
    mine = [each for each in shown if each["url"] == url]
    last = f", but {shown[-1]['url']}" if shown else ""
    must(len(mine) == 1, f"{len(mine)} of the stand-in's checkouts have the address it gave the gateway, {url}{last}")
    await stage.control("POST", f"checkouts/{mine[0]['id']}/{act}", order or None)
    await stage.quiet()


async def look_at(stage: Stage, url: str) -> None:
    """Open a checkout's page, as the payer does; a payment in the chat has no page."""
    if url.startswith(stage.sandbox.url):
        answer = await stage.http.get(url)
        must(answer.status_code < 400, f"the checkout's page answers {answer.status_code}")


async def buy(stage: Stage, **changes: Any) -> Bought:
    """Open a checkout and pay it."""
    request = await a_request(stage, **changes)
    before = len(await stage.heard())
    session = await stage.gateway.create_checkout_session(request)
    await pay(stage, session.url)
    return Bought(request, session, await stage.heard(before))


async def events(stage: Stage, posts: Sequence[WebhookRequest]) -> list[PaymentEvent]:
    """Parse the deliveries with the gateway, and return their events."""
    return [await stage.gateway.parse_webhook(post) for post in posts]


async def paid_event(stage: Stage, bought: Bought) -> tuple[WebhookRequest, PaymentEvent]:
    """Return the delivery about the payment, and its event. Raise Violated if there is none."""
    for post in bought.posts:
        event = await stage.gateway.parse_webhook(post)
        if event.kind is PaymentEventKind.PAYMENT_COMPLETED and event.payment_key is not None:
            return post, event
    raise Violated(f"none of the {len(bought.posts)} deliveries after a payment is a payment_completed with its key")


async def paid_in(stage: Stage, posts: Sequence[WebhookRequest]) -> PaymentEvent:
    """Return the event about the payment. Raise Violated if there is none."""
    for event in await events(stage, posts):
        if event.kind is PaymentEventKind.PAYMENT_COMPLETED and event.payment_key is not None:
            return event
    raise Violated(f"none of {len(posts)} deliveries after a payment is a payment_completed with its key")


async def subscription_of(stage: Stage, bought: Bought) -> str:
    """Return the provider's id of the purchased subscription."""
    refs = {event.subscription_ref for event in await events(stage, bought.posts)} - {None}
    refs |= {bought.session.subscription_ref} - {None}
    must(len(refs) == 1, f"the deliveries of one purchase name {len(refs)} subscriptions")
    return str(next(iter(refs)))
