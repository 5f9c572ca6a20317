"""Accounts restricted by Telegram: another account takes over, the owner is alerted, and the restricted account is
retried.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from subscriptions.application.accounts.manage_pool import AccountTerms, admit
from subscriptions.application.accounts.watch_pool import WatchPool
from subscriptions.application.dto.jobs import RaiseAlarm
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure.jobs.queue import decode
from tests.integration.userbot.conftest import Office


async def alarms(office: Office) -> list[str]:
    """Return the kinds of the queued alarms."""
    async with office.engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT payload FROM pgqueuer WHERE entrypoint = :name ORDER BY id"), {"name": RaiseAlarm.name}
        )
        return [str(decode(payload)["kind"]) for payload in rows.scalars()]


async def test_channel_refused_to_a_restricted_account_is_created_by_another_account(office: Office) -> None:
    await office.open(accounts=2)
    watch = WatchPool(office.units, office.clock)
    office.accounts.fault("restricted", "CreateChannel")
    _, first = await office.customer()
    await office.work()
    assert ((await office.stored(first)).account_id, (await office.account(1)).status) == (2, AccountStatus.RESTRICTED)
    assert await alarms(office) == ["account_restricted"]

    await watch()
    assert (await office.account(1)).status is AccountStatus.RESTRICTED
    office.world.clock.advance(timedelta(hours=1))
    await watch()
    tried = await office.account(1)
    assert (tried.status, tried.setbacks) == (AccountStatus.ACTIVE, 1)

    async with office.units() as uow:
        other = await office.account(2)
        other.channel_cap = other.channels_used
        await uow.accounts.save(other)
        await uow.commit()
    _, second = await office.customer("Berta")
    await office.work()
    await office.assert_served(second)
    assert ((await office.stored(second)).account_id, (await office.account(1)).setbacks) == (1, 0)


async def test_new_channel_is_created_by_another_account_if_the_first_account_is_full(office: Office) -> None:
    await office.open(accounts=2)
    office.accounts.fault("channels_too_much", "CreateChannel")
    _, channel = await office.customer()
    await office.work()

    full = await office.account(1)
    assert ((await office.stored(channel)).account_id, full.status) == (2, AccountStatus.FULL)
    assert (full.channels_used, full.status_reason) == (0, "ChannelsTooMuchError")
    assert await alarms(office) == ["account_full"]


async def test_logged_out_account_waits_for_a_login(office: Office) -> None:
    await office.open(accounts=2)
    office.accounts.fault("auth_lost", "CreateChannel")
    _, channel = await office.customer()
    await office.work()

    dead = await office.account(1)
    assert ((await office.stored(channel)).account_id, dead.status) == (2, AccountStatus.DEAD)
    assert (dead.channels_used, dead.status_reason, dead.retry_at) == (0, "AuthKeyUnregisteredError", None)
    assert await alarms(office) == ["account_logged_out"]
    office.world.clock.advance(timedelta(days=30))
    await WatchPool(office.units, office.clock)()
    assert (await office.account(1)).status is AccountStatus.DEAD


async def test_alarm_counts_the_channels_in_postgresql(office: Office) -> None:
    await office.open()
    for name in ("Ana", "Berta", "Carla"):
        await office.customer(name)
    await office.work()
    async with office.units() as uow:
        assert (await uow.channels.made_since(office.clock.now() - timedelta(days=14)))[0] == 3
        assert await uow.channels.made_since(office.clock.now() + timedelta(days=1)) == (0, None)
        account = await office.account(1)
        account.channel_cap = 4
        await uow.accounts.save(account)
        await uow.commit()

    await WatchPool(office.units, office.clock)()

    assert await alarms(office) == ["pool_share"]


async def test_waiting_sale_is_queued_once_when_accounts_are_added(office: Office) -> None:
    _, channel = await office.customer()
    with pytest.raises(RetryLater):
        await office.userbot.assign(channel.id)
    async with office.engine.begin() as connection:
        await connection.execute(text("DELETE FROM pgqueuer"))

    terms = AccountTerms(channel_cap=400, day_cap=15, pace=timedelta())
    for phone, telegram_id in (("+34600999888", 7), ("+34600999777", 8)):
        async with office.units() as uow:
            await admit(uow, phone, "sealed", telegram_id, terms, None, office.clock.now())
            await uow.commit()

    async with office.engine.connect() as connection:
        ready = await connection.execute(text("SELECT entrypoint FROM pgqueuer WHERE execute_after <= now()"))
    assert ready.scalars().all() == ["userbot.assign"]
