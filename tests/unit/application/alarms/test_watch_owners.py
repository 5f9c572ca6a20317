"""Check that a difference between the owners in the settings and the owners in the database is reported."""

from __future__ import annotations

from subscriptions.application.alarms.watch_owners import WatchOwners
from subscriptions.application.people.operators import OWNERS, AppointOwners
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from tests.fakes.shop import Shop


def watch(shop: Shop, *named: int) -> WatchOwners:
    return WatchOwners(shop.units, shop.clock, frozenset(TelegramId(each) for each in named))


async def open_alarms(shop: Shop) -> dict[str, dict[str, str]]:
    async with shop.units() as uow:
        return {alarm.kind: dict(alarm.facts) for alarm in await uow.alarms.open(10)}


async def test_owner_role_missing_from_the_settings_is_reported_until_the_role_is_removed(shop: Shop) -> None:
    olga, eve = await shop.customer(), await shop.customer()
    await AppointOwners(shop.units, shop.clock, frozenset({olga.telegram_id})).appoint_known()
    look = watch(shop, olga.telegram_id)
    await look()
    await look()
    assert await open_alarms(shop) == {}
    async with shop.units() as uow:
        known = await uow.customers.get(eve.id, lock=True)
        assert known is not None
        known.staff_role = StaffRole.OWNER
        await uow.customers.save(known)
        await uow.commit()
    await look()
    assert await open_alarms(shop) == {}, "processes may be restarted one after the other"
    await look()
    assert await open_alarms(shop) == {"owners_differ": {"unnamed": str(eve.telegram_id)}}
    await AppointOwners(shop.units, shop.clock, frozenset({olga.telegram_id})).appoint_known()
    await look()
    assert await open_alarms(shop) == {}


async def test_stored_owner_list_with_an_owner_missing_from_the_settings_is_reported(shop: Shop) -> None:
    olga = await shop.customer()
    await AppointOwners(shop.units, shop.clock, frozenset({olga.telegram_id})).appoint_known()
    async with shop.units() as uow:
        await uow.variables.set(OWNERS, frozenset({olga.telegram_id, 666}))
        await uow.commit()
    look = watch(shop, olga.telegram_id)
    await look()
    await look()
    assert await open_alarms(shop) == {"owners_differ": {"unnamed": "666"}}


async def test_owner_in_the_settings_without_the_role_is_reported(shop: Shop) -> None:
    olga = await shop.customer()
    look = watch(shop, olga.telegram_id, 5)
    await look()
    await look()
    assert await open_alarms(shop) == {"owners_differ": {"unappointed": str(olga.telegram_id)}}


async def test_worker_without_the_owner_setting_uses_the_owners_stored_by_the_bot(shop: Shop) -> None:
    olga = await shop.customer()
    await AppointOwners(shop.units, shop.clock, frozenset({olga.telegram_id})).appoint_known()
    look = watch(shop)
    await look()
    await look()
    assert await open_alarms(shop) == {}
