"""Erasure of a customer's data: the reasons that delay it, its steps, and the records deleted automatically after their
retention period.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.expiry.erase_person import (
    PATIENCE,
    ErasePerson,
    ErasureDelay,
    ErasureRefusal,
    ErasureResult,
    Obstacle,
)
from subscriptions.application.expiry.prune_records import PruneRecords
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.nudge_messages import ErasureHeldUp
from subscriptions.domain.entities.access import AccessEvent
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.services.trial_marks import TrialMarks
from tests.fakes import samples
from tests.fakes.shop import TRIAL_MARKS, Shop, memory_shop

WHY = "erased at the customer's own wish"


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


def erasing(shop: Shop) -> ErasePerson:
    return ErasePerson(shop.units, shop.clock, GrantAccess(shop.policy), TRIAL_MARKS)


async def bought(shop: Shop) -> tuple[Customer, ServicePlan]:
    ana, plan = await shop.customer(), await shop.priced()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    return ana, plan


async def renews(shop: Shop) -> Customer:
    return (await bought(shop))[0]


async def has_a_page_open(shop: Shop) -> Customer:
    ana, plan = await shop.customer(), await shop.plan()
    await shop.checkout(ana, plan)
    return ana


async def is_under_review(shop: Shop) -> Customer:
    ana, _ = await bought(shop)
    await shop.cancel(ana.telegram_id)
    async with shop.units() as uow:
        [payment] = await uow.payments.of_customer(ana.id, 9)
        payment.raise_flag(FlagReason.CUSTOMER_MISMATCH)
        await uow.payments.save(replace(payment, recorded_at=shop.clock.now() + timedelta(hours=1)))
        await uow.commit()
    return ana


async def is_barred(shop: Shop) -> Customer:
    return await shop.customer(barred_at=shop.clock.now())


async def is_staff(shop: Shop) -> Customer:
    return await shop.customer(staff_role=StaffRole.SUPPORT)


@pytest.mark.parametrize(
    ("life", "obstacle"),
    [
        (renews, Obstacle.RENEWS),
        (has_a_page_open, Obstacle.UNPAID),
        (is_under_review, Obstacle.REVIEW),
        (is_barred, Obstacle.BARRED),
        (is_staff, Obstacle.STAFF),
    ],
)
async def test_renewal_open_checkout_review_block_or_staff_role_prevents_the_erasure(
    shop: Shop, life: Callable[[Shop], Awaitable[Customer]], obstacle: Obstacle
) -> None:
    ana, erase = await life(shop), erasing(shop)
    assert (await erase.preview(ana.telegram_id)).obstacle is obstacle
    assert (await erase(ana.telegram_id, WHY)).obstacle is obstacle
    assert await shop.jobs("core.erase_person") == []
    async with shop.units() as uow:
        assert await uow.customers.by_telegram_id(ana.telegram_id) == ana


async def test_unapplied_payment_event_prevents_the_erasure_and_is_named_by_its_key(shop: Shop) -> None:
    ana = await shop.customer()
    event = samples.event(event_key="evt-unapplied", telegram_id=ana.telegram_id)
    async with shop.units() as uow:
        await uow.inbox.add_new([samples.inbox_entry(event=event, status=InboxStatus.PARKED)])
        await uow.commit()
    prospect = await erasing(shop).preview(ana.telegram_id)
    assert (prospect.obstacle, prospect.subject) == (Obstacle.REVIEW, "EVT-UNAP")


async def test_erasure_ends_paid_access_and_waits_for_the_removal_from_the_channel(shop: Shop) -> None:
    ana, plan = await bought(shop)
    await shop.cancel(ana.telegram_id)
    erase = erasing(shop)
    prospect = await erase(ana.telegram_id, WHY)
    assert [(each.plan, each.access_end) for each in prospect.given_up] == [
        (plan.name, shop.clock.now() + timedelta(days=30))
    ]
    held = await shop.holding(ana, plan)
    assert (held.subscription.live, held.subscription.end_reason) == (False, "erased")
    assert held.subscription.access_until == shop.clock.now()
    assert await shop.jobs("core.erase_person") == [
        {"v": 1, "customer_id": str(ana.id), "why": WHY, "asked_at": "2026-03-01T12:00:00Z"}
    ]
    assert await shop.notified("expired") == []

    assert await erase.finish(ana.id, WHY) == ErasureDelay(1)
    with pytest.raises(RetryLater):
        await erase.work(ana.id, WHY, shop.clock.now())
    assert (await shop.notified("erasure_held"), await shop.alarms()) == ([], [])
    async with shop.units() as uow:
        [access] = await uow.accesses.of_customer(ana.id)
        access.apply(AccessEvent.REMOVED)
        await uow.accesses.save(access)
        channel = await uow.channels.get(access.channel_id, lock=True)
        assert channel is not None
        await uow.channels.save(
            replace(channel, status=ChannelStatus.FROZEN, delete_at=shop.clock.now() + timedelta(days=30))
        )
        await uow.commit()
    assert isinstance(await erase.finish(ana.id, WHY), ErasureResult)
    async with shop.units() as uow:
        channel = await uow.channels.get(access.channel_id)
        [line] = [line for line in await uow.audit.of_subject(str(ana.id), 9) if line.action == "person.erased"]
    assert channel is not None
    assert channel.delete_at == shop.clock.now(), "it is not kept for a return"
    assert (line.reason, line.facts) == (WHY, {})
    # A finished erasure is not repeated; a later person with the same Telegram id is a new customer.
    assert await erase.finish(ana.id, WHY) is None
    assert (await erase.preview(ana.telegram_id)).customer is None


async def test_customer_who_buys_again_is_not_erased_and_customer_and_owners_are_notified(shop: Shop) -> None:
    ana, plan = await bought(shop)
    await shop.cancel(ana.telegram_id)
    erase = erasing(shop)
    await erase(ana.telegram_id, WHY)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    for _ in range(2):
        # The operator's command and the worker's job may both reach this point.
        assert await erase.finish(ana.id, WHY) == ErasureRefusal(Obstacle.RENEWS, plan.name)
    async with shop.units() as uow:
        assert await uow.customers.by_telegram_id(ana.telegram_id) is not None
    assert await words(shop) == [("dropped", "erasure_dropped")]
    [alarm] = await shop.jobs("bot.alarm")
    assert (alarm["facts"]["telegram_id"], alarm["facts"]["reason"]) == (str(ana.telegram_id), "renews")

    await shop.cancel(ana.telegram_id)
    await erase(ana.telegram_id, WHY)
    assert await still_open(shop) == [], "asked for anew"


async def test_erased_customer_who_returns_gets_no_second_trial(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan(trial_days=7)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.start_trial(session, 7))
    await shop.cancel(ana.telegram_id)
    await erasing(shop)(ana.telegram_id, WHY)
    await out(shop, ana)
    assert isinstance(await erasing(shop).finish(ana.id, WHY), ErasureResult)

    again, other = await shop.customer(telegram_id=ana.telegram_id), await shop.plan(trial_days=7)
    await shop.checkout(again, plan)
    await shop.checkout(again, other)
    await shop.checkout(await shop.customer(), plan)
    assert [request.trial_days for request in shop.provider.requests] == [7, 0, 7, 7]
    assert TrialMarks().mark_of(ana.telegram_id, plan.id) is None, "without a key it would be as good as the number"


async def out(shop: Shop, ana: Customer) -> None:
    async with shop.units() as uow:
        [access] = await uow.accesses.of_customer(ana.id)
        access.apply(AccessEvent.REMOVED)
        await uow.accesses.save(access)
        await uow.commit()


async def test_delayed_erasure_raises_one_alarm_that_closes_once_the_customer_is_erased(shop: Shop) -> None:
    ana, _ = await bought(shop)
    await shop.cancel(ana.telegram_id)
    erase, asked = erasing(shop), shop.clock.now()
    await erase(ana.telegram_id, WHY)
    shop.clock.advance(PATIENCE)
    for _ in range(3):
        with pytest.raises(RetryLater):
            await erase.work(ana.id, WHY, asked)
    assert await words(shop) == [("waits", "erasure_waits")]
    assert await still_open(shop) == ["erasure_waits"]
    await out(shop, ana)
    await erase.work(ana.id, WHY, asked)
    assert await still_open(shop) == []


async def words(shop: Shop) -> list[tuple[str, str]]:
    """Return the fact `word` of each message to the customer about the delayed erasure (empty if the message has become
    unnecessary), each with the kind of the alarm to the owners.
    """
    said = []
    for job in await shop.notified("erasure_held"):
        async with shop.units() as uow:
            sources = Sources(uow, shop.policy, shop.clock.now())
            message = await ErasureHeldUp.load(sources, UUID(job["subject"]))
        said.append(message.word if message is not None else "")
    return list(zip(said, await shop.alarms(), strict=True))


async def still_open(shop: Shop) -> list[str]:
    async with shop.units() as uow:
        return [alarm.kind for alarm in await uow.alarms.open(9)]


async def test_records_are_pruned_after_their_retention_period(shop: Shop) -> None:
    prune = PruneRecords(shop.units, shop.clock, {Record.DIALOGUES: timedelta()})

    async def left_open(person: int) -> None:
        async with shop.units() as uow:
            await uow.dialogues.save(
                Dialogue.begin(TelegramId(person), "note", "text", shop.clock.now() - timedelta(hours=1))
            )
            await uow.commit()

    await left_open(1)
    assert await prune() == 1
    assert await prune() == 0
    await left_open(2)
    shop.clock.advance(timedelta(hours=1))
    assert await prune() == 1
