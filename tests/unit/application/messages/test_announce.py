"""Check that a message is sent once per cause despite failures."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.messages.announce import BURST, FIRST_THE_PAYMENT, MOOT, SINGLE_ALARMS, Announce
from subscriptions.application.messages.announcement import ANNOUNCEMENTS, AlarmMessage, Sources
from subscriptions.application.messages.channel_messages import InviteReady
from subscriptions.application.messages.payment_messages import PaymentReceivedMessage
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import MessageKind, Notification
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater
from subscriptions.domain.ids import CustomerId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from tests.fakes import samples
from tests.fakes.messages import UNDER_WAY
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.telegram import MemoryNotifier

OWNERS = frozenset({TelegramId(1), TelegramId(2)})


class Killed(BaseException):
    """Simulated kill of the process."""


@dataclass
class Desk:
    """Use cases that announce messages of a shop, with jobs run one by one."""

    shop: Shop
    notifier: MemoryNotifier = field(default_factory=MemoryNotifier)

    def __post_init__(self) -> None:
        self.announce = Announce(self.shop.units, self.notifier, self.shop.clock, self.shop.policy, self.shop.gateways)

    async def run(self, job: dict[str, Any]) -> None:
        """Run one `bot.announce` job."""
        await self.announce(job["kind"], CustomerId(UUID(job["customer_id"])), UUID(job["subject"]), job["key"])

    async def paid(self) -> tuple[Customer, dict[str, Any]]:
        """Create a customer who paid, and return the customer and the announcement job."""
        ana, plan = await self.shop.customer(), await self.shop.plan()
        _, session = await self.shop.checkout(ana, plan)
        await self.shop.deliver(*self.shop.provider.pay(session))
        return ana, (await self.shop.notified(MessageKind.PAYMENT_RECEIVED))[-1]

    async def kept(self, job: dict[str, Any]) -> Notification:
        async with self.shop.units() as uow:
            kept = await uow.notifications.by_key(f"{job['kind']}:{job['key']}")
        assert kept is not None
        return kept


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """Return the use cases that announce messages, over the shop in memory."""
    return Desk(shop)


async def test_repeated_announcement_job_sends_one_message(desk: Desk):
    ana, job = await desk.paid()
    for _ in range(3):
        await desk.run(job)
    (sent,) = desk.notifier.sent
    assert (sent.kind, sent.recipient, sent.language) == ("payment_received", ana.telegram_id, "es")
    (said,) = desk.notifier.said
    assert isinstance(said, PaymentReceivedMessage)
    assert (said.amount, said.until) == (Money(2999, "EUR"), desk.shop.clock.now() + PERIOD)
    assert sent.params == said.to_params()
    assert (await desk.kept(job)).message_id == 1


async def test_each_renewal_has_its_own_message(desk: Desk):
    await desk.paid()
    for _ in range(2):
        desk.shop.clock.advance(PERIOD)
        price = desk.shop.provider.requests[0].amount
        await desk.shop.deliver(desk.shop.provider.renew("sub-1", price))
    for job in await desk.shop.notified(MessageKind.RENEWED):
        await desk.run(job)
    assert [sent.kind for sent in desk.notifier.sent] == [MessageKind.RENEWED] * 2


@pytest.mark.parametrize("ready_before", [True, False])
async def test_late_payment_message_welcomes_back_only_customers_with_an_older_channel(desk: Desk, ready_before: bool):
    ana, job = await desk.paid()
    now = desk.shop.clock.now()
    async with desk.shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.id)
        channel = await uow.channels.get(access.channel_id)
        assert channel is not None
        access.joined_at = now + timedelta(minutes=1)
        channel.ready_at = now - timedelta(days=40) if ready_before else now + timedelta(seconds=30)
        await uow.accesses.save(access)
        await uow.channels.save(channel)
        await uow.commit()
    await desk.run(job)
    said = desk.notifier.said[-1]
    assert isinstance(said, PaymentReceivedMessage)
    assert said.back is ready_before


async def test_message_of_a_kind_from_a_newer_release_is_postponed(desk: Desk):
    """While both versions run, each version receives jobs of the other version."""
    _, job = await desk.paid()
    with pytest.raises(RetryLater) as refused:
        await desk.run({**job, "kind": "of_next_year"})
    assert refused.value.delay is not None
    assert desk.notifier.sent == []


async def test_message_repeated_after_a_crash_is_counted(desk: Desk):
    _, job = await desk.paid()
    desk.notifier.errors.append(Killed())
    with pytest.raises(Killed):
        await desk.run(job)
    await desk.run(job)
    kept = await desk.kept(job)
    assert (kept.repeated, kept.sending_since, len(desk.notifier.sent)) == (1, None, 1)


async def test_message_repeated_after_a_lost_answer_is_counted(desk: Desk):
    _, job = await desk.paid()
    desk.notifier.errors.append(Ambiguous("no answer"))
    with pytest.raises(Ambiguous):
        await desk.run(job)
    await desk.run(job)
    assert (await desk.kept(job)).repeated == 1


async def test_rate_limited_message_is_retried_without_counting_as_repeated(desk: Desk):
    _, job = await desk.paid()
    desk.notifier.errors.append(RetryLater("flood", delay=timedelta(seconds=30)))
    with pytest.raises(RetryLater):
        await desk.run(job)
    await desk.run(job)
    kept = await desk.kept(job)
    assert (kept.repeated, kept.sent_at) == (0, desk.shop.clock.now())


async def test_customer_who_blocked_the_bot_gets_no_further_messages(desk: Desk):
    ana, job = await desk.paid()
    desk.notifier.errors.append(ActionRequired("blocked_bot"))
    await desk.run(job)
    assert (await desk.kept(job)).failed == "blocked_bot"
    async with desk.shop.units() as uow:
        known = await uow.customers.by_telegram_id(ana.telegram_id)
    assert known is not None
    assert not known.reachable
    await desk.shop.cancel(ana.telegram_id)
    (canceled,) = await desk.shop.notified(MessageKind.CANCELED)
    await desk.run(canceled)
    assert desk.notifier.sent == []
    assert (await desk.kept(canceled)).failed == "blocked_bot"


async def test_message_in_flight_to_a_customer_who_blocked_the_bot_is_recorded_as_undelivered(desk: Desk):
    ana, job = await desk.paid()
    desk.notifier.errors.append(Killed())
    with pytest.raises(Killed):
        await desk.run(job)
    await desk.shop.cancel(ana.telegram_id)
    (canceled,) = await desk.shop.notified(MessageKind.CANCELED)
    desk.notifier.errors.append(ActionRequired("blocked_bot"))
    await desk.run(canceled)
    await desk.run(job)
    kept = await desk.kept(job)
    assert (kept.failed, kept.sending_since) == ("blocked_bot", None)


async def test_permanent_refusal_is_stored_with_its_reason(desk: Desk):
    _, job = await desk.paid()
    desk.notifier.errors.append(Permanent("chat not found"))
    await desk.run(job)
    await desk.run(job)
    assert desk.notifier.sent == []
    assert (await desk.kept(job)).failed == "chat not found"


async def invited(desk: Desk) -> tuple[Customer, dict[str, Any]]:
    """Return a customer whose channel is ready, with the announcement job."""
    ana, plan = await desk.shop.customer(), await desk.shop.plan()
    order = samples.order(ana, plan)
    subscription = samples.subscription(order)
    channel = samples.ready_channel(subscription)
    invite = samples.invite(channel)
    async with desk.shop.units() as uow:
        await uow.orders.save(order)
        await uow.subscriptions.save(subscription)
        await uow.channels.save(channel)
        await uow.channels.add_invite(invite)
        await uow.commit()
    about = str(invite.id)
    return ana, {"kind": MessageKind.INVITE_READY, "customer_id": str(ana.id), "subject": about, "key": about}


async def test_revoked_invite_is_not_sent(desk: Desk):
    ana, _ = await invited(desk)
    async with desk.shop.units() as uow:
        (live,) = desk.shop.memory.rows("channel_invites")
        dead = replace(live, id=new_uuid(), url="https://t.me/+dead")
        dead.revoke(desk.shop.clock.now())
        await uow.channels.add_invite(dead)
        await uow.commit()
    for invite in (dead, live):
        await desk.announce(MessageKind.INVITE_READY, ana.id, invite.id, str(invite.id))
    assert [isinstance(said, InviteReady) and said.url for said in desk.notifier.said] == [live.url]


async def test_invite_message_waits_at_most_two_minutes_for_the_unsent_payment_message(desk: Desk):
    ana, job = await invited(desk)
    desk.shop.memory.tables[UNDER_WAY] = [(MessageKind.PAYMENT_RECEIVED, ana.id)]
    for _ in range(2):
        with pytest.raises(RetryLater) as refused:
            await desk.run(job)
        assert refused.value.delay is None, "the usual back-off"
        desk.shop.clock.advance(FIRST_THE_PAYMENT / 2)
    await desk.run(job)
    assert [type(said) for said in desk.notifier.said] == [InviteReady]


async def test_message_with_a_lost_answer_is_not_repeated_once_its_invite_is_revoked(desk: Desk):
    """The message was sent but its response was lost. The customer joined by the link in the message, which is now
    revoked.
    """
    _, job = await invited(desk)
    desk.notifier.errors.append(Ambiguous("no answer"))
    with pytest.raises(Ambiguous):
        await desk.run(job)
    async with desk.shop.units() as uow:
        invite = await uow.channels.get_invite(UUID(job["subject"]))
        assert invite is not None
        invite.revoke(desk.shop.clock.now())
        await uow.channels.save_invite(invite)
        await uow.commit()
    await desk.run(job)
    kept = await desk.kept(job)
    assert (kept.failed, kept.sending_since, desk.notifier.sent) == (MOOT, None, [])


@pytest.mark.parametrize(("late", "sent"), [(-timedelta(hours=1), 1), (timedelta(), 0)], ids=["before", "at the end"])
async def test_reminder_that_access_will_end_is_sent_only_before_the_end(desk: Desk, late: timedelta, sent: int):
    ana, _ = await desk.paid()
    await desk.shop.cancel(ana.telegram_id)
    (subscription,) = desk.shop.memory.rows("subscriptions")
    desk.shop.clock.advance(subscription.access_until + late - desk.shop.clock.now())
    await desk.announce(MessageKind.ENDING_SOON, ana.id, subscription.id, "3 hours")
    assert len(desk.notifier.sent) == sent


async def test_alarm_reaches_every_owner_once(desk: Desk):
    for _ in range(2):
        await desk.announce.alarm("payment:1", "second_capture", {"payment": "A1"}, OWNERS)
    assert sorted(sent.recipient for sent in desk.notifier.sent) == [1, 2]
    assert desk.notifier.said == [AlarmMessage(alarm="second_capture", facts={"payment": "A1"})] * 2


async def test_unreachable_owner_does_not_block_alarms_to_other_owners(desk: Desk):
    desk.notifier.errors.append(RetryLater("flood"))
    with pytest.raises(RetryLater):
        await desk.announce.alarm("payment:1", "second_capture", {}, OWNERS)
    assert [sent.recipient for sent in desk.notifier.sent] == [2]
    await desk.announce.alarm("payment:1", "second_capture", {}, OWNERS)
    assert [sent.recipient for sent in desk.notifier.sent] == [2, 1]


@pytest.mark.parametrize("kind", ANNOUNCEMENTS)
async def test_no_message_is_loaded_for_a_missing_subscription_or_other_subject(desk: Desk, kind: str):
    async with desk.shop.units() as uow:
        assert await ANNOUNCEMENTS[kind].load(Sources(uow, desk.shop.policy, desk.shop.clock.now()), new_uuid()) is None


@pytest.mark.parametrize("kind", ANNOUNCEMENTS)
async def test_message_load_from_an_unsuitable_record_raises_no_error(desk: Desk, kind: str):
    """A message is sent only if all of its facts exist. For example, a message about a lost dispute is not sent if the
    subscription has no lost dispute.
    """
    await desk.paid()
    rows = [row for table in desk.shop.memory.tables.values() for row in table]
    async with desk.shop.units() as uow:
        sources = Sources(uow, desk.shop.policy, desk.shop.clock.now())
        for subject in {row.id for row in rows if isinstance(getattr(row, "id", None), UUID)}:
            message = await ANNOUNCEMENTS[kind].load(sources, subject)
            assert message is None or isinstance(message, ANNOUNCEMENTS[kind])


async def test_retried_message_and_its_stored_copy_have_current_parameters(desk: Desk):
    """The facts are read at each attempt and replace the facts of an earlier attempt or version."""
    ana, job = await desk.paid()
    desk.notifier.errors.append(RetryLater("flood"))
    with pytest.raises(RetryLater):
        await desk.run(job)
    async with desk.shop.units() as uow:
        owed = await uow.notifications.by_key(f"{job['kind']}:{job['key']}")
        (held,) = await uow.subscriptions.of_customer(ana.id)
        assert owed is not None
        assert held.access_until is not None
        owed.params = {"plan": "as an earlier version wrote it"}
        held.access_until += timedelta(days=1)
        await uow.notifications.save(owed)
        await uow.subscriptions.save(held)
        await uow.commit()
    await desk.run(job)
    (said,) = desk.notifier.said
    assert isinstance(said, PaymentReceivedMessage)
    assert said.until == held.access_until
    assert (await desk.kept(job)).params == said.to_params()


async def test_concurrent_workers_send_one_message(desk: Desk):
    _, job = await desk.paid()
    await asyncio.gather(desk.run(job), desk.run(job))
    kept = await desk.kept(job)
    assert kept.is_settled
    assert len(desk.notifier.sent) == 1 + kept.repeated


async def test_burst_of_alarms_of_one_kind_is_sent_as_one_message(desk: Desk):
    """Three hundred events quarantined at once have one cause, so the owners need a link to the list and not three
    hundred messages.
    """
    for number in range(319):
        await desk.announce.alarm(f"inbox:{number}", "payment_event_stuck", {"event": f"evt_{number}"}, OWNERS)
    await desk.announce.alarm("payment:1", "second_capture", {}, OWNERS)
    kinds = Counter(said.alarm for said in desk.notifier.said if isinstance(said, AlarmMessage))
    assert kinds == {
        "payment_event_stuck": SINGLE_ALARMS * len(OWNERS),
        "many_alarms": len(OWNERS),
        "second_capture": len(OWNERS),
    }
    async with desk.shop.units() as uow:
        assert await uow.alarms.count_open() == 320


async def test_alarms_raised_at_intervals_are_sent_separately(desk: Desk):
    for number in range(2 * SINGLE_ALARMS):
        await desk.announce.alarm(f"inbox:{number}", "payment_event_stuck", {}, OWNERS)
        desk.shop.clock.advance(BURST)
    assert {said.alarm for said in desk.notifier.said if isinstance(said, AlarmMessage)} == {"payment_event_stuck"}
