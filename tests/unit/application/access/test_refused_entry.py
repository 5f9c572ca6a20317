"""Check that an approval which Telegram refuses for an unknown reason is repeated soon, and that the customer and the
owners are notified.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.access.join_desk import LAST_RETRY, EntryRefused
from subscriptions.application.alarms.alarm_causes import has_entered
from subscriptions.application.alarms.alarms import new_alarm
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.resource import GROUP, SHARED_CHANNEL
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import TelegramId
from tests.unit.application.access.test_look_inside import HERE, Chat


def refuse(method: str, person: TelegramId) -> None:
    """Refuse every approval without a known reason."""
    if method == "approve":
        raise Permanent("Bad Request: INTERNAL_LOGIC_CHANGED")


@pytest.mark.parametrize("kind", [GROUP, SHARED_CHANNEL])
async def test_refused_approval_is_repeated_within_seconds_and_customer_and_owners_are_notified(kind: str) -> None:
    chat = Chat(kind)
    channel = await chat.begin()
    ana = await chat.sell(11)
    chat.telegram.channel(HERE).waiting.add(ana.telegram_id)
    chat.chat_membership.refusal = refuse

    await chat.desk.answer(HERE, ana.telegram_id, chat.chat_membership)

    assert await chat.status(ana) is AccessStatus.ACTION_REQUIRED
    (told,) = [each for each in await chat.shop.jobs("bot.announce") if each["kind"] == "action_required"]
    assert told["customer_id"] == str(ana.id)
    (raised,) = [each for each in await chat.shop.jobs("bot.alarm") if each["kind"] == EntryRefused.name]
    assert (raised["facts"]["channel"], raised["facts"]["reason"]) == ("News", "Bad Request: INTERNAL_LOGIC_CHANGED")
    (again,) = [each for each in chat.shop.memory.jobs_named(jobs.LookInside.name) if each.not_before is not None]
    assert again.not_before is not None
    assert again.not_before - chat.shop.clock.now() <= timedelta(minutes=1)
    assert chat.shop.memory.jobs_named(jobs.CheckChat.name)

    chat.chat_membership.refusal = lambda method, person: None
    await chat.look.of_customer(channel.id, ana.id)
    assert await chat.status(ana) is AccessStatus.ACTIVE
    async with chat.shop.units() as uow:
        alarm = new_alarm(raised["key"], raised["kind"], raised["facts"], chat.shop.clock.now())
        assert await has_entered(uow, alarm, chat.shop.clock.now())


async def test_repetitions_of_a_refused_approval_become_rarer_and_never_end() -> None:
    chat = Chat(GROUP)
    channel = await chat.begin()
    ana = await chat.sell(11)
    chat.telegram.channel(HERE).waiting.add(ana.telegram_id)
    chat.chat_membership.refusal = refuse
    await chat.desk.answer(HERE, ana.telegram_id, chat.chat_membership)
    (raised,) = [each for each in await chat.shop.jobs("bot.alarm") if each["kind"] == EntryRefused.name]
    async with chat.shop.units() as uow:
        await uow.alarms.add_if_new(new_alarm(raised["key"], raised["kind"], raised["facts"], chat.shop.clock.now()))
        await uow.commit()
    delays = []
    for waited in (timedelta(seconds=40), timedelta(days=2)):
        chat.shop.clock.advance(waited)
        await chat.look.of_customer(channel.id, ana.id)
        ends = [each.not_before for each in chat.shop.memory.jobs_named(jobs.LookInside.name)]
        delays.append(max(each for each in ends if each is not None) - chat.shop.clock.now())
    assert delays == [timedelta(seconds=40), LAST_RETRY]
    assert await chat.status(ana) is AccessStatus.ACTION_REQUIRED
