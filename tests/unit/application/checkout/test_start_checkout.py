"""Opening of a checkout by the customer's button: exactly one order and one session are created, despite repetitions
and failures.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.checkout.purchase_terms import AlreadySubscribed, NoPaymentMethod, TermsNotAccepted
from subscriptions.domain.entities.order import AttemptStatus, OrderStatus
from subscriptions.domain.entities.service_plan import AccessKind, Interval
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRejected, GatewayUnavailable
from tests.fakes.clock import ManualClock
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop, memory_shop
from web.pages import INDEX
from web.texts import LANGUAGES


async def _attempts(shop: Shop, reference: str):
    order = await shop.order(reference)
    async with shop.units() as uow:
        return await uow.orders.attempts(order.id)


async def test_concurrent_presses_open_one_checkout_session(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    views = await asyncio.gather(*(shop.start(ana.telegram_id, plan.soft_id) for _ in range(5)))
    assert len({view.url for view in views}) == len({view.reference for view in views}) == 1
    assert len(shop.provider.sessions) == 1
    (attempt,) = await _attempts(shop, views[0].reference)
    assert (attempt.number, attempt.status) == (1, AttemptStatus.OPEN)


async def test_open_checkout_link_is_reused_until_it_expires(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    first = await shop.start(ana.telegram_id, plan.soft_id)
    shop.clock.advance(timedelta(minutes=20))
    second = await shop.start(ana.telegram_id, plan.soft_id)
    assert (second.url, second.is_reused) == (first.url, True)
    shop.clock.advance(timedelta(minutes=20))
    third = await shop.start(ana.telegram_id, plan.soft_id)
    assert third.url != first.url
    assert (await shop.order(first.reference)).status is OrderStatus.EXPIRED


async def test_checkout_attempt_interrupted_during_creation_is_continued(shop: Shop):
    """The provider did not answer, or the process was killed before the commit. The idempotency key leads to one
    session.
    """
    ana, plan = await shop.customer(), await shop.plan()
    shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    with pytest.raises(GatewayUnavailable):
        await shop.start(ana.telegram_id, plan.soft_id)
    shop.clock.advance(timedelta(minutes=1))
    view = await shop.start(ana.telegram_id, plan.soft_id)
    (attempt,) = await _attempts(shop, view.reference)
    assert (attempt.number, attempt.status) == (1, AttemptStatus.OPEN)


async def test_checkout_attempt_after_a_refusal_has_a_new_idempotency_key(shop: Shop):
    """A provider stores the refusal with its key, so a corrected price would be refused forever under the old key."""
    ana, plan = await shop.customer(), await shop.plan()
    shop.provider.errors.append(GatewayRejected("acme", "the price object asks something else"))
    with pytest.raises(GatewayRejected):
        await shop.start(ana.telegram_id, plan.soft_id)
    view = await shop.start(ana.telegram_id, plan.soft_id)
    closed, opened = await _attempts(shop, view.reference)
    assert (closed.status, opened.status) == (AttemptStatus.CLOSED, AttemptStatus.OPEN)
    assert closed.idempotency_key != opened.idempotency_key
    assert shop.provider.requests[-1].idempotency_key == opened.idempotency_key


async def test_order_remains_open_as_long_as_its_checkout_link_is_valid(shop: Shop):
    """Some providers keep a checkout page open longer than requested, so the order must remain open as well."""
    ana, plan = await shop.customer(), await shop.plan()
    shop.provider.lifetime = timedelta(hours=1)
    view = await shop.start(ana.telegram_id, plan.soft_id)
    shop.clock.advance(timedelta(minutes=50))
    await shop.run_due()
    assert (await shop.order(view.reference)).status is OrderStatus.OPEN
    assert (await shop.start(ana.telegram_id, plan.soft_id)).url == view.url


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"price": Money(3999, "EUR")}, id="changed price"),
        pytest.param({"price": Money(2999, "USD")}, id="currency"),
        pytest.param({"interval": Interval.YEAR}, id="changed interval"),
        pytest.param({"interval_count": 3}, id="interval count"),
        pytest.param({"recurring": False, "interval": None, "duration_days": 30}, id="changed to a one-time plan"),
    ],
)
async def test_changed_plan_opens_a_new_order(shop: Shop, change):
    ana, plan = await shop.customer(), await shop.plan()
    old = await shop.start(ana.telegram_id, plan.soft_id)
    for name, value in change.items():
        setattr(plan, name, value)
    await shop.change_plan(plan)
    new = await shop.start(ana.telegram_id, plan.soft_id)
    assert new.reference != old.reference
    assert shop.provider.requests[-1].amount == plan.price
    assert shop.provider.requests[-1].interval == plan.interval


async def test_subscriber_is_not_sold_the_plan_again(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    with pytest.raises(AlreadySubscribed) as refused:
        await shop.start(ana.telegram_id, plan.soft_id)
    assert not refused.value.can_undo
    await shop.cancel(ana.telegram_id)
    with pytest.raises(AlreadySubscribed) as refused:
        await shop.start(ana.telegram_id, plan.soft_id)
    assert refused.value.can_undo


async def test_returning_customer_gets_the_channel_of_the_ended_subscription(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    first = await shop.holding(ana, plan)
    shop.clock.advance(PERIOD)
    shop.provider.end("sub-1")
    await shop.check(first.subscription.id)
    _, again = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(again))
    held = await shop.holding(ana, plan)
    assert [item.live for item in held.subscriptions] == [True, False]
    assert [channel.id for channel in held.channels] == [channel.id for channel in first.channels]
    assert held.accesses[0].ends_at == shop.clock.now() + PERIOD
    assert len(await shop.notified("payment_received")) == 2


async def test_trial_is_given_once_per_customer_and_plan(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(trial_days=7)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.start_trial(session, 7))
    shop.clock.advance(timedelta(days=7))
    shop.provider.end("sub-1")
    await shop.check((await shop.holding(ana, plan)).subscription.id)
    await shop.checkout(ana, plan)
    assert [request.trial_days for request in shop.provider.requests] == [7, 0]


async def test_trial_plan_is_sold_only_by_providers_with_trials(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(trial_days=7)
    shop.provider.capabilities -= {Capability.TRIAL}
    with pytest.raises(NoPaymentMethod):
        await shop.start(ana.telegram_id, plan.soft_id)


async def test_checkout_requires_accepted_terms(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    async with shop.units() as uow:
        ana.terms_version = "0"
        await uow.customers.save(ana)
        await uow.commit()
    with pytest.raises(TermsNotAccepted):
        await shop.start(ana.telegram_id, plan.soft_id)
    assert shop.provider.requests == []


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param({"active": False}, id="deactivated"),
        pytest.param({"access": AccessKind.VIP_CHANNEL}, id="channel not set up"),
        pytest.param(None, id="unknown plan"),
    ],
)
async def test_plan_not_on_offer_is_not_sold(shop: Shop, plan):
    ana = await shop.customer()
    soft_id = (await shop.plan(**plan)).soft_id if plan is not None else "no-such-plan"
    with pytest.raises(PlanUnavailable):
        await shop.start(ana.telegram_id, soft_id)


async def test_unknown_method_is_refused(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    with pytest.raises(NoPaymentMethod):
        await shop.start(ana.telegram_id, plan.soft_id, "nobody")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_cancel_url_is_in_the_customers_language(shop: Shop, language: str):
    ana, plan = await shop.customer(language=language), await shop.plan()
    await shop.start(ana.telegram_id, plan.soft_id)
    back = urlsplit(shop.provider.requests[-1].cancel_url)
    assert back.path == INDEX.paths[language]


async def test_unknown_customer_cannot_buy(shop: Shop):
    plan = await shop.plan()
    with pytest.raises(Permanent):
        await shop.start(TelegramId(1), plan.soft_id)


class Slow(ManualClock):
    """Clock that advances by a second at each call."""

    def now(self) -> datetime:
        """Return a timestamp that is one second later at each call."""
        return self.advance(timedelta(seconds=1))


async def test_checkout_link_that_expires_during_the_lookup_is_replaced():
    shop = memory_shop(clock=Slow())
    ana, plan = await shop.customer(), await shop.plan()
    first = await shop.start(ana.telegram_id, plan.soft_id)
    (attempt,) = await _attempts(shop, first.reference)
    shop.clock.advance(attempt.expires_at - shop.clock.now() - timedelta(seconds=2))
    asked = len(shop.provider.requests)
    again = await shop.start(ana.telegram_id, plan.soft_id)
    assert (again.is_reused, len(shop.provider.requests)) == (False, asked + 1)
