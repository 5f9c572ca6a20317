"""Skipping of a month by customers: the preview, and no charge when the customer ends the pause early."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from subscriptions.application.dto.jobs import CheckSubscription
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import PausedMessage
from subscriptions.application.subscriptions.change_renewals import ResumeRenewals
from subscriptions.application.subscriptions.pause_subscription import NothingToPause, PauseSubscription
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import DISPUTE, Subscription, SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import ProviderStatus
from subscriptions.domain.services import pause_policy
from subscriptions.domain.services.access_policy import RESUME_AHEAD
from subscriptions.domain.services.billing_period import Calendar
from tests.fakes.provider import PERIOD, Provider
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

WEEK, MONTH = timedelta(days=7), timedelta(days=30)


@dataclass
class Pausing(Provider):
    """Provider that can skip a month.

    ended: references of the pauses that the product requested to end.
    """

    ended: list[str] = field(default_factory=list)
    refuses: bool = False

    async def pause_subscription(self, ref: str) -> bool:
        known = self.subscriptions[ref]
        if self.refuses or known.current_period_end is None:
            return False
        self.change(ref, pause_until=known.current_period_end + MONTH)
        return True

    async def end_pause(self, ref: str, *, at_once: bool) -> bool:
        self.ended.append(ref)
        if not self.refuses:
            self.change(ref, pause_until=None)
        return not self.refuses


async def sold() -> tuple[Shop, Pausing, PauseSubscription, Customer, ServicePlan, Subscription]:
    bare = memory_shop()
    provider = Pausing(bare.clock, name="acme")
    shop = Shop(bare.units, memory=bare.memory, clock=bare.clock, shared=provider)
    customer, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(customer, plan)
    await shop.deliver(*provider.pay(session))
    pausing = PauseSubscription(shop.units, shop.gateways, shop.follow, shop.clock)
    return shop, provider, pausing, customer, plan, (await shop.holding(customer, plan)).subscription


async def put(shop: Shop, subscription: Subscription) -> None:
    async with shop.units() as uow:
        await uow.subscriptions.save(subscription)
        await uow.commit()


async def test_granted_days_do_not_postpone_the_charge_after_a_pause() -> None:
    shop, _, pausing, ana, plan, held = await sold()
    assert held.access_until is not None
    charged = held.current_period_end
    assert charged is not None
    held.access_until = charged + WEEK
    await put(shop, held)
    view = await pausing.preview(ana.telegram_id, plan.soft_id)
    assert view.starts == charged + WEEK
    assert view.charge_at == charged + Calendar().length(charged, pause_policy.MONTH, 1)


async def test_customer_with_a_dispute_is_not_charged_to_resume() -> None:
    shop, provider, pausing, ana, plan, held = await sold()
    held.status, held.paused_for = SubscriptionStatus.PAUSED, frozenset({"provider", DISPUTE})
    held.pause_until = shop.clock.now() + 2 * MONTH
    await put(shop, held)
    with pytest.raises(NothingToPause):
        await pausing.end(ana.telegram_id, plan.soft_id)
    assert not provider.ended


async def test_month_is_skipped_once_and_the_pause_can_be_ended_early() -> None:
    shop, provider, pausing, ana, plan, held = await sold()
    assert held.current_period_end is not None
    view = await pausing(ana.telegram_id, plan.soft_id)
    assert (view.charge_at, view.is_settled, view.is_paused) == (held.current_period_end + MONTH, True, False)
    assert (await shop.holding(ana, plan)).subscription.pause_until == view.charge_at
    provider.refuses = True
    assert await pausing(ana.telegram_id, plan.soft_id) == view, "it was asked for before"
    with pytest.raises(NothingToPause):
        await pausing.end(ana.telegram_id, plan.soft_id)
    provider.refuses = False
    assert await pausing.end(ana.telegram_id, plan.soft_id) is None
    assert (await shop.holding(ana, plan)).subscription.pause_until is None
    assert await pausing.end(ana.telegram_id, plan.soft_id) is None
    assert len(provider.ended) == 2, "nobody is asked to end what is not there"


@pytest.mark.parametrize("is_canceled", [False, True])
async def test_canceled_subscription_is_sent_no_notice_of_a_charge_after_its_pause(is_canceled: bool) -> None:
    shop, provider, pausing, ana, plan, held = await sold()
    await pausing(ana.telegram_id, plan.soft_id)
    provider.change("sub-1", cancel_at_period_end=is_canceled)
    shop.clock.advance(PERIOD)
    provider.change("sub-1", status=ProviderStatus.PAUSED)
    await shop.deliver(provider.updated("sub-1"))
    async with shop.units() as uow:
        notice = await PausedMessage.load(Sources(uow, shop.policy, shop.clock.now()), held.id)
    assert notice is None if is_canceled else notice is not None and notice.word == "wanted"


async def test_refused_pause_is_not_confirmed() -> None:
    shop, provider, pausing, ana, plan, _ = await sold()
    provider.refuses = True
    with pytest.raises(NothingToPause):
        await pausing(ana.telegram_id, plan.soft_id)
    assert (await shop.holding(ana, plan)).subscription.pause_until is None


async def test_charge_recovered_late_after_a_pause_gives_a_full_period() -> None:
    """The charge is refused at first and paid a day and a half later. Meanwhile the customer has no access."""
    shop, provider, pausing, ana, plan, held = await sold()
    view = await pausing(ana.telegram_id, plan.soft_id)
    assert held.current_period_end is not None
    shop.clock.advance(held.current_period_end - shop.clock.now())
    period = {"current_period_start": held.current_period_end, "current_period_end": view.charge_at}
    provider.change("sub-1", status=ProviderStatus.PAUSED, **period)
    await shop.deliver(provider.updated("sub-1"))
    assert (await shop.holding(ana, plan)).subscription.is_paused
    assert view.charge_at is not None
    shop.clock.advance(view.charge_at - shop.clock.now())
    provider.change("sub-1", pause_until=None)
    await shop.deliver(provider.fail_renewal("sub-1"))
    shop.clock.advance(timedelta(days=1.5))
    waiting = (await shop.holding(ana, plan)).subscription
    assert waiting.is_paused
    await shop.deliver(provider.recover("sub-1", plan.price))
    back = (await shop.holding(ana, plan)).subscription
    assert (back.status, back.access_until) == (SubscriptionStatus.ACTIVE, shop.clock.now() + PERIOD)


async def _waits_for_charge() -> tuple[Shop, Pausing, Customer, ServicePlan, Subscription]:
    """Create a subscription that the seller paused at the provider without a date and resumed in an unpaid period."""
    shop, provider, _, ana, plan, held = await sold()
    end = held.current_period_end
    assert end is not None
    shop.clock.advance(end - shop.clock.now() + timedelta(hours=1))
    period = {"current_period_start": end, "current_period_end": end + PERIOD}
    for status in (ProviderStatus.PAUSED, ProviderStatus.ACTIVE):
        provider.change("sub-1", status=status, **period)
        await shop.deliver(provider.updated("sub-1"))
        shop.clock.advance(timedelta(days=1))
    waiting = (await shop.holding(ana, plan)).subscription
    assert (waiting.is_paused, waiting.pause_until) == (True, end + PERIOD)
    return shop, provider, ana, plan, waiting


async def test_provider_that_already_resumed_is_not_asked_to_end_the_pause() -> None:
    shop, provider, ana, plan, waiting = await _waits_for_charge()
    assert waiting.pause_until is not None
    shop.clock.advance(waiting.pause_until - shop.clock.now() - timedelta(minutes=30))
    await shop.check(waiting.id)
    assert provider.ended == []
    shop.clock.advance(timedelta(minutes=30))
    await shop.deliver(provider.renew("sub-1", plan.price))
    assert not (await shop.holding(ana, plan)).subscription.is_paused


@pytest.mark.parametrize("is_reported", [True, False])
async def test_pause_at_the_provider_without_an_end_date_is_not_ended(is_reported: bool) -> None:
    shop, provider, ana, plan, waiting = await _waits_for_charge()
    assert waiting.pause_until is not None
    provider.change("sub-1", status=ProviderStatus.PAUSED)
    paused = provider.updated("sub-1")
    if is_reported:
        await shop.deliver(paused)
        assert (await shop.holding(ana, plan)).subscription.pause_until is None
    shop.clock.advance(waiting.pause_until - shop.clock.now() - timedelta(minutes=30))
    await shop.check(waiting.id)
    assert provider.ended == []
    after = (await shop.holding(ana, plan)).subscription
    assert (after.is_paused, after.pause_until) == (True, None)


async def test_resume_is_not_offered_for_an_unpaid_period() -> None:
    shop, provider, _, plan, waiting = await _waits_for_charge()
    assert not ResumeRenewals(shop.gateways).can(waiting, plan, provider)


async def test_resume_in_an_unpaid_period_is_not_requested_and_shows_the_next_charge_date() -> None:
    shop, provider, ana, plan, waiting = await _waits_for_charge()
    pausing = PauseSubscription(shop.units, shop.gateways, shop.follow, shop.clock)
    view = await pausing.end(ana.telegram_id, plan.soft_id)
    assert view is not None
    assert (view.charge_at, provider.ended) == (waiting.pause_until, [])


async def _in_skipped_month() -> tuple[Shop, Pausing, Customer, ServicePlan, Subscription]:
    """Create a subscription in its skipped month, whose customer has no access."""
    shop, provider, pausing, ana, plan, held = await sold()
    view = await pausing(ana.telegram_id, plan.soft_id)
    assert held.current_period_end is not None
    shop.clock.advance(held.current_period_end - shop.clock.now() + timedelta(days=1))
    period = {"current_period_start": held.current_period_end, "current_period_end": view.charge_at}
    provider.change("sub-1", status=ProviderStatus.PAUSED, **period)
    await shop.deliver(provider.updated("sub-1"))
    paused = (await shop.holding(ana, plan)).subscription
    assert paused.is_paused
    return shop, provider, ana, plan, paused


async def _grant(shop: Shop, command: str, ana: Customer, plan: ServicePlan, subscription: Subscription) -> None:
    """Give the customer a week by a staff command."""
    olga = await shop.customer(staff_role=StaffRole.OWNER)
    about, more = (ana.id, {"plan": plan.soft_id}) if command == "grant" else (subscription.id, {})
    await Staff(shop)(olga.telegram_id, command, about, days=7, reason="compensation", **more)


@pytest.mark.parametrize("command", ["extend", "grant"])
async def test_days_granted_by_staff_in_a_skipped_month_give_access_at_once(command: str) -> None:
    shop, _, ana, plan, paused = await _in_skipped_month()
    await _grant(shop, command, ana, plan, paused)
    week_over = shop.clock.now() + WEEK
    held = (await shop.holding(ana, plan)).subscription
    assert (held.status, held.access_until) == (SubscriptionStatus.ACTIVE, week_over)
    shop.clock.advance(WEEK + timedelta(hours=1))
    await shop.check(paused.id)
    assert (await shop.holding(ana, plan)).subscription.is_paused


async def test_billing_resumes_in_time_if_granted_days_outlast_the_skipped_month() -> None:
    shop, _, ana, plan, paused = await _in_skipped_month()
    assert paused.pause_until is not None
    shop.clock.advance(paused.pause_until - timedelta(days=3) - shop.clock.now())
    await _grant(shop, "extend", ana, plan, paused)
    checks = shop.memory.jobs_named(CheckSubscription.name)
    assert paused.pause_until - RESUME_AHEAD in [job.not_before for job in checks]


async def test_days_granted_after_the_seller_paused_the_plan_without_an_end_date_give_access_at_once() -> None:
    shop, provider, _, ana, plan, held = await sold()
    assert held.current_period_end is not None
    shop.clock.advance(held.current_period_end - shop.clock.now() + timedelta(hours=1))
    period = {"current_period_start": held.current_period_end, "current_period_end": held.current_period_end + PERIOD}
    provider.change("sub-1", status=ProviderStatus.PAUSED, **period)
    await shop.deliver(provider.updated("sub-1"))
    assert (await shop.holding(ana, plan)).subscription.is_paused
    await _grant(shop, "extend", ana, plan, held)
    assert not (await shop.holding(ana, plan)).subscription.is_paused
