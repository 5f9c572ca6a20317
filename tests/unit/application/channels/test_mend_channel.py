"""Check that the owner account reverts changes that other people made in a channel, and that changes that cannot be
reverted raise an alarm.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.application.access.personal_channel import have_mended
from subscriptions.application.channels.watch_bot_rights import RIGHTS, WatchBotRights
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import AlreadyReported
from subscriptions.domain.ids import AccountId, TelegramId
from subscriptions.domain.ports.channel_provisioner import AdminRights, ExportedLink, NotYetAllowed
from tests.support.purchase import BOTS, Purchase
from tests.support.refusals import refusal
from tests.support.userbot import SENDER_BOTS, SUBSCRIPTION_BOT

BOT, SENDER = BOTS[SUBSCRIPTION_BOT], BOTS[SENDER_BOTS[0]]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def purchase() -> Purchase:
    """Return a purchase whose customer is a member of the channel."""
    bought = Purchase()
    await bought.begin()
    await bought.work()
    await bought.join()
    await bought.work()
    return bought


async def notified(purchase: Purchase, bot: int, rights: list[str] | None) -> None:
    """Report a bot's rights in the channel, as an update from Telegram does, and run the jobs that follow.

    rights: None if the bot is no longer an admin.
    """
    watch = WatchBotRights(purchase.units, purchase.chat_membership)
    await watch(purchase.made.chat_id, TelegramId(bot), rights, NOW)
    await purchase.work()


async def open_alarms(purchase: Purchase) -> list[str]:
    async with purchase.units() as uow:
        return [alarm.kind for alarm in await uow.alarms.open(9)]


@pytest.mark.parametrize("bot", [BOT, SENDER])
async def test_removed_bot_is_appointed_again(purchase: Purchase, bot: int) -> None:
    before = dict(purchase.made.admins)
    del purchase.made.admins[bot]
    await notified(purchase, bot, None)
    assert purchase.made.admins == before
    assert purchase.alarms() == []
    assert len(purchase.memory.jobs_named(jobs.DeliverMissed.name)) == 1


@pytest.mark.parametrize("bot", [BOT, SENDER])
async def test_bot_that_lost_a_right_gets_the_right_back(purchase: Purchase, bot: int) -> None:
    before = dict(purchase.made.admins)
    purchase.made.admins[bot] = AdminRights(edit=True)
    await notified(purchase, bot, [])
    assert (purchase.made.admins, purchase.alarms()) == (before, [])


async def test_promotion_of_a_bot_by_another_admin_queues_its_missed_messages(purchase: Purchase) -> None:
    await notified(purchase, SENDER, None)
    assert not purchase.memory.rows("audit_log")
    assert len(purchase.memory.jobs_named(jobs.DeliverMissed.name)) == 1


async def test_removed_bots_without_an_update_are_found_by_the_member_audit(purchase: Purchase) -> None:
    before = dict(purchase.made.admins)
    purchase.made.admins.clear()
    purchase.pass_time(hours=1)
    await purchase.userbot.audit_members(AccountId(1))
    await purchase.work()
    assert (purchase.made.admins, purchase.alarms()) == (before, [])


async def test_changed_title_and_content_protection_are_restored_within_a_day(purchase: Purchase) -> None:
    title = purchase.made.title
    purchase.made.title, purchase.made.protected = "Robado", False
    for _ in range(24):
        purchase.pass_time(hours=1)
        await purchase.userbot.audit_members(AccountId(1))
        await purchase.work()
    assert (purchase.made.title, purchase.made.protected) == (title, True)


async def test_daily_channel_check_missed_during_downtime_runs_afterwards(purchase: Purchase) -> None:
    """The process is down for some hours every day, and each day still includes a check."""
    title = purchase.made.title
    for _ in range(2):
        purchase.made.title, purchase.made.protected = "Robado", False
        purchase.pass_time(hours=24)
        await purchase.userbot.audit_members(AccountId(1))
        await purchase.work()
        assert (purchase.made.title, purchase.made.protected) == (title, True)


async def test_hourly_audit_of_an_unchanged_channel_changes_nothing_at_telegram(purchase: Purchase) -> None:
    for _ in range(25):
        purchase.pass_time(hours=1)
        await purchase.userbot.audit_members(AccountId(1))
        await purchase.work()
    assert [purchase.asked(each) for each in ("EditAdmin", "ToggleNoForwards", "EditTitle")] == [3, 1, 0]
    assert not purchase.memory.jobs_named(jobs.DeliverMissed.name)


async def test_refused_repair_raises_an_alarm_until_it_succeeds(purchase: Purchase) -> None:
    del purchase.made.admins[SENDER]
    purchase.trouble("EditAdmin", "before", refusal("EditAdmin", "FRESH_CHANGE_ADMINS_FORBIDDEN"))
    with pytest.raises(NotYetAllowed):
        await notified(purchase, SENDER, None)
    assert await open_alarms(purchase) == ["bot_put_out"]
    purchase.pass_time(hours=1)
    await purchase.userbot.audit_members(AccountId(1))
    await purchase.work()
    assert SENDER in purchase.made.admins
    assert await open_alarms(purchase) == []


async def test_unusable_account_cannot_repair_the_channel(purchase: Purchase) -> None:
    account = await purchase.account(1)
    account.status = AccountStatus.DEAD
    await purchase.save(account)
    with pytest.raises(AlreadyReported):
        await notified(purchase, BOT, None)
    assert await open_alarms(purchase) == ["bot_put_out"]


@pytest.mark.parametrize("bot", [BOT, SENDER])
async def test_update_about_a_bot_with_all_rights_causes_no_telegram_request(purchase: Purchase, bot: int) -> None:
    calls = len(purchase.telegram.calls)
    await notified(purchase, bot, [name for names in RIGHTS.values() for name in names])
    assert len(purchase.telegram.calls) == calls


async def test_update_about_an_unknown_bot_causes_no_telegram_request(purchase: Purchase) -> None:
    calls = len(purchase.telegram.calls)
    await notified(purchase, 999, None)
    assert len(purchase.telegram.calls) == calls


async def test_admin_promoted_by_the_owner_is_not_changed(purchase: Purchase) -> None:
    purchase.made.admins[4711] = AdminRights(post=True)
    purchase.made.admins.pop(SENDER)
    await notified(purchase, SENDER, None)
    assert purchase.made.admins[4711] == AdminRights(post=True)


@pytest.mark.parametrize("inside", [True, False])
async def test_invite_link_created_by_others_is_revoked_within_a_day(inside: bool) -> None:
    purchase = Purchase()
    await purchase.begin()
    await purchase.work()
    if inside:
        await purchase.join()
        await purchase.work()
    before = purchase.telegram.live_links(purchase.made)
    purchase.made.links.append(ExportedLink("https://t.me/+byhand", "by hand", None))
    for hour in range(24):
        purchase.pass_time(hours=1 if hour else 0)
        await purchase.userbot.audit_members(AccountId(1))
        await purchase.work()
    assert [link for link in purchase.made.links if not link.is_revoked] == before
    assert len(before) == (0 if inside else 1)


async def test_repair_of_a_channel_is_audited(purchase: Purchase) -> None:
    del purchase.made.admins[SENDER]
    purchase.made.protected = False
    await notified(purchase, SENDER, None)
    lines = [(line.action, line.reason) for line in purchase.memory.rows("audit_log")]
    assert lines == [("channel.mended", f"@{SENDER_BOTS[0]}, protection")]


async def test_bot_removed_from_the_settings_is_not_appointed_again(purchase: Purchase) -> None:
    """The bot's process restarted and reported only the other bots."""
    async with purchase.units() as uow:
        for bot in await uow.accounts.bots():
            if bot.telegram_id != SENDER:
                bot.updated_at += timedelta(days=1)
                await uow.accounts.save_bot(bot)
        await uow.commit()
    del purchase.made.admins[SENDER]
    await notified(purchase, SENDER, None)
    purchase.pass_time(hours=1)
    await purchase.userbot.audit_members(AccountId(1))
    await purchase.work()
    assert (SENDER in purchase.made.admins, purchase.alarms()) == (False, [])


async def test_only_channels_of_our_accounts_are_repaired(purchase: Purchase) -> None:
    channel, given = await purchase.channel(), await purchase.channel()
    given.account_id = None
    before = len(purchase.memory.jobs)
    async with purchase.units() as uow:
        assert (await have_mended(uow, channel), await have_mended(uow, given)) == (True, False)
        await uow.commit()
    (asked,) = purchase.memory.jobs[before:]
    assert (asked.payload["channel_id"], asked.payload["mend"]) == (str(channel.id), True)
