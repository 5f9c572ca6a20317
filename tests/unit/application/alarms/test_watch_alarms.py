"""Check that alarms close automatically once their cause is gone, and that informational alarms are never open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from subscriptions.application.alarms.alarm_kind import ByAge, News, alarm_kinds
from subscriptions.application.alarms.alarms import about_period, raise_once, subscription_facts
from subscriptions.application.alarms.watch_alarms import WatchAlarms
from subscriptions.application.expiry.check_subscription import PaymentEventMissing, UnknownStatus
from subscriptions.application.messages.announce import Announce
from subscriptions.application.subscriptions.poll_subscription import ProviderRefuses
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus
from subscriptions.domain.entities.userbot_account import AccountStatus, AccountTrouble
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import ChannelId, CustomerId, PaymentId, new_uuid
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from tests.fakes import samples
from tests.fakes.shop import Shop
from tests.fakes.telegram import MemoryNotifier


def closing(how: type[object]) -> list[str]:
    """Return the names of the alarm kinds whose closing rule has this type."""
    return [name for name, kind in alarm_kinds().items() if isinstance(kind.closes, how)]


class Watch:
    """Shop with the scheduled watch of its alarms."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._look = WatchAlarms(shop.units, shop.clock)

    async def raise_alarm(self, alarm: AlarmRaised) -> None:
        announce = Announce(self.shop.units, MemoryNotifier(), self.shop.clock, self.shop.policy, self.shop.gateways)
        await announce.alarm(alarm.key, alarm.kind, dict(alarm.facts), frozenset())

    async def open(self) -> list[str]:
        """Return the kinds of the alarms that are open after the next check."""
        self.shop.clock.advance(timedelta(minutes=5))
        await self._look()
        async with self.shop.units() as uow:
            return sorted(alarm.kind for alarm in await uow.alarms.open(99))


async def test_informational_alarm_is_recorded_without_being_open(shop: Shop):
    watch = Watch(shop)
    for kind in closing(News):
        await watch.raise_alarm(AlarmRaised(f"{kind}:1", kind))
    assert await watch.open() == []


async def test_account_alarm_closes_once_the_account_works_again(shop: Shop):
    watch, banned = Watch(shop), AccountTrouble.LOGGED_OUT
    account = samples.account(status=AccountStatus.DEAD)
    async with shop.units() as uow:
        await uow.accounts.add_if_new(account)
        await uow.commit()
    alarm = AlarmRaised(f"account:{account.id}:{banned}:1", banned, (("account", f"{account.id} uno"),))
    await watch.raise_alarm(alarm)
    assert await watch.open() == [banned]
    async with shop.units() as uow:
        await uow.accounts.save(replace(account, status=AccountStatus.ACTIVE, setbacks=1))
        await uow.commit()
    assert await watch.open() == [banned], "it is only tried again"
    async with shop.units() as uow:
        await uow.accounts.save(replace(account, status=AccountStatus.ACTIVE))
        await uow.commit()
    assert await watch.open() == []
    await watch.raise_alarm(alarm)
    async with shop.units() as uow:
        assert await uow.alarms.count_open() == 1, "told again under the same key"


async def test_dispute_alarm_closes_with_the_dispute(shop: Shop):
    watch, now = Watch(shop), shop.clock.now()
    inquiry = Dispute.begin("acme", "dp-1", PaymentId(new_uuid()), DisputeStatus.INQUIRY, now)
    async with shop.units() as uow:
        await uow.reversals.save_dispute(inquiry)
        await uow.commit()
    await watch.raise_alarm(AlarmRaised(f"dispute:{inquiry.id}:inquiry", "dispute_inquiry"))
    assert await watch.open() == ["dispute_inquiry"]
    inquiry.claim(now)
    async with shop.units() as uow:
        await uow.reversals.save_dispute(inquiry)
        await uow.commit()
    await watch.raise_alarm(AlarmRaised(f"dispute:{inquiry.id}:open", "dispute_open"))
    assert await watch.open() == ["dispute_open"]
    inquiry.settle(DisputeStatus.WON, now)
    async with shop.units() as uow:
        await uow.reversals.save_dispute(inquiry)
        await uow.commit()
    assert await watch.open() == []


async def test_subscription_alarms_close_when_the_provider_answers_or_a_renewal_arrives(shop: Shop):
    watch, ana, plan = Watch(shop), await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    subscription = (await shop.holding(ana, plan)).subscription
    about = subscription_facts(subscription)
    alarms = (
        PaymentEventMissing(**about, since=shop.clock.now()),
        UnknownStatus(**about, reason="odd"),
        ProviderRefuses(**about, reason="no"),
    )
    for alarm in alarms:
        await watch.raise_alarm(about_period(subscription, alarm))
    assert len(await watch.open()) == 3
    await shop.follow.apply(subscription, replace(shop.provider.subscriptions["sub-1"], fetched_at=shop.clock.now()))
    assert await watch.open() == ["payment_event_missing", "unknown_status"]
    shop.clock.advance(timedelta(days=30))
    await shop.deliver(shop.provider.renew("sub-1", plan.price))
    assert await watch.open() == []


async def test_missing_price_alarm_closes_once_the_plan_has_a_price(shop: Shop):
    watch, plan = Watch(shop), await shop.plan()
    await watch.raise_alarm(
        AlarmRaised(f"plan_without_price:{plan.id}:other", "plan_without_price", (("provider", "other"),))
    )
    assert await watch.open() == ["plan_without_price"]
    async with shop.units() as uow:
        await uow.plans.save_price(
            PlanPaymentPrice(plan_id=plan.id, provider="other", external_price_id="price-1", price=None)
        )
        await uow.commit()
    assert await watch.open() == []


async def test_daily_alarm_closes_after_a_day_without_a_report(shop: Shop):
    watch = Watch(shop)
    closing_by_age = sorted(kind for kind in closing(ByAge) if not kind.startswith("database_"))
    for kind in closing_by_age:
        await watch.raise_alarm(AlarmRaised(f"{kind}:1", kind))
    assert await watch.open() == closing_by_age
    shop.clock.advance(timedelta(hours=25))
    assert await watch.open() == []


async def test_alarm_that_needs_staff_or_lacks_readable_details_stays_open(shop: Shop):
    watch = Watch(shop)
    for kind in ("amount_mismatch", "dispute_open", "payment_event_stuck", "provider_refuses", "paid_without_access"):
        await watch.raise_alarm(AlarmRaised(f"{kind}:of old", kind))
    shop.clock.advance(timedelta(days=9))
    assert len(await watch.open()) == 5


async def test_provider_refusal_repeated_in_the_same_period_reopens_its_alarm(shop: Shop):
    watch, ana, plan = Watch(shop), await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    subscription = (await shop.holding(ana, plan)).subscription
    alarm = about_period(subscription, ProviderRefuses(**subscription_facts(subscription), reason="no"))
    await watch.raise_alarm(alarm)
    assert await watch.open() == ["provider_refuses"]
    await shop.follow.apply(subscription, replace(shop.provider.subscriptions["sub-1"], fetched_at=shop.clock.now()))
    assert await watch.open() == []
    async with shop.units() as uow:
        await raise_once(uow, alarm, shop.clock.now())
        await uow.commit()
    assert await watch.open() == ["provider_refuses"]


async def test_paid_without_access_alarm_is_closed_by_a_current_join_but_not_by_an_old_join(shop: Shop):
    watch, now = Watch(shop), shop.clock.now()
    access = Access.request(CustomerId(new_uuid()), ChannelId(new_uuid()), now)
    access.status, access.joined_at = AccessStatus.REVOKING, now - timedelta(days=90)
    async with shop.units() as uow:
        await uow.accesses.save(access)
        await uow.commit()
    await watch.raise_alarm(
        AlarmRaised(f"paid_without_access:{access.id}", "paid_without_access", (("access", str(access.id)),))
    )
    assert await watch.open() == ["paid_without_access"]
    access.joined_at = shop.clock.now()
    async with shop.units() as uow:
        await uow.accesses.save(access)
        await uow.commit()
    assert await watch.open() == []


async def test_alarm_that_cannot_be_checked_does_not_block_other_alarms(shop: Shop):
    watch, works = Watch(shop), samples.account()
    async with shop.units() as uow:
        await uow.accounts.add_if_new(works)
        await uow.commit()
    subscription = samples.subscription(samples.order(await shop.customer(), await shop.plan()))
    # Synced since, so the sync time is compared with the fact `asked`, which is no valid timestamp.
    subscription.synced_at = shop.clock.now()
    async with shop.units() as uow:
        await uow.subscriptions.save(subscription)
        await uow.commit()
    facts = (("asked", "yesterday"), ("subscription", str(subscription.id)), ("price", "p"))
    await watch.raise_alarm(AlarmRaised(f"unknown_price:{subscription.id}:p", "unknown_price", facts))
    banned = AccountTrouble.LOGGED_OUT
    await watch.raise_alarm(AlarmRaised(f"account:{works.id}:{banned}:1", banned, (("account", f"{works.id} uno"),)))
    assert await watch.open() == ["unknown_price"]
