"""Check that the provider is queried about failed charges, so that customers who have paid get no reminder even if the
payment's event is missing.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.expiry.run_due import ASK_AGAIN_EVERY
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import PaymentFailedMessage
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.subscriptions.poll_subscription import UNPAID_WHILE_AWAY
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import InboxId, SubscriptionId
from subscriptions.domain.ports.payment_facts import PLAN_CHANGE
from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayUnavailable,
    PaymentEventKind,
    ProviderStatus,
)
from subscriptions.domain.services.provider_sync import PATIENCE
from subscriptions.domain.services.reminder_policy import LAST_FAILURE_NOTICE, SECOND_FAILURE_NOTICE
from subscriptions.infrastructure.jobs.decision import REAL_WAIT_LIMIT
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REF = "sub-1"


class Failed:
    """Customer whose renewal has just failed, and a worker that runs due jobs."""

    def __init__(self, shop: Shop, ana: Customer, plan: ServicePlan) -> None:
        self.shop, self.ana, self.plan = shop, ana, plan
        self._done: dict[str, int] = {}

    async def subscription(self) -> Subscription:
        return (await self.shop.holding(self.ana, self.plan)).subscription

    async def work(self) -> None:
        """Run the schedule once and all its jobs."""
        await self.shop.run_due()
        for name, work in {
            "core.check_subscription": self.shop.check,
            "core.ask_unpaid": self.shop.poll_subscription,
            "core.remind": self.shop.remind,
        }.items():
            jobs = await self.shop.jobs(name)
            new, self._done[name] = jobs[self._done.get(name, 0) :], len(jobs)
            for job in new:
                await work(SubscriptionId(UUID(job["subscription_id"])))

    async def live_for(self, time: timedelta) -> None:
        """Advance the clock by the given time and run due jobs every half hour."""
        for _ in range(time // (HOUR / 2)):
            self.shop.clock.advance(HOUR / 2)
            await self.work()

    async def apply(self) -> None:
        """Apply the only payment that was found by fetching."""
        (job,) = await self.shop.jobs("core.apply_payment_event")
        await self.shop.apply(InboxId(UUID(job["inbox_id"])))

    async def asked(self) -> int:
        return len(await self.shop.jobs("core.ask_unpaid"))


@pytest.fixture
async def failed(shop: Shop) -> Failed:
    """Return a renewal whose failure was reported at once."""
    return await a_failure(shop, await shop.plan())


async def a_failure(shop: Shop, plan: ServicePlan) -> Failed:
    """Fail the first renewal of a new customer of the plan."""
    ana = await shop.customer()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal(REF))
    return Failed(shop, ana, plan)


async def test_unreported_recovery_is_found_and_stops_dunning(failed: Failed) -> None:
    await failed.live_for(DAY)
    failed.shop.provider.recover(REF, failed.plan.price)
    await failed.live_for(ASK_AGAIN_EVERY)
    assert (await failed.subscription()).status is SubscriptionStatus.ACTIVE
    await failed.live_for(5 * DAY)
    assert not await failed.shop.notified("dunning")
    assert (await failed.subscription()).status is SubscriptionStatus.ACTIVE
    # The payment is not counted yet. The alarm about it is raised once, after the event had time to arrive.
    assert await failed.shop.alarms() == ["payment_event_missing"]


async def test_payment_event_after_a_recovery_found_by_query_is_confirmed_without_an_alarm(failed: Failed) -> None:
    await failed.live_for(DAY)
    recovered = failed.shop.provider.recover(REF, failed.plan.price)
    await failed.live_for(PATIENCE)
    await failed.shop.deliver(recovered)
    await failed.live_for(DAY)
    assert (await failed.subscription()).access_until == recovered.period_end
    assert len(await failed.shop.notified("recovered")) == 1
    assert not await failed.shop.alarms()


async def test_failure_message_includes_the_plans_grace_period(shop: Shop) -> None:
    failed = await a_failure(shop, await shop.plan(grace_days=2))
    subscription = await failed.subscription()
    assert subscription.access_until is not None
    async with shop.units() as uow:
        notified = await PaymentFailedMessage.load(Sources(uow, shop.policy, shop.clock.now()), subscription.id)
    assert notified is not None
    assert (notified.until, notified.provider) == (subscription.access_until + 2 * DAY, "acme")


async def test_provider_is_queried_right_before_a_reminder(failed: Failed) -> None:
    await failed.live_for(SECOND_FAILURE_NOTICE - HOUR / 2)
    failed.shop.provider.recover(REF, failed.plan.price)
    await failed.live_for(HOUR / 2)
    assert await failed.shop.jobs("core.remind")
    assert not await failed.shop.notified("dunning")
    assert (await failed.subscription()).status is SubscriptionStatus.ACTIVE


async def test_payment_after_the_provider_stopped_retrying_is_found_and_stops_dunning(failed: Failed) -> None:
    shop = failed.shop
    await shop.deliver(shop.provider.end(REF))
    shop.clock.advance(SECOND_FAILURE_NOTICE)
    paid = shop.provider.recover(REF, failed.plan.price)
    shop.provider.change(REF, status=ProviderStatus.ENDED)
    await failed.work()
    assert not await shop.notified("dunning")
    await failed.apply()
    await failed.work()
    assert (await failed.subscription()).access_until == paid.period_end
    assert not await shop.notified("dunning")


async def test_payment_at_the_end_of_the_grace_period_preserves_access(failed: Failed) -> None:
    shop = failed.shop
    await shop.deliver(shop.provider.end(REF))
    await failed.live_for(shop.policy.grace - HOUR / 2)
    paid = shop.provider.recover(REF, failed.plan.price)
    shop.provider.change(REF, status=ProviderStatus.ENDED)
    await failed.live_for(HOUR / 2)
    await failed.apply()
    subscription = await failed.subscription()
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.CANCELED, paid.period_end)


async def test_provider_is_queried_before_the_last_notice_of_the_grace_period(shop: Shop) -> None:
    failed = await a_failure(shop, await shop.plan(grace_days=1))
    shop.clock.advance(DAY - LAST_FAILURE_NOTICE)
    shop.provider.recover(REF, failed.plan.price)
    await shop.remind((await failed.subscription()).id)
    assert not await shop.notified("dunning")
    assert (await failed.subscription()).status is SubscriptionStatus.ACTIVE


async def test_no_reminder_is_sent_while_the_provider_is_unavailable(failed: Failed) -> None:
    subscription = await failed.subscription()
    failed.shop.clock.advance(SECOND_FAILURE_NOTICE)
    failed.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    await failed.work()
    assert not await failed.shop.notified("dunning")
    assert len(await failed.shop.jobs("core.remind")) == 1
    failed.shop.clock.advance(failed.shop.policy.check_interval)
    failed.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    await failed.work()
    assert len(await failed.shop.jobs("core.remind")) == 2
    assert not await failed.shop.notified("dunning")
    failed.shop.provider.errors.append(GatewayAuthError("acme", "no such key"))
    await failed.shop.remind(subscription.id)
    assert not await failed.shop.notified("dunning")
    assert await failed.shop.alarms() == ["provider_refuses"]
    await failed.shop.remind(subscription.id)
    assert len(await failed.shop.notified("dunning")) == 1


async def test_unpaid_charge_is_checked_within_minutes_while_the_provider_is_unavailable(failed: Failed) -> None:
    failed.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    with pytest.raises(RetryLater) as away:
        await failed.shop.poll_subscription.in_turn((await failed.subscription()).id, rest=UNPAID_WHILE_AWAY)
    assert away.value.delay == UNPAID_WHILE_AWAY > REAL_WAIT_LIMIT


async def test_unpaid_customer_gets_two_reminders_and_is_checked_every_few_hours(failed: Failed) -> None:
    await failed.work()
    assert await failed.asked() == 0
    await failed.live_for(failed.shop.policy.grace - HOUR)
    assert len(await failed.shop.notified("dunning")) == 2
    assert await failed.asked() == failed.shop.policy.grace // ASK_AGAIN_EVERY - 1
    assert (await failed.subscription()).status is SubscriptionStatus.PAST_DUE
    await failed.live_for(HOUR)
    assert (await failed.subscription()).status is SubscriptionStatus.EXPIRED


async def test_checks_never_delay_the_end_of_the_grace_period(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(grace_days=0)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD - HOUR)
    await shop.deliver(shop.provider.fail_renewal(REF))
    failed = Failed(shop, ana, plan)
    await failed.work()
    await failed.live_for(HOUR)
    assert (await failed.subscription()).status is SubscriptionStatus.EXPIRED


async def test_cancellation_of_an_unpaid_subscription_takes_effect_at_once(failed: Failed) -> None:
    await failed.live_for(HOUR)
    await failed.shop.cancel(failed.ana.telegram_id)
    failed.shop.provider.end(REF)
    await failed.live_for(HOUR / 2)
    assert (await failed.subscription()).status is SubscriptionStatus.EXPIRED


async def test_pause_at_the_provider_is_found_during_the_grace_period(failed: Failed) -> None:
    failed.shop.provider.change(REF, status=ProviderStatus.PAUSED)
    await failed.shop.poll_subscription((await failed.subscription()).id)
    held = await failed.shop.holding(failed.ana, failed.plan)
    assert (held.subscription.status, held.accesses[0].status) == (SubscriptionStatus.PAUSED, AccessStatus.SUSPENDED)


async def test_payment_for_a_plan_change_does_not_cover_an_unpaid_renewal(failed: Failed) -> None:
    shop, price = failed.shop, failed.plan.price
    shop.clock.advance(HOUR)
    about = {"subscription_ref": REF, "order_id": shop.provider.subscriptions[REF].order_id}
    kind, difference = PaymentEventKind.PAYMENT_COMPLETED, {"amount": price, "reason": PLAN_CHANGE}
    await shop.deliver(shop.provider.create_event(kind, "invoice.paid", payment_key="in-change", **about, **difference))
    subscription = await failed.subscription()
    assert (subscription.status, subscription.owed_since) == (SubscriptionStatus.PAST_DUE, shop.clock.now() - HOUR)
    await shop.deliver(shop.provider.recover(REF, price))
    assert (await failed.subscription()).owed_since is None
    assert [len(await shop.notified(each)) for each in ("recovered", "renewed")] == [1, 0]


async def test_payment_after_the_provider_stopped_retrying_keeps_the_period_and_stops_dunning(
    failed: Failed,
) -> None:
    await failed.shop.deliver(failed.shop.provider.end(REF))
    assert (await failed.subscription()).status is SubscriptionStatus.PAST_DUE
    await failed.live_for(DAY)
    paid = failed.shop.provider.recover(REF, failed.plan.price)
    failed.shop.provider.change(REF, status=ProviderStatus.ENDED)
    await failed.shop.deliver(paid)
    subscription = await failed.subscription()
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.CANCELED, paid.period_end)
    assert not subscription.undoable(failed.shop.clock.now())
    assert len(await failed.shop.notified("recovered")) == 1
    await failed.live_for(6 * DAY)
    assert not await failed.shop.notified("dunning")
    failed.shop.clock.advance(PERIOD - 7 * DAY)
    await failed.work()
    assert (await failed.subscription()).status is SubscriptionStatus.EXPIRED


async def test_charge_waived_by_the_seller_gives_its_period(failed: Failed) -> None:
    """The seller voids the invoice at the provider, which continues with the period."""
    shop, end = failed.shop, (await failed.subscription()).current_period_end
    shop.provider.change(REF, status=ProviderStatus.ACTIVE, owed=None, waived=True)
    await shop.deliver(shop.provider.updated(REF))
    subscription = await failed.subscription()
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.ACTIVE, end)
    assert (subscription.owed_since, subscription.owed_amount) == (None, None)
    for _ in range(6):
        shop.clock.advance(DAY)
        await failed.work()
    assert await shop.alarms() == []
    assert await shop.notified("dunning") == []

    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew(REF, failed.plan.price))
    assert (await failed.subscription()).access_until == shop.provider.subscriptions[REF].current_period_end


async def test_charge_that_the_bank_refuses_after_days_begins_the_grace_period_with_the_refusal(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    failed = Failed(shop, ana, plan)
    shop.clock.advance(PERIOD)
    refused = shop.provider.fail_renewal(REF)
    shop.provider.change(REF, status=ProviderStatus.ACTIVE, unsettled=True)
    await failed.live_for(6 * DAY)
    shop.provider.change(REF, status=ProviderStatus.PAST_DUE, unsettled=False)
    await shop.deliver(refused)

    promised, subscription = shop.clock.now() + shop.policy.grace, await failed.subscription()
    async with shop.units() as uow:
        message = await PaymentFailedMessage.load(Sources(uow, shop.policy, shop.clock.now()), subscription.id)
    assert message is not None
    assert message.until == promised
    await failed.live_for(shop.policy.grace - HOUR)
    assert (await failed.subscription()).status is SubscriptionStatus.PAST_DUE
    assert len(await shop.notified("dunning")) == 2
    await failed.live_for(2 * HOUR)
    assert (await failed.subscription()).status is SubscriptionStatus.EXPIRED
    assert await shop.alarms() == []


@pytest.mark.parametrize("given_first", [True, False])
async def test_charge_that_is_no_longer_collected_gives_no_grace_after_granted_days(
    failed: Failed, given_first: bool
) -> None:
    shop, subscription = failed.shop, await failed.subscription()

    async def give() -> None:
        await Staff(shop)(SHELL, "extend", subscription.id, days=30, reason="motivo")

    async def end() -> None:
        await shop.deliver(shop.provider.end(REF))

    shop.clock.advance(HOUR)
    for act in (give, end) if given_first else (end, give):
        await act()
    await failed.live_for(2 * DAY)
    await shop.poll_subscription(subscription.id)
    subscription = await failed.subscription()
    reminded = len(await shop.notified("dunning"))
    assert (subscription.status, subscription.owed_since) == (SubscriptionStatus.CANCELED, None)
    end_of_days = subscription.access_until
    assert end_of_days is not None
    shop.clock.advance(end_of_days - shop.clock.now() - HOUR)
    await failed.work()
    assert (await failed.subscription()).status is SubscriptionStatus.CANCELED
    await failed.live_for(2 * HOUR)
    assert (await failed.subscription()).status is SubscriptionStatus.EXPIRED
    assert len(await shop.notified("dunning")) == reminded


async def test_charge_that_is_no_longer_collected_keeps_the_promised_grace_period(failed: Failed) -> None:
    shop = failed.shop
    await shop.deliver(shop.provider.end(REF))
    await failed.live_for(shop.policy.grace - HOUR)
    assert (await failed.subscription()).status is SubscriptionStatus.PAST_DUE
    assert len(await shop.notified("dunning")) == 2
    await failed.live_for(2 * HOUR)
    assert (await failed.subscription()).status is SubscriptionStatus.EXPIRED
