"""Check that querying the provider about a partially paid order finds the partial payment once, and that the queries
continue.
"""

from __future__ import annotations

from subscriptions.application.checkout.check_order import CheckOrder, PaymentCheck
from subscriptions.domain.entities.order import Order
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import UNDERPAID
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.shop import Shop

Kind = PaymentEventKind


async def sold(shop: Shop) -> tuple[Order, str]:
    """Open an order and return the order with the session of its checkout."""
    plan = await shop.plan(recurring=False, interval=None, duration_days=30)
    view, session = await shop.checkout(await shop.customer(), plan)
    return await shop.order(view.reference), session


async def looks(shop: Shop) -> int:
    """Return the number of queued queries about the payment."""
    return len(await shop.jobs("core.check_order"))


async def test_partial_payment_is_found_once_and_queries_to_the_provider_continue(shop: Shop) -> None:
    order, session = await sold(shop)
    part = {"checkout_ref": session, "payment_key": "part-1", "amount": Money(1000, "EUR"), "order_id": str(order.id)}
    shop.provider.captured[session] = shop.provider.create_event(Kind.PAYMENT_FAILED, "part", reason=UNDERPAID, **part)
    check, before = CheckOrder(shop.units, shop.gateways, shop.clock), await looks(shop)
    assert await check.look(order.id) is PaymentCheck.FOUND
    assert await looks(shop) == before + 1
    assert await check.look(order.id) is PaymentCheck.NOTHING
    assert await looks(shop) == before + 2


async def test_full_payment_found_by_a_query_ends_the_queries(shop: Shop) -> None:
    order, session = await sold(shop)
    shop.provider.captured[session] = shop.provider.pay_once(session)
    check, before = CheckOrder(shop.units, shop.gateways, shop.clock), await looks(shop)
    assert await check.look(order.id) is PaymentCheck.FOUND
    assert await check.look(order.id) is PaymentCheck.FOUND
    assert await looks(shop) == before
