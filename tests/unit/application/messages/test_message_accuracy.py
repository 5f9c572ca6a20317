"""Check that messages are accurate: for example, a current member is not welcomed back, and buttons without a purpose
are removed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot.screens.notices import render
from subscriptions.application.messages.announce import FIRST_THE_PAYMENT
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.nudge_messages import NotJoinedMessage
from subscriptions.application.messages.payment_messages import PaymentMessage, PaymentReceivedMessage
from subscriptions.application.messages.subscription_messages import ExpiredMessage, ResumedMessage
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.notification import MessageKind, Notification
from subscriptions.domain.entities.resource import GROUP, PERSONAL, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId, TelegramId
from tests.fakes import samples
from tests.fakes.announcements import NOW, announcement
from tests.fakes.messages import UNDER_WAY
from tests.fakes.shop import Shop
from tests.unit.application.messages.test_announce import Desk


async def given(shop: Shop, inside: AccessStatus) -> tuple[Customer, ServicePlan]:
    """Create a customer whose access time was granted by a code and whose access has the given status, and return the
    customer and the plan.
    """
    ana, plan, now = await shop.customer(), await shop.plan(), shop.clock.now()
    held = samples.given(ana, plan, now + timedelta(days=9), order_id=None)
    channel = replace(samples.ready_channel(held), ready_at=now - timedelta(days=5))
    joined = now - timedelta(days=4) if inside is AccessStatus.ACTIVE else None
    access = replace(Access.request(ana.id, channel.id, now - timedelta(days=5)), status=inside, joined_at=joined)
    async with shop.units() as uow:
        await uow.subscriptions.save(held)
        await uow.channels.save(channel)
        await uow.accesses.save(access)
        await uow.ledger.add_if_new(
            LedgerEntry(
                subscription_id=held.id,
                kind=LedgerKind.TOKEN,
                source_key="code",
                starts_at=now - timedelta(days=5),
                length=timedelta(days=14),
                created_at=now - timedelta(days=5),
            )
        )
        await uow.commit()
    return ana, plan


@pytest.mark.parametrize("inside", [AccessStatus.ACTIVE, AccessStatus.INVITED])
async def test_payment_for_a_plan_already_held_is_announced_as_an_extension(shop: Shop, inside: AccessStatus) -> None:
    desk = Desk(shop)
    ana, plan = await given(shop, inside)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    (job,) = await shop.notified(MessageKind.PAYMENT_RECEIVED)
    await desk.run(job)
    (said,) = desk.notifier.said
    assert isinstance(said, PaymentReceivedMessage)
    assert said.word == "longer"


async def test_member_who_pays_again_is_not_welcomed_back(shop: Shop) -> None:
    desk = Desk(shop)
    ana, job = await desk.paid()
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.id)
        held = await uow.accesses.get(access.id, lock=True)
        assert held is not None
        held.status, held.joined_at = AccessStatus.ACTIVE, shop.clock.now() - timedelta(days=4)
        await uow.accesses.save(held)
        await uow.commit()
    await desk.run(job)
    (said,) = desk.notifier.said
    assert isinstance(said, PaymentReceivedMessage)
    assert said.word == "longer"


async def test_no_expiry_message_is_sent_after_another_purchase(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    first = (await shop.holding(ana, plan)).subscription
    shop.clock.advance(timedelta(days=30))
    await shop.check(first.id)

    async def said() -> ExpiredMessage | None:
        (job,) = await shop.notified(MessageKind.EXPIRED)
        async with shop.units() as uow:
            return await ExpiredMessage.load(Sources(uow, shop.policy, shop.clock.now()), UUID(job["subject"]))

    assert await said() is not None
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    assert await said() is None


@pytest.mark.parametrize("is_frozen", [False, True])
async def test_expiry_message_says_until_when_the_channel_is_kept(shop: Shop, is_frozen: bool) -> None:
    """Before the channel is frozen, its retention period counts from the end of access."""
    ana, plan = await given(shop, AccessStatus.ACTIVE)
    shop.clock.advance(timedelta(days=9))
    held = (await shop.holding(ana, plan)).subscription
    await shop.check(held.id)
    now = shop.clock.now()
    kept = now + timedelta(days=40) if is_frozen else now + shop.policy.retention
    async with shop.units() as uow:
        channel = await uow.channels.personal_of(ana.id, plan.id)
        assert channel is not None
        channel.delete_at = kept if is_frozen else None
        await uow.channels.save(channel)
        await uow.commit()
    async with shop.units() as uow:
        message = await ExpiredMessage.load(Sources(uow, shop.policy, now), held.id)
    assert message is not None
    assert message.kept == kept


async def test_no_resume_message_is_sent_after_the_end(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    held = (await shop.holding(ana, plan)).subscription

    async def said() -> ResumedMessage | None:
        async with shop.units() as uow:
            return await ResumedMessage.load(Sources(uow, shop.policy, shop.clock.now()), held.id)

    assert await said() is not None
    shop.clock.advance(timedelta(days=30))
    assert await said() is None


@pytest.mark.parametrize("language", ["es", "en", "pt"])
@pytest.mark.parametrize("ready", [NOW, None])
def test_message_about_a_channel_delay_does_not_mention_telegram(language: str, ready: object) -> None:
    said = announcement(MessageKind.PROVISIONING_DELAYED, ready=ready)
    assert "Telegram" not in render(said, language).text


async def test_join_reminder_waits_for_the_payment_message(shop: Shop) -> None:
    desk = Desk(shop)
    ana, _ = await desk.paid()
    (first, *_) = await shop.notified(MessageKind.NOT_JOINED)
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.id)
        held = await uow.accesses.get(access.id, lock=True)
        assert held is not None
        held.status = AccessStatus.INVITED
        await uow.accesses.save(held)
        await uow.commit()
    shop.memory.tables[UNDER_WAY] = [(MessageKind.PAYMENT_RECEIVED, ana.id)]
    for _ in range(2):
        with pytest.raises(RetryLater):
            await desk.run(first)
        shop.clock.advance(2 * FIRST_THE_PAYMENT)
    shop.memory.tables[UNDER_WAY] = []
    await desk.run(first)
    assert [sent.kind for sent in desk.notifier.sent] == [MessageKind.NOT_JOINED]


async def test_customer_who_did_not_join_a_group_is_reminded(shop: Shop) -> None:
    async with shop.units() as uow:
        talk = Resource.add("talk", GROUP, "Talk", EntryPolicy.REQUEST, shop.clock.now())
        assert await uow.resources.add_if_new(talk)
        assert await uow.channels.add_if_new(Channel.for_resource(talk, ChatId(-1008), "Talk", shop.clock.now()))
        await uow.commit()
    ana, plan = await shop.customer(), await shop.plan(opens=("talk",))
    view, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    order = await shop.order(view.reference)
    for status, asked in ((AccessStatus.PENDING, False), (AccessStatus.INVITED, True), (AccessStatus.ACTIVE, False)):
        async with shop.units() as uow:
            (access,) = await uow.accesses.of_customer(ana.id)
            held = await uow.accesses.get(access.id, lock=True)
            assert held is not None
            held.status = status
            await uow.accesses.save(held)
            message = await NotJoinedMessage.load(Sources(uow, shop.policy, shop.clock.now()), order.id)
            await uow.commit()
        assert (message is not None) is asked


@pytest.mark.parametrize(("opens", "word"), [(("talk",), "shared"), ((PERSONAL, "talk"), "first")])
async def test_payment_message_of_a_group_has_the_wording_of_a_shared_chat(
    shop: Shop, opens: tuple[str, ...], word: str
) -> None:
    async with shop.units() as uow:
        talk = Resource.add("talk", GROUP, "Talk", EntryPolicy.REQUEST, shop.clock.now())
        assert await uow.resources.add_if_new(talk)
        assert await uow.channels.add_if_new(Channel.for_resource(talk, ChatId(-1008), "Talk", shop.clock.now()))
        await uow.commit()
    ana, plan = await shop.customer(), await shop.plan(opens=opens)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    async with shop.units() as uow:
        (payment,) = await uow.payments.of_customer(ana.id, 1)
        message = await PaymentReceivedMessage.load(Sources(uow, shop.policy, shop.clock.now()), payment.id)
    assert message is not None
    assert message.word == word


async def test_abandoned_checkout_reminder_waits_for_the_payment_check(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    view, _ = await shop.checkout(ana, plan)
    order = await shop.order(view.reference)
    shop.clock.advance(order.expires_at - shop.clock.now() + timedelta(seconds=1))
    await shop.run_due()
    (job,) = [job for job in shop.memory.jobs_named("bot.announce") if job.payload["kind"] == MessageKind.ABANDONED]
    assert job.not_before is not None
    assert job.not_before >= order.expires_at + timedelta(minutes=15)


ENDED = {"plan_name": "Oro", "soft_id": "oro", "live": False}


@pytest.mark.parametrize(
    ("kind", "facts", "ends"),
    [
        (MessageKind.EXPIRED, {}, True),
        (MessageKind.EXPIRED, {"plan_name": "Plata"}, False),
        (MessageKind.EXPIRED, {"ended_at": NOW - timedelta(days=2)}, False),
        (MessageKind.SUSPENDED, {"live": True}, True),
        (MessageKind.PAUSED, {"live": True}, True),
        (MessageKind.DISPUTE_OPENED, {"live": True}, True),
        (MessageKind.DISPUTE_LOST, {}, True),
        (MessageKind.DISPUTE_LOST, {"live": True}, False),
        (MessageKind.REFUNDED, {"full": True, "goes_on": False, "difference": False, "gift": False}, True),
        (MessageKind.REFUNDED, {"full": True, "goes_on": True, "difference": False, "gift": False}, False),
        (MessageKind.REFUNDED, {"full": True, "live": True, "goes_on": False, "difference": False}, False),
        (MessageKind.REFUNDED, {"full": True, "soft_id": "", "goes_on": False, "difference": False}, False),
        (MessageKind.REFUNDED, {"full": True, "goes_on": False, "difference": False, "gift": True}, False),
    ],
)
@pytest.mark.parametrize("way", [MessageKind.INVITE_READY, MessageKind.NOT_JOINED, MessageKind.VIP_ENTRY])
async def test_entry_buttons_are_removed_once_access_is_over(
    shop: Shop, kind: MessageKind, facts: dict[str, Any], ends: bool, way: MessageKind
) -> None:
    desk = Desk(shop)
    before = Notification.owe(announcement(way, plan_name="Oro"), "1", TelegramId(7), "es", NOW)
    before.message_id, before.sent_at = 4, NOW - timedelta(days=1)
    async with shop.units() as uow:
        await uow.notifications.add_if_new(before)
        await uow.commit()
    usual = ENDED if kind is MessageKind.REFUNDED else ENDED | {"ended_at": NOW}
    message = announcement(kind, **(usual | facts))
    sent = Notification.owe(message, "2", TelegramId(7), "es", NOW)
    await desk.announce._take_buttons(sent, message.outdated)
    assert desk.notifier.taken == ([way] if ends else [])


@pytest.mark.parametrize(("interval", "count"), [(Interval.WEEK, 1), (Interval.DAY, 3), (Interval.MONTH, 1)])
async def test_receipt_of_a_short_plan_names_the_next_charge_and_the_cancel_command(
    shop: Shop, interval: Interval, count: int
) -> None:
    desk = Desk(shop)
    ana, plan = await shop.customer(), await shop.plan(interval=interval, interval_count=count)
    _, session = await shop.checkout(ana, plan)
    paid = shop.provider.pay(session)
    await shop.deliver(*paid)
    await shop.deliver(shop.provider.renew(paid[1].subscription_ref or "", plan.price))
    for kind in (MessageKind.PAYMENT_RECEIVED, MessageKind.RENEWED):
        (job,) = await shop.notified(kind)
        await desk.run(job)
        said = desk.notifier.said[-1]
        assert isinstance(said, PaymentMessage)
        held = (await shop.holding(ana, plan)).subscription
        short = interval is not Interval.MONTH
        expected = (held.next_charge, plan.price) if short else (None, None)
        assert (said.charge, said.next_amount) == expected
        assert ("Próximo cobro: 29,99" in render(said, "es").text) is short
        assert ("/cancelar" in render(said, "es").text) is short
