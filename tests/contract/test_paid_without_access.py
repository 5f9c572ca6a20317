"""Customers who paid and cannot enter get access, or their money back by a fixed date."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot.screens import notices
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.watch_access import WatchAccess
from subscriptions.application.alarms.alarm_causes import is_kept_out
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.channel_messages import EntryDelayedMessage
from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.application.payments.watch_entry import BEFORE_END, LOOK_EVERY, WatchEntry
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.content import Content
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.resource import CONTENT, GROUP, SHARED_CHANNEL, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import REFUNDED, Subscription
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.ids import ChatId, PaymentId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.chat_membership import REFUSED
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY
from subscriptions.domain.ports.writing.payments import PAYMENTS
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateway
from tests.fakes.invite_maker import channel_look
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.staff import Staff
from tests.fakes.units import database
from tests.support.alarm_watch import Watch

__all__ = ["database"]

MINUTES, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
PATIENCE = 3 * DAY
CHATS = {"talk": (GROUP, -1009), "news": (SHARED_CHANNEL, -1010)}


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """Build the use cases with in-memory or PostgreSQL repositories."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database)
    yield database_shop(engine)
    await engine.dispose()


class Case:
    """Ana, who bought a plan whose chats may admit nobody."""

    def __init__(self, shop: Shop, ana: Customer, plan: ServicePlan) -> None:
        self.shop, self.ana, self.plan = shop, ana, plan

    async def admits(self, *names: str) -> None:
        """Record which chats the bot can admit people to; it is no administrator of the others."""
        async with self.shop.units() as uow:
            for name, (_, chat) in CHATS.items():
                look = channel_look(ChatId(chat), name, is_admin=name in names)
                await uow.resources.see_chat(look, self.shop.clock.now())
            await uow.commit()

    async def accesses(self) -> Sequence[Access]:
        async with self.shop.units() as uow:
            return await uow.accesses.of_customer(self.ana.id)

    async def subscription(self) -> Subscription:
        async with self.shop.units() as uow:
            (found,) = await uow.subscriptions.of_customer(self.ana.id)
        return found

    def worker(self, clock: ManualClock | None = None) -> WatchEntry:
        """Return the check of a worker, with a clock of its own if one is given."""
        watch, granting = WatchAccess(self.shop.units, self.shop.clock), GrantAccess(self.shop.policy)
        return WatchEntry(self.shop.units, clock or self.shop.clock, self.shop.policy, granting, watch)

    async def look(self, after: timedelta = timedelta()) -> None:
        """Let time pass, and check every access of Ana as the worker does."""
        self.shop.clock.advance(after)
        for access in await self.accesses():
            await self.worker()(access.id)

    async def look_at_once(self) -> None:
        """Check every access of Ana at the same time, by workers whose clocks differ by a second."""
        now = self.shop.clock.now()
        clocks = [ManualClock(now + timedelta(seconds=number)) for number in range(4)]
        accesses = await self.accesses()
        await asyncio.gather(*(self.worker(clock)(access.id) for clock in clocks for access in accesses))

    async def gets_link(self) -> None:
        """Record invite links to all chats, as the bot does."""
        now = self.shop.clock.now()
        async with self.shop.units() as uow:
            for access in await uow.accesses.of_customer(self.ana.id):
                invite = Invite(
                    id=new_uuid(),
                    channel_id=access.channel_id,
                    customer_id=self.ana.id,
                    url=f"https://t.me/+{access.id.hex}",
                    creator="bot",
                    created_at=now,
                    expires_at=now + DAY,
                )
                await uow.channels.add_invite(invite)
                access.mark_invited()
                await uow.accesses.save(access)
            await uow.commit()

    async def change(self, **facts: Any) -> None:
        """Change fields of Ana's accesses."""
        async with self.shop.units() as uow:
            for access in await uow.accesses.of_customer(self.ana.id):
                for name, value in facts.items():
                    setattr(access, name, value)
                await uow.accesses.save(access)
            await uow.commit()

    async def returned(self) -> list[int]:
        """Return the requested refunds in minor units."""
        return [job["minor"] for job in await self.shop.jobs("core.refund_payment")]

    async def said(self) -> EntryDelayedMessage | None:
        subscription = await self.subscription()
        async with self.shop.units() as uow:
            sources = Sources(uow, self.shop.policy, self.shop.clock.now())
            return await EntryDelayedMessage.load(sources, subscription.id)


async def bought(shop: Shop, *opens: str, **more: Any) -> Case:
    """Sell a plan to Ana whose chats are lost between the opening of the checkout and the payment."""
    ana = await shop.customer()
    async with shop.units() as uow:
        for name, (kind, chat) in CHATS.items():
            resource = Resource.add(name, kind, name.title(), EntryPolicy.REQUEST, NOON)
            assert await uow.resources.add_if_new(resource)
            assert await uow.channels.add_if_new(Channel.for_resource(resource, ChatId(chat), name, NOON))
        guide = Resource.add("guide", CONTENT, "Guide", EntryPolicy.REQUEST, NOON)
        assert await uow.resources.add_if_new(guide)
        await uow.resources.save_content(Content.parse(guide.id, "Hello"))
        await uow.commit()
    case = Case(shop, ana, await shop.plan(opens=opens or ("talk",), **more))
    _, session = await shop.checkout(ana, case.plan)
    await case.admits()
    await shop.deliver(*shop.provider.pay(session))
    return case


async def test_payment_is_returned_and_billing_ends_after_three_days_without_access(shop: Shop) -> None:
    case, watch = await bought(shop), Watch(shop)
    await case.look(MINUTES)
    (alarm,) = await shop.jobs("bot.alarm")
    due = shop.clock.now() + PATIENCE
    assert (alarm["kind"], alarm["facts"]["until"]) == ("paid_without_access", f"{due:%Y-%m-%d %H:%M} UTC")
    message = await case.said()
    assert message is not None
    assert (message.word, message.amounts, message.until) == ("until", (case.plan.price,), due)
    assert await watch.open() == ["paid_without_access"]
    await case.look(PATIENCE - HOUR)
    assert await case.returned() == []
    for _ in range(3):
        await case.look(HOUR)
    assert await case.returned() == [case.plan.price.minor]
    subscription = await case.subscription()
    assert (subscription.live, subscription.end_reason) == (False, REFUNDED)
    assert await shop.jobs("core.stop_billing") == [{"v": 1, "subscription_id": str(subscription.id)}]
    assert [each.status for each in await case.accesses()] == [AccessStatus.REVOKING]
    message = await case.said()
    assert message is not None
    assert (message.word, message.amounts) == ("returned", (case.plan.price,))
    assert len(await shop.notified("entry_delayed")) == 2
    assert "no_access_returned" in await shop.alarms()
    assert await watch.open() == []


async def test_returned_payment_is_refunded_once_and_announced_by_the_provider(shop: Shop) -> None:
    case = await bought(shop)
    await case.look(MINUTES)
    await case.look(PATIENCE)
    (job,) = await shop.jobs("core.refund_payment")
    refund = RefundPayment(shop.units, shop.gateways, shop.clock)
    for _ in range(2):
        await refund(PaymentId(UUID(job["payment_id"])), job["minor"], job["key"])
    (payment,) = (await shop.holding(case.ana, case.plan)).payments
    await shop.deliver(
        shop.provider.create_event(
            PaymentEventKind.REFUND,
            "money.back",
            payment_key="re-1",
            about_payment=payment.payment_key,
            amount_refunded=payment.amount,
        )
    )
    assert len(await shop.notified("refunded")) == 1
    assert "refund_failed" not in await shop.alarms()


async def test_access_before_the_date_gives_the_lost_days_back_and_keeps_the_payment(shop: Shop) -> None:
    case, watch = await bought(shop), Watch(shop)
    end = (await case.subscription()).access_until
    assert end is not None
    paid_at = shop.clock.now()
    await case.look(MINUTES)
    assert await watch.open() == ["paid_without_access"]
    shop.clock.advance(2 * DAY)
    await case.admits("talk")
    await case.gets_link()
    opened_at = shop.clock.now()
    await case.look(HOUR)
    await case.look(4 * DAY)
    subscription = await case.subscription()
    assert subscription.live
    assert subscription.access_until == end + (opened_at - paid_at)
    assert await case.returned() == []
    assert len(await shop.notified("access_moved")) == 1
    assert await case.said() is None
    assert await watch.open() == []


async def test_link_on_its_way_at_the_date_is_waited_for(shop: Shop) -> None:
    case = await bought(shop)
    await case.look(MINUTES)
    await case.admits("talk")
    await case.look(PATIENCE)
    assert await case.returned() == []
    await case.look(LOOK_EVERY)
    assert await case.returned() == [case.plan.price.minor], "Telegram still refuses it"


async def test_refused_entry_counts_as_no_access_but_an_obstacle_of_the_customer_does_not(shop: Shop) -> None:
    case = await bought(shop)
    await case.admits("talk", "news")
    await case.change(status=AccessStatus.ACTION_REQUIRED, reason="too_many_channels")
    await case.look(MINUTES)
    assert await shop.alarms() == []
    await case.change(reason=REFUSED)
    await case.look()
    assert await shop.alarms() == ["paid_without_access"]
    await case.look(PATIENCE + LOOK_EVERY)
    assert await case.returned() == [case.plan.price.minor]


async def test_dead_link_to_a_chat_that_admits_nobody_counts_as_no_access(shop: Shop) -> None:
    case, watch = await bought(shop), Watch(shop)
    await case.gets_link()
    await case.look(MINUTES)
    assert await watch.open() == ["paid_without_access"]
    await case.look(PATIENCE)
    assert await case.returned() == [case.plan.price.minor]


@pytest.mark.parametrize(
    ("opens", "open_chats"), [(("talk", "news"), ("news",)), (("talk", "guide"), ())], ids=["chat", "content"]
)
async def test_plan_of_which_a_part_works_is_not_refunded_automatically(
    shop: Shop, opens: tuple[str, ...], open_chats: tuple[str, ...]
) -> None:
    case = await bought(shop, *opens)
    await case.admits(*open_chats)
    async with shop.units() as uow:
        for access in await uow.accesses.of_customer(case.ana.id):
            channel = await uow.channels.get(access.channel_id)
            if channel is not None and channel.title in open_chats:
                access.mark_invited()
                await uow.accesses.save(access)
        await uow.commit()
    await case.look(MINUTES)
    (alarm,) = await shop.jobs("bot.alarm")
    assert (alarm["kind"], "until" in alarm["facts"]) == ("paid_without_access", False)
    await case.look(4 * DAY)
    assert await case.returned() == []


@pytest.mark.parametrize("fault", ["blocked", "unopened", "banned", "was_inside", "off", "late"])
async def test_payment_is_not_returned_if_the_rule_does_not_cover_it(shop: Shop, fault: str) -> None:
    case = await bought(shop)
    now = shop.clock.now()
    if fault == "off":
        shop.policy = replace(shop.policy, entry_patience=timedelta())
    if fault == "banned":
        await case.change(status=AccessStatus.BANNED)
    if fault == "was_inside":
        await case.change(joined_at=now)
    if fault == "late":
        await case.admits("talk", "news")
        await case.gets_link()
        shop.clock.advance(4 * DAY)
        await case.admits()
    if fault in {"blocked", "unopened"}:
        async with shop.units() as uow:
            customer = await uow.customers.get(case.ana.id, lock=True)
            assert customer is not None
            setattr(customer, f"{fault}_at", now)
            await uow.customers.save(customer)
            await uow.commit()
    await case.look(MINUTES)
    await case.look(4 * DAY)
    assert await case.returned() == []
    assert await shop.notified("entry_delayed") == []
    assert (await case.subscription()).live


async def test_return_waits_for_a_dispute(shop: Shop) -> None:
    case = await bought(shop)
    await case.look(MINUTES)
    (payment,) = (await shop.holding(case.ana, case.plan)).payments
    dispute = shop.provider.create_event(
        PaymentEventKind.DISPUTE_OPENED, "dispute", payment_key="dp-1", about_payment=payment.payment_key
    )
    await shop.deliver(dispute)
    await case.look(4 * DAY)
    assert await case.returned() == []


async def test_return_is_reduced_by_what_staff_refunded(shop: Shop) -> None:
    case = await bought(shop)
    await case.look(MINUTES)
    (payment,) = (await shop.holding(case.ana, case.plan)).payments
    part = shop.provider.create_event(
        PaymentEventKind.REFUND,
        "money.back",
        payment_key="re-1",
        about_payment=payment.payment_key,
        amount_refunded=replace(payment.amount, minor=1000),
    )
    await shop.deliver(part)
    await case.look(PATIENCE)
    assert await case.returned() == [payment.amount.minor - 1000]


async def test_granted_days_stay_when_the_payment_is_returned(shop: Shop) -> None:
    case = await bought(shop)
    await case.admits("talk")
    staff = await shop.customer(staff_role=StaffRole.MANAGER)
    await Staff(shop)(staff.telegram_id, "grant", case.ana.id, plan=case.plan.soft_id, days=30, reason="por el fallo")
    await case.admits()
    await case.look(MINUTES)
    await case.look(PATIENCE)
    assert await case.returned() == [case.plan.price.minor]
    subscription = await case.subscription()
    assert subscription.live
    assert subscription.billing_stopped_at is not None


async def test_granted_time_without_a_payment_only_raises_the_alarm(shop: Shop) -> None:
    case = await bought(shop)
    await case.admits("talk")
    bea = await shop.customer()
    staff = await shop.customer(staff_role=StaffRole.MANAGER)
    await Staff(shop)(staff.telegram_id, "grant", bea.id, plan=case.plan.soft_id, days=30, reason="regalo")
    await case.admits()
    guest = Case(shop, bea, case.plan)
    await guest.look(MINUTES)
    await guest.look(4 * DAY)
    assert await case.returned() == []
    assert await shop.notified("entry_delayed") == []
    assert await shop.alarms() == ["paid_without_access"]


async def test_payment_of_a_time_shorter_than_the_rule_is_returned_before_its_end(shop: Shop) -> None:
    case = await bought(shop, interval=None, duration_days=1, recurring=False)
    await case.look(MINUTES)
    end = (await case.subscription()).access_until
    assert end is not None
    await case.look(end - BEFORE_END - shop.clock.now())
    assert await case.returned() == [case.plan.price.minor]


async def test_personal_channel_that_no_account_creates_is_refunded(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    case = Case(shop, ana, plan)
    await case.look(MINUTES)
    await case.look(PATIENCE)
    assert await case.returned() == [plan.price.minor]
    assert not (await case.subscription()).live


async def test_gift_for_somebody_who_cannot_enter_goes_back_to_its_payer(shop: Shop) -> None:
    case, eva = await bought(shop), await shop.customer()
    async with shop.units() as uow:
        (payment,) = await uow.payments.of_customer(case.ana.id, 9)
        payment.customer_id = eva.id
        await uow.write(PAYMENTS).save(payment)
        await uow.commit()
    await case.look(MINUTES)
    assert await case.said() is None, "she paid nothing"
    await case.look(PATIENCE)
    (job,) = await shop.jobs("core.refund_payment")
    assert (job["payment_id"], job["minor"]) == (str(payment.id), payment.amount.minor)
    assert (await case.subscription()).live, "the provider's refund takes the gift's time"


async def test_workers_that_check_at_the_same_time_tell_and_return_once(shop: Shop) -> None:
    case = await bought(shop, "talk", "news")
    await case.look_at_once()
    assert len(await shop.notified("entry_delayed")) == 1
    shop.clock.advance(PATIENCE + LOOK_EVERY)
    await case.look_at_once()
    assert await case.returned() == [case.plan.price.minor]
    assert len(await shop.notified("entry_delayed")) == 2


async def test_payments_in_two_currencies_are_named_one_by_one(shop: Shop) -> None:
    case = await bought(shop)
    await shop.deliver(shop.provider.renew("sub-1", case.plan.price))
    async with shop.units() as uow:
        first, second = await uow.payments.of_customer(case.ana.id, 9)
        second.amount = Money(500, "XTR")
        await uow.write(PAYMENTS).save(second)
        await uow.commit()
    await case.admits()
    await case.look(MINUTES)
    message = await case.said()
    assert message is not None
    assert set(message.amounts) == {first.amount, second.amount}
    assert "+" in notices.render(message, "es").text


async def test_payment_that_the_provider_cannot_refund_is_reported_to_the_owners(shop: Shop) -> None:
    case = await bought(shop)
    await case.look(MINUTES)
    await case.look(PATIENCE)
    (payment,) = (await shop.holding(case.ana, case.plan)).payments
    (job,) = await shop.jobs("core.refund_payment")
    shop.gateways.gateways = {payment.provider: MemoryGateway(shop.clock, name=payment.provider)}
    await RefundPayment(shop.units, shop.gateways, shop.clock)(payment.id, job["minor"], job["key"])
    assert "refund_failed" in await shop.alarms()
    assert not (await case.subscription()).live


async def test_customer_with_entry_steps_left_is_kept_out_only_while_the_chat_admits_nobody(shop: Shop) -> None:
    case = await bought(shop)
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(case.ana.id)
        channel = await uow.channels.get(access.channel_id)
        assert channel is not None
        entry = VipEntry(
            customer_id=case.ana.id, resource_id=channel.resource_id, vip_entry_stage=1, created_at=shop.clock.now()
        )
        await uow.of(VIP_ENTRIES_KEY).save(entry)
        assert await is_kept_out(uow, access)
        await uow.commit()
    await case.admits("talk")
    await case.look(4 * DAY)
    assert (await case.returned(), await shop.alarms()) == ([], [])
