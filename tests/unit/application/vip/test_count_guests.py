"""Check that guests of the VIP channel are listed daily and not removed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.vip import count_guests
from subscriptions.application.vip.assign_vip_account import AssignVipAccount
from subscriptions.application.vip.count_guests import CountGuests
from subscriptions.domain.entities.access import AccessEvent, AccessStatus
from subscriptions.domain.ids import AccountId, TelegramId
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.fakes import samples
from tests.support.vip import VipShop

GUEST, ADMIN = TelegramId(9), TelegramId(10)


async def opened() -> tuple[VipShop, AccountId, CountGuests]:
    """Open a VIP channel with a customer, a guest, an admin, and an account that lists join requests."""
    vip = await VipShop.open()
    await vip.inside()
    account, units, clock = samples.account(), vip.shop.units, vip.shop.clock
    async with units() as uow:
        assert await uow.accounts.add_if_new(account)
        await uow.commit()
    care = AccountCare(units, vip.telegram, clock)
    vip.channel.listers.add(account.id)
    assert await AssignVipAccount(units, care, clock)(account.id)
    vip.channel.members |= {GUEST, ADMIN}
    vip.channel.promoted.add(ADMIN)
    return vip, account.id, CountGuests(units, care, vip.desk, clock)


async def named(vip: VipShop) -> list[TelegramId]:
    async with vip.shop.units() as uow:
        channel = await uow.of(VIP_KEY).channel()
        assert channel is not None
        return list(await uow.resources.guests(channel.id))


async def test_member_without_entitlement_is_listed_as_guest_and_not_removed() -> None:
    vip, account, count = await opened()
    assert (await count(account), await named(vip)) == (1, [GUEST])
    await vip.work()
    assert {GUEST, ADMIN} < vip.channel.members
    vip.channel.members.discard(GUEST)
    assert (await count(account), await named(vip)) == (0, [GUEST])
    vip.shop.clock.advance(timedelta(days=1))
    assert (await count(account), await named(vip)) == (0, [])


async def test_unassigned_or_removed_account_lists_no_guests() -> None:
    vip, account, count = await opened()
    assert await count(AccountId(99)) == 0
    vip.telegram.outside.add(account)
    assert (await count(account), await named(vip)) == (0, [])


async def test_memberships_that_changed_without_an_update_are_corrected() -> None:
    vip, account, count = await opened()
    inside, outside, ended = await vip.inside(), await vip.inside(), await vip.inside()
    newcomer = await vip.vip()
    await vip.through(newcomer)
    vip.channel.members |= {newcomer.telegram_id}
    vip.channel.members.discard(outside.telegram_id)
    gone = await vip.access_of(ended)
    gone.apply(AccessEvent.ENDED)
    async with vip.shop.units() as uow:
        held = await uow.accesses.get(gone.id, lock=True)
        assert held is not None
        await uow.accesses.save(gone)
        await uow.commit()
    vip.shop.clock.advance(timedelta(hours=1))
    await count(account)
    await vip.work()
    status = AccessStatus
    held_by = [(await vip.access_of(person)).status for person in (inside, newcomer, outside, ended)]
    assert held_by == [status.ACTIVE, status.ACTIVE, status.LEFT, status.REVOKED]
    assert {GUEST, ADMIN, inside.telegram_id, newcomer.telegram_id} <= vip.channel.members
    assert ended.telegram_id not in vip.channel.members


async def test_incomplete_member_list_does_not_mark_members_as_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(count_guests, "LISTED_WHOLE", 1)
    vip, account, count = await opened()
    person = await vip.inside()
    vip.channel.members.discard(person.telegram_id)
    vip.shop.clock.advance(timedelta(hours=1))
    await count(account)
    assert (await vip.access_of(person)).status is AccessStatus.ACTIVE
