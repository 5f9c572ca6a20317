"""Check that people other than the payer who join a personal channel are removed, reported and counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.dto import jobs
from subscriptions.application.people.operators import OWNERS
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.errors import ActionRequired, Permanent
from subscriptions.domain.ids import AccountId, ChatId, TelegramId
from subscriptions.domain.ports.channel_provisioner import FloodWait
from tests.fakes import samples
from tests.support.purchase import BOTS, Purchase
from tests.support.userbot import POLICY

STRANGER = TelegramId(666)
SINGLE_USE = replace(POLICY, invite_by_request=False)


@pytest.fixture
async def purchase() -> Purchase:
    """Return a purchase whose customer has an invite link."""
    bought = Purchase()
    await bought.begin()
    await bought.work()
    return bought


def live(purchase: Purchase) -> list[str]:
    return [link.url for link in purchase.telegram.live_links(purchase.made)]


def actions(purchase: Purchase) -> list[str]:
    return [line.action for line in purchase.memory.rows("audit_log")]


async def intrude(purchase: Purchase, person: TelegramId = STRANGER, *, notified: bool = True) -> None:
    """Add a person to the channel, either with or without an update from Telegram."""
    purchase.made.members.add(person)
    if notified:
        await purchase.userbot.desk.record_entry(purchase.made.chat_id, person)


async def count(purchase: Purchase) -> int:
    return await purchase.userbot.audit_members(AccountId(1))


async def test_stranger_is_removed_and_the_link_replaced(purchase: Purchase) -> None:
    (before,) = live(purchase)
    await intrude(purchase)
    await purchase.work()
    assert (purchase.made.members, purchase.made.banned) == (set(), set())
    (after,) = live(purchase)
    assert after != before
    assert actions(purchase) == ["stranger.removed"]
    assert purchase.alarms() == ["stranger_in_channel"]
    [alarm] = purchase.memory.jobs_named(jobs.RaiseAlarm.name)
    channel = await purchase.channel()
    about = {"channel": channel.title, "customer": str(channel.customer_id), "stranger": str(STRANGER)}
    assert alarm.payload["facts"] == about
    assert sorted(purchase.notified()) == ["invite_ready", "invite_ready", "stranger_removed"]


async def test_each_stranger_raises_one_alarm_a_day_and_all_share_the_job_that_replaces_the_link(
    purchase: Purchase,
) -> None:
    for person in (STRANGER, STRANGER, TelegramId(667)):
        await intrude(purchase, person)
        await purchase.work()
    alarms = {job.payload["key"] for job in purchase.memory.jobs_named(jobs.RaiseAlarm.name)}
    day = f"{purchase.clock.now():%Y-%m-%d}"
    channel = (await purchase.channel()).id
    assert alarms == {f"stranger:{channel}:{person}:{day}" for person in (STRANGER, 667)}
    links = [job.key for job in purchase.memory.jobs_named(jobs.AssignChannel.name) if job.key is not None]
    assert links == [str(channel)] * 3


async def test_link_is_not_replaced_if_the_payer_is_already_a_member_when_a_stranger_enters(purchase: Purchase) -> None:
    await purchase.join()
    await purchase.work()
    await intrude(purchase)
    await purchase.work()
    assert purchase.made.members == {purchase.buyer.telegram_id}
    assert live(purchase) == []
    assert "stranger_removed" in purchase.notified()


async def test_another_customer_who_enters_a_personal_channel_is_removed(purchase: Purchase) -> None:
    other = samples.customer()
    async with purchase.units() as uow:
        await uow.customers.add_if_new(other)
        await uow.commit()
    await intrude(purchase, other.telegram_id)
    await purchase.work()
    assert purchase.made.members == set()


async def test_former_customer_is_removed_without_a_message(purchase: Purchase) -> None:
    await purchase.join()
    await purchase.end()
    await purchase.work()
    notified = purchase.notified()
    await intrude(purchase, purchase.buyer.telegram_id)
    await purchase.work()
    assert purchase.made.members == set()
    assert (purchase.notified(), purchase.alarms()) == (notified, ["stranger_in_channel"])


@pytest.mark.parametrize("by", ["bot", "account"])
async def test_removed_customer_on_an_outdated_member_list_is_not_a_stranger(purchase: Purchase, by: str) -> None:
    """The member audit read its list before the customer's removal and processes the list afterwards."""

    def refuse(method: str, person: TelegramId) -> None:
        raise Permanent("not enough rights")

    await purchase.join()
    await purchase.end()
    await purchase.work()
    notified = purchase.notified()
    if by == "account":
        purchase.chat_membership.refusal = refuse
    await purchase.userbot.desk.record_entry(purchase.made.chat_id, purchase.buyer.telegram_id)
    await purchase.work()
    assert (purchase.notified(), purchase.alarms()) == (notified, [])
    assert "stranger.removed" not in actions(purchase)


async def test_suspended_customer_who_enters_is_removed_again(purchase: Purchase) -> None:
    await purchase.join()
    await purchase.end(suspend=True)
    await purchase.work()
    await intrude(purchase, purchase.buyer.telegram_id)
    await purchase.work()
    assert (purchase.made.members, purchase.alarms()) == (set(), [])


@pytest.mark.parametrize("who", ["staff", "owner", "bot", "account"])
async def test_staff_owners_bots_and_accounts_in_a_personal_channel_are_not_removed(
    purchase: Purchase, who: str
) -> None:
    person = samples.customer(staff_role=StaffRole.MANAGER if who == "staff" else None)
    account = await purchase.account(1)
    async with purchase.units() as uow:
        await uow.customers.add_if_new(person)
        if who == "owner":
            await uow.variables.set(OWNERS, frozenset({1, person.telegram_id}))
        if who == "account":
            account.telegram_id = person.telegram_id
            await uow.accounts.save(account)
        await uow.commit()
    inside = TelegramId(BOTS["umbral_bot"]) if who == "bot" else person.telegram_id
    await intrude(purchase, inside)
    await purchase.work()
    assert purchase.made.members == {inside}
    assert purchase.chat_membership.calls == []


async def test_admin_promoted_by_the_owner_is_not_removed_as_a_stranger(purchase: Purchase) -> None:
    purchase.made.promoted.add(STRANGER)
    purchase.made.members.add(STRANGER)
    await purchase.userbot.desk.record_entry(purchase.made.chat_id, STRANGER, is_trusted=True)
    await count(purchase)
    await purchase.work()
    assert purchase.made.members == {STRANGER}


async def test_account_removes_the_stranger_when_the_bot_cannot(purchase: Purchase) -> None:
    def refuse(method: str, person: TelegramId) -> None:
        raise Permanent("not enough rights")

    purchase.chat_membership.refusal = refuse
    await intrude(purchase)
    await purchase.work()
    assert purchase.made.members == set()
    assert actions(purchase) == ["stranger.removed"]


async def test_entry_to_an_unknown_channel_is_ignored(purchase: Purchase) -> None:
    await purchase.userbot.desk.record_entry(ChatId(-1009), STRANGER)
    await purchase.work()
    assert purchase.chat_membership.calls == []


async def test_stranger_who_joined_without_an_update_is_found_by_the_member_audit(purchase: Purchase) -> None:
    await intrude(purchase, notified=False)
    await count(purchase)
    await purchase.work()
    assert purchase.made.members == set()
    assert actions(purchase) == ["stranger.removed"]


async def test_member_audit_records_entries_and_exits(purchase: Purchase) -> None:
    purchase.made.members.add(purchase.buyer.telegram_id)
    await count(purchase)
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    purchase.made.members.clear()
    purchase.pass_time(hours=1)
    await count(purchase)
    assert (await purchase.access()).status is AccessStatus.LEFT


async def test_member_audit_runs_hourly(purchase: Purchase) -> None:
    assert [await count(purchase), await count(purchase)] == [1, 0]
    purchase.pass_time(minutes=59)
    assert await count(purchase) == 0
    purchase.pass_time(minutes=1)
    assert await count(purchase) == 1


async def test_member_audit_removes_strangers_from_frozen_channels(purchase: Purchase) -> None:
    await purchase.end()
    await purchase.work()
    await intrude(purchase, notified=False)
    await count(purchase)
    await purchase.work()
    assert purchase.made.members == set()


async def test_account_under_a_flood_wait_audits_the_members_once_the_wait_is_over(purchase: Purchase) -> None:
    purchase.trouble("GetParticipants", "before", FloodWait("GetParticipants", timedelta(minutes=5)))
    with pytest.raises(FloodWait):
        await count(purchase)
    asked = purchase.asked("GetParticipants")
    purchase.pass_time(minutes=4)
    assert await count(purchase) == 0
    assert purchase.asked("GetParticipants") == asked
    purchase.pass_time(minutes=1)
    assert await count(purchase) == 1


async def test_payer_joins_by_a_single_use_link_without_a_join_request() -> None:
    purchase = Purchase(SINGLE_USE)
    await purchase.begin()
    await purchase.work()
    (link,) = purchase.telegram.live_links(purchase.made)
    assert link.title is not None
    assert purchase.telegram.by_request[link.url] is False
    purchase.made.members.add(purchase.buyer.telegram_id)
    await purchase.userbot.scan(AccountId(1))
    await purchase.work()
    assert (await purchase.access()).status is AccessStatus.ACTIVE
    assert live(purchase) == []


async def test_changed_customer_name_changes_neither_title_nor_membership(purchase: Purchase) -> None:
    title = purchase.made.title
    await purchase.join()
    async with purchase.units() as uow:
        buyer = await uow.customers.by_telegram_id(purchase.buyer.telegram_id)
        assert buyer is not None
        buyer.username, buyer.first_name = "otro_nombre", "Otra"
        await uow.customers.save(buyer)
        await uow.commit()
    await purchase.tend()
    await count(purchase)
    await purchase.work()
    assert (purchase.made.title, purchase.made.members) == (title, {purchase.buyer.telegram_id})


@pytest.mark.parametrize("kind", ["too_many_channels", "restricted_by_telegram"])
async def test_customer_whose_join_telegram_refuses_is_notified_once_and_admitted_later(
    purchase: Purchase, kind: str
) -> None:
    person = purchase.buyer.telegram_id

    def refuse(method: str, who: TelegramId) -> None:
        if method == "approve":
            raise ActionRequired(kind)

    purchase.knock(person)
    for _ in range(3):
        purchase.chat_membership.refusal = refuse
        await purchase.userbot.desk.answer(purchase.made.chat_id, person, purchase.chat_membership)
    access = await purchase.access()
    assert (access.status, access.reason) == (AccessStatus.ACTION_REQUIRED, kind)
    assert purchase.notified().count("action_required") == 1
    purchase.chat_membership.refusal = lambda method, who: None
    await purchase.userbot.desk.answer(purchase.made.chat_id, person, purchase.chat_membership)
    assert (await purchase.access()).status is AccessStatus.ACTIVE


async def test_removals_of_one_stranger_share_one_job_key(purchase: Purchase) -> None:
    await intrude(purchase)
    await intrude(purchase)
    keys = {job.key for job in purchase.memory.jobs_named(jobs.RemoveStranger.name)}
    assert len(keys) == 1
