"""Backup admin of each channel: admitted, promoted, and in charge as soon as the first account is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from subscriptions.application.channels.share_channel import ShareChannel
from subscriptions.application.channels.take_over import TakeOver
from subscriptions.application.dto.jobs import RaiseAlarm
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import AccountId, TelegramId
from subscriptions.infrastructure.jobs.queue import decode
from tests.integration.userbot.conftest import Office

FIRST, SECOND = AccountId(1), AccountId(2)
FULL = {"can_change_info", "can_post_messages", "can_edit_messages", "can_delete_messages", "can_restrict_members"}


class Pool:
    """Two accounts that check join requests on demand."""

    def __init__(self, office: Office, owners: int = 2) -> None:
        self.office = office
        self.share = ShareChannel(office.units, office.userbot.care, office.clock, owners)
        self.take_over = TakeOver(office.units, office.clock)

    async def look(self, times: int = 3) -> None:
        for _ in range(times):
            for account in (FIRST, SECOND):
                await self.take_over(account)
                await self.share(account)

    async def lose(self, account: AccountId) -> None:
        """Ban the account at Telegram, and record that its next call failed."""
        for key in self.office.telegram.accounts.sessions(self.office.owners[account].id):
            self.office.telegram.accounts.revoke_key(key.id)
        known = await self.office.account(account)
        known.change_status(AccountStatus.DEAD, "UserDeactivatedBanError", self.office.clock.now())
        async with self.office.units() as uow:
            await uow.accounts.save(known)
            await uow.commit()


async def rights(office: Office, channel: Channel) -> set[str]:
    made = await office.made(channel)
    admin = made.admins.get(office.owners[SECOND].id)
    return set(admin.rights) if admin is not None else set()


async def used(office: Office) -> list[int]:
    return [(await office.account(number)).channels_used for number in (1, 2)]


async def test_backup_admin_is_admitted_and_promoted(office: Office) -> None:
    await office.open(accounts=2)
    _, channel = await office.customer()
    await office.work()
    pool = Pool(office)

    await pool.look()

    assert await rights(office, channel) >= {*FULL, "can_invite_users", "can_promote_members"}
    assert await used(office) == [1, 1]
    for _ in range(2):
        await office.userbot.audit_members(FIRST)
        await office.work()
    made = await office.made(channel)
    assert office.owners[SECOND].id in made.members, "nobody takes it for a stranger"
    calls = len(office.world.wire.calls())
    await pool.look()
    assert len(office.world.wire.calls()) == calls


async def test_no_backup_admin_is_added_when_disabled(office: Office) -> None:
    await office.open(accounts=2)
    _, channel = await office.customer()
    await office.work()
    await Pool(office, owners=1).look()
    assert (await rights(office, channel), await used(office)) == (set(), [1, 0])


async def test_backup_admin_serves_the_channels_once_the_first_account_is_lost(office: Office) -> None:
    await office.open(accounts=2)
    pool = Pool(office)
    _, waiting = await office.customer()
    await office.work()
    await pool.look()
    _, leaving = await office.customer("Eva")
    await office.work()
    await pool.look()
    old_link = (await office.invite(waiting)).url
    person = await _inside(office, leaving)

    await pool.lose(FIRST)
    with pytest.raises(RetryLater):
        await office.userbot.tend(FIRST, waiting.id)
    await pool.look()
    await office.work()

    assert [(await office.stored(each)).account_id for each in (waiting, leaving)] == [SECOND, SECOND]
    fresh = await office.invite(waiting)
    assert (fresh.creator, fresh.url != old_link) == ("account:2", True)
    await office.userbot.put_out(SECOND, leaving.id, person)
    assert person not in (await office.made(leaving)).members
    kinds = [alarm for alarm in await alarms(office) if alarm["kind"] == "channels_taken_over"]
    assert [alarm["facts"]["channels"] for alarm in kinds] == ["2"]
    assert len(office.telegram.channels.all()) == 2


async def test_absent_backup_admin_is_replaced_and_its_slot_released(office: Office) -> None:
    await office.open(accounts=3)
    _, channel = await office.customer()
    await office.work()
    pool = Pool(office)
    await pool.share(FIRST)
    async with office.units() as uow:
        chosen = await uow.backup_admins.find(channel.id)
    assert chosen is not None
    await pool.lose(chosen.account_id)
    office.world.clock.advance(timedelta(days=1, minutes=2))
    other = next(each for each in (SECOND, AccountId(3)) if each != chosen.account_id)
    for _ in range(2):
        for account in (FIRST, other):
            await pool.share(account)
    made = await office.made(channel)
    assert office.owners[other].id in made.admins
    assert (await office.account(chosen.account_id)).channels_used == 0


async def _inside(office: Office, channel: Channel) -> TelegramId:
    """Admit the channel's customer and advance the clock past the end of access."""
    assert channel.customer_id is not None
    async with office.units() as uow:
        customer = await uow.customers.get(channel.customer_id)
    assert customer is not None
    office.open_link(customer.telegram_id, (await office.invite(channel)).url)
    await office.userbot.scan(FIRST)
    async with office.units() as uow:
        access = await uow.accesses.find(customer.id, channel.id)
        assert access is not None
        assert access.status is AccessStatus.ACTIVE
        access.end()
        await uow.accesses.save(access)
        await uow.commit()
    return customer.telegram_id


async def alarms(office: Office) -> list[dict[str, dict[str, str]]]:
    async with office.engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT payload FROM pgqueuer WHERE entrypoint = :name"), {"name": RaiseAlarm.name}
        )
        return [dict(decode(payload)) for payload in rows.scalars()]
