"""What strangers changed in a channel is put right by the account that owns it; a person hears of what it cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.application.access.personal_channel import have_mended
from subscriptions.application.channels.watch_bot_rights import RIGHTS, WatchBotRights
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import AlreadyTold
from subscriptions.domain.ids import AccountId, TelegramId
from subscriptions.domain.ports.channel_provisioner import AdminRights, ExportedLink, NotYetAllowed
from tests.support.purchase import BOTS, Purchase
from tests.support.refusals import refusal
from tests.support.userbot import SENDER_BOTS, SUBSCRIPTION_BOT

BOT, SENDER = BOTS[SUBSCRIPTION_BOT], BOTS[SENDER_BOTS[0]]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def purchase() -> Purchase:
    """A customer inside their channel."""
    bought = Purchase()
    await bought.begin()
    await bought.work()
    await bought.join()
    await bought.work()
    return bought


async def told(purchase: Purchase, bot: int, rights: list[str] | None) -> None:
    """The bot hears of it, and what comes of that."""
    watch = WatchBotRights(purchase.units, purchase.door)
    await watch(purchase.made.chat_id, TelegramId(bot), rights, NOW)
    await purchase.work()


async def open_alarms(purchase: Purchase) -> list[str]:
    async with purchase.units() as uow:
        return [alarm.kind for alarm in await uow.alarms.open(9)]


@pytest.mark.parametrize("bot", [BOT, SENDER])
async def test_a_bot_that_was_put_out_is_appointed_again(purchase: Purchase, bot: int) -> None:
    before = dict(purchase.made.admins)
    del purchase.made.admins[bot]
    await told(purchase, bot, None)
    assert purchase.made.admins == before
    assert purchase.alarms() == []
    assert len(purchase.memory.jobs_named(jobs.DeliverMissed.name)) == 1


@pytest.mark.parametrize("bot", [BOT, SENDER])
async def test_a_bot_that_lost_a_right_has_it_back(purchase: Purchase, bot: int) -> None:
    before = dict(purchase.made.admins)
    purchase.made.admins[bot] = AdminRights(edit=True)
    await told(purchase, bot, [])
    assert (purchase.made.admins, purchase.alarms()) == (before, [])


async def test_given_back_by_somebody_else_what_was_refused_meanwhile_is_still_sent(purchase: Purchase) -> None:
    await told(purchase, SENDER, None)
    assert not purchase.memory.rows("audit_log")
    assert len(purchase.memory.jobs_named(jobs.DeliverMissed.name)) == 1


async def test_what_no_update_told_of_is_seen_by_the_count(purchase: Purchase) -> None:
    before = dict(purchase.made.admins)
    purchase.made.admins.clear()
    purchase.pass_time(hours=1)
    await purchase.userbot.count_heads(AccountId(1))
    await purchase.work()
    assert (purchase.made.admins, purchase.alarms()) == (before, [])


async def test_name_and_protection_are_given_back_within_a_day(purchase: Purchase) -> None:
    title = purchase.made.title
    purchase.made.title, purchase.made.protected = "Robado", False
    for _ in range(24):
        purchase.pass_time(hours=1)
        await purchase.userbot.count_heads(AccountId(1))
        await purchase.work()
    assert (purchase.made.title, purchase.made.protected) == (title, True)


async def test_an_hour_in_which_nobody_looked_is_made_up_for(purchase: Purchase) -> None:
    """The process is away for some hours of every day: whichever they are, each day ends with a look."""
    title = purchase.made.title
    for _ in range(2):
        purchase.made.title, purchase.made.protected = "Robado", False
        purchase.pass_time(hours=24)
        await purchase.userbot.count_heads(AccountId(1))
        await purchase.work()
        assert (purchase.made.title, purchase.made.protected) == (title, True)


async def test_where_all_is_well_nothing_is_asked_of_telegram(purchase: Purchase) -> None:
    for _ in range(25):
        purchase.pass_time(hours=1)
        await purchase.userbot.count_heads(AccountId(1))
        await purchase.work()
    assert [purchase.asked(each) for each in ("EditAdmin", "ToggleNoForwards", "EditTitle")] == [3, 1, 0]
    assert not purchase.memory.jobs_named(jobs.DeliverMissed.name)


async def test_what_the_account_may_not_do_a_person_hears_of_until_it_is_right(purchase: Purchase) -> None:
    del purchase.made.admins[SENDER]
    purchase.trouble("EditAdmin", "before", refusal("EditAdmin", "FRESH_CHANGE_ADMINS_FORBIDDEN"))
    with pytest.raises(NotYetAllowed):
        await told(purchase, SENDER, None)
    assert await open_alarms(purchase) == ["bot_put_out"]
    purchase.pass_time(hours=1)
    await purchase.userbot.count_heads(AccountId(1))
    await purchase.work()
    assert SENDER in purchase.made.admins
    assert await open_alarms(purchase) == []


async def test_a_dead_account_can_mend_nothing(purchase: Purchase) -> None:
    account = await purchase.account(1)
    account.status = AccountStatus.DEAD
    await purchase.save(account)
    with pytest.raises(AlreadyTold):
        await told(purchase, BOT, None)
    assert await open_alarms(purchase) == ["bot_put_out"]


@pytest.mark.parametrize("bot", [BOT, SENDER])
async def test_rights_as_they_should_be_lead_to_nothing(purchase: Purchase, bot: int) -> None:
    calls = len(purchase.telegram.calls)
    await told(purchase, bot, [name for names in RIGHTS.values() for name in names])
    assert len(purchase.telegram.calls) == calls


async def test_somebody_elses_bot_is_none_of_ours(purchase: Purchase) -> None:
    calls = len(purchase.telegram.calls)
    await told(purchase, 999, None)
    assert len(purchase.telegram.calls) == calls


async def test_whom_the_owner_made_an_admin_is_left_in_peace(purchase: Purchase) -> None:
    purchase.made.admins[4711] = AdminRights(post=True)
    purchase.made.admins.pop(SENDER)
    await told(purchase, SENDER, None)
    assert purchase.made.admins[4711] == AdminRights(post=True)


@pytest.mark.parametrize("inside", [True, False])
async def test_a_link_that_nobody_should_have_is_found_within_a_day_and_revoked(inside: bool) -> None:
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
        await purchase.userbot.count_heads(AccountId(1))
        await purchase.work()
    assert [link for link in purchase.made.links if not link.is_revoked] == before
    assert len(before) == (0 if inside else 1)


async def test_what_was_put_right_is_on_record(purchase: Purchase) -> None:
    del purchase.made.admins[SENDER]
    purchase.made.protected = False
    await told(purchase, SENDER, None)
    lines = [(line.action, line.reason) for line in purchase.memory.rows("audit_log")]
    assert lines == [("channel.mended", f"@{SENDER_BOTS[0]}, protection")]


async def test_a_bot_taken_out_of_the_settings_is_missed_by_nobody(purchase: Purchase) -> None:
    """The bot's process began anew, and named the others alone."""
    async with purchase.units() as uow:
        for bot in await uow.accounts.bots():
            if bot.telegram_id != SENDER:
                bot.updated_at += timedelta(days=1)
                await uow.accounts.save_bot(bot)
        await uow.commit()
    del purchase.made.admins[SENDER]
    await told(purchase, SENDER, None)
    purchase.pass_time(hours=1)
    await purchase.userbot.count_heads(AccountId(1))
    await purchase.work()
    assert (SENDER in purchase.made.admins, purchase.alarms()) == (False, [])


async def test_only_a_channel_that_an_account_of_ours_owns_is_looked_at_by_one(purchase: Purchase) -> None:
    channel, given = await purchase.channel(), await purchase.channel()
    given.account_id = None
    before = len(purchase.memory.jobs)
    async with purchase.units() as uow:
        assert (await have_mended(uow, channel), await have_mended(uow, given)) == (True, False)
        await uow.commit()
    (asked,) = purchase.memory.jobs[before:]
    assert (asked.payload["channel_id"], asked.payload["mend"]) == (str(channel.id), True)
