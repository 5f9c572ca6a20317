"""Report about differences between the records and Telegram: repaired differences, open differences, and guests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.application.channels.replace_channel import SURE_AFTER
from subscriptions.application.reconciliation.reconcile_channels import ReconcileChannels
from subscriptions.application.reconciliation.sources import Scope
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.difference import Difference
from subscriptions.domain.entities.resource import GROUP, EntryPolicy, Resource
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.ids import AccountId, ChatId, TelegramId
from tests.fakes.samples import NOON
from tests.support.purchase import BOTS, Purchase
from tests.support.userbot import SENDER_BOTS


@pytest.fixture
async def purchase() -> Purchase:
    """Return a purchase whose customer is a member of the channel."""
    bought = Purchase()
    await bought.begin()
    await bought.work()
    await bought.join()
    await bought.work()
    return bought


def scope(
    purchase: Purchase, customer: TelegramId | None = None, provider: str | None = None, *, dry_run: bool = False
) -> Scope:
    since = purchase.clock.now() - timedelta(days=7)
    return Scope(start=since, customer=customer, provider=provider, dry_run=dry_run)


async def look(purchase: Purchase) -> None:
    purchase.pass_time(hours=1)
    await purchase.userbot.audit_members(AccountId(1))
    await purchase.work()


async def kinds(purchase: Purchase, **more: Any) -> list[tuple[str, str | None, str | None]]:
    found = await ReconcileChannels(purchase.units, purchase.clock)(scope(purchase, **more))
    return [(each.kind, each.done, each.decide) for each in found]


async def test_channels_without_differences_are_not_listed(purchase: Purchase) -> None:
    await look(purchase)
    assert await kinds(purchase) == []
    assert await kinds(purchase, customer=purchase.buyer.telegram_id) == []


async def test_channel_unchecked_for_a_day_is_listed_as_a_difference(purchase: Purchase) -> None:
    await look(purchase)
    purchase.pass_time(hours=26)
    unseen = [("channels_unlooked", None, "see_accounts")]
    assert await kinds(purchase) == unseen
    assert await kinds(purchase, customer=purchase.buyer.telegram_id) == []
    await look(purchase)
    assert await kinds(purchase) == []


async def counted(purchase: Purchase) -> int:
    purchase.pass_time(days=1)
    await purchase.userbot.audit_members(AccountId(1))
    await purchase.userbot.count_channels(AccountId(1))
    async with purchase.units() as uow:
        account = await uow.accounts.get(AccountId(1))
    assert account is not None
    return account.channels_used


async def test_daily_count_of_an_accounts_channels_includes_channels_unknown_to_the_records(purchase: Purchase) -> None:
    assert await counted(purchase) == 1
    assert await kinds(purchase) == []
    telegram, made = purchase.telegram, purchase.made
    strangers = [replace(made, chat_id=ChatId(made.chat_id - number), links=[]) for number in (1, 2)]
    telegram.channels += strangers
    assert await counted(purchase) == 3
    (found,) = await ReconcileChannels(purchase.units, purchase.clock)(scope(purchase))
    assert (found.kind, found.done) == ("account_room", "counted_anew")
    assert found.subject.endswith("1 → 3")
    telegram.channels.remove(strangers[0])
    assert not await purchase.userbot.count_channels(AccountId(1)), "counted a moment ago"
    assert await counted(purchase) == 2
    assert await counted(purchase) == 2
    assert len(await kinds(purchase)) == 1


async def test_unknown_channel_found_by_the_first_count_is_included_from_the_second_count(purchase: Purchase) -> None:
    purchase.telegram.channels.append(replace(purchase.made, chat_id=ChatId(purchase.made.chat_id - 1), links=[]))
    assert await counted(purchase) == 1
    assert await counted(purchase) == 2


async def test_account_marked_full_becomes_active_when_fewer_channels_are_counted(purchase: Purchase) -> None:
    await counted(purchase)
    async with purchase.units() as uow:
        account = await uow.accounts.get(AccountId(1), lock=True)
        assert account is not None
        account.channels_used = 7
        account.change_status(AccountStatus.FULL, "CHANNELS_TOO_MUCH", purchase.clock.now())
        await uow.accounts.save(account)
        await uow.commit()
    assert await counted(purchase) == 1
    async with purchase.units() as uow:
        account = await uow.accounts.get(AccountId(1))
    assert account is not None
    assert account.is_active


async def test_deleted_channel_still_listed_by_telegram_is_not_counted(purchase: Purchase) -> None:
    await counted(purchase)
    async with purchase.units() as uow:
        found = await uow.channels.by_chat_id(purchase.made.chat_id)
        channel = await uow.channels.get(found.id, lock=True) if found is not None else None
        account = await uow.accounts.get(AccountId(1), lock=True)
        assert channel is not None
        assert account is not None
        channel.mark_deleted()
        channel.mark_gone()
        account.channel_deleted()
        await uow.channels.save(channel)
        await uow.accounts.save(account)
        await uow.commit()
    assert await counted(purchase) == 0


async def test_channel_count_is_skipped_while_a_channel_is_created(purchase: Purchase) -> None:
    await counted(purchase)
    purchase.telegram.channels.append(replace(purchase.made, chat_id=ChatId(purchase.made.chat_id - 1), links=[]))
    async with purchase.units() as uow:
        precreated = Channel.plan_precreated("ChannelPool", purchase.clock.now())
        precreated.assign(AccountId(1))
        await uow.channels.add_if_new(precreated)
        await uow.commit()
    assert await counted(purchase) == 1


async def test_repaired_and_lost_channels_are_listed_in_full_reports_and_for_their_customer(purchase: Purchase) -> None:
    del purchase.made.admins[BOTS[SENDER_BOTS[0]]]
    await look(purchase)
    purchase.telegram.channels.clear()
    await look(purchase)
    purchase.clock.advance(SURE_AFTER)
    await purchase.work()
    healed = [("channel_lost", "given_up", None), ("channel_changed", "put_right", None)]
    assert await kinds(purchase, dry_run=True) == healed
    assert await kinds(purchase) == healed
    assert await kinds(purchase) == []
    assert await kinds(purchase, customer=purchase.buyer.telegram_id) == healed
    assert await kinds(purchase, customer=TelegramId(1)) == []
    assert await kinds(purchase, provider="stripe") == []


async def test_channel_that_only_staff_can_repair_stays_listed(purchase: Purchase) -> None:
    purchase.telegram.outside.add(AccountId(1))
    await look(purchase)
    assert await kinds(purchase) == [("channel_out_of_reach", None, "see_alarm")]
    assert await kinds(purchase, customer=purchase.buyer.telegram_id) == [("channel_out_of_reach", None, "see_alarm")]
    purchase.telegram.outside.clear()
    await purchase.userbot.tend(AccountId(1), (await purchase.channel()).id, mend=True)
    assert await kinds(purchase) == []


@pytest.mark.parametrize("dry_run", [True, False])
async def test_reconciling_a_customer_checks_their_channel_at_once(purchase: Purchase, dry_run: bool) -> None:
    await kinds(purchase, customer=purchase.buyer.telegram_id, dry_run=dry_run)
    assert [job.payload["mend"] for job in purchase.memory.jobs_named("userbot.acc.1")].count(True) == (not dry_run)


async def test_members_without_entitlement_are_listed_as_guests_and_not_removed(purchase: Purchase) -> None:
    async with purchase.units() as uow:
        resource = Resource.add("talk", GROUP, "Talk", EntryPolicy.REQUEST, NOON)
        channel = Channel.for_resource(resource, ChatId(-1008), "Talk", NOON)
        assert await uow.resources.add_if_new(resource)
        assert await uow.channels.add_if_new(channel)
        for person in (9, 10):
            await uow.resources.note_guest(channel.id, TelegramId(person), NOON)
        await uow.commit()
    found = await ReconcileChannels(purchase.units, purchase.clock)(scope(purchase))
    assert found == [
        Difference(kind="guest", subject=f"Talk · {each}", cause="let_in_by_hand", done="left_in_peace")
        for each in (9, 10)
    ]
