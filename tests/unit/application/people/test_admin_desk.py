"""Staff: grant and removal of roles, refused commands, dialogues in the panel, owner alerts, and monthly figures."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from subscriptions.application.alarms.alarms import SeeAlarms
from subscriptions.application.messages.announce import Announce
from subscriptions.application.people.keep_dialogues import KeepDialogues
from subscriptions.application.people.operators import AppointOwners
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.views.see_month import KEPT_FOR, SeeMonth
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.backup_admin import BackupAdmin
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.dialogue import LIFETIME
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.ids import ChannelId, TelegramId, new_uuid
from subscriptions.domain.services.staff_policy import StaffAction
from tests.fakes import samples
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff
from tests.fakes.telegram import MemoryNotifier


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


@pytest.fixture
def desk(shop: Shop) -> StaffDesk:
    return StaffDesk(shop.units, shop.clock)


async def role_of(shop: Shop, who: Customer) -> StaffRole | None:
    async with shop.units() as uow:
        found = await uow.customers.get(who.id)
    assert found is not None
    return found.staff_role


async def test_only_owners_grant_roles_and_never_the_owner_role(shop: Shop) -> None:
    act = Staff(shop)
    olga, marta, ana = [await shop.customer(staff_role=role) for role in (StaffRole.OWNER, StaffRole.MANAGER, None)]
    with pytest.raises(NotAllowed):
        await act(marta.telegram_id, "role", ana.id, role="support")
    await act(olga.telegram_id, "role", ana.id, role="support")
    assert await role_of(shop, ana) is StaffRole.SUPPORT
    with pytest.raises(InputsRefused):
        await act(olga.telegram_id, "role", ana.id, role="owner")
    with pytest.raises(InputsRefused) as refused:
        await act(olga.telegram_id, "role", olga.id, role="none")
    assert {name: wrong.key for name, wrong in refused.value.errors.items()} == {"role": "owner_is_set"}
    with pytest.raises(NothingToDo):
        await act(olga.telegram_id, "role", new_uuid(), role="support")
    async with shop.units() as uow:
        assert {person.id for person in await uow.customers.staff()} == {olga.id, marta.id, ana.id}


async def test_removal_of_a_role_is_recorded(shop: Shop) -> None:
    olga, marta = await shop.customer(staff_role=StaffRole.OWNER), await shop.customer(staff_role=StaffRole.MANAGER)
    act = Staff(shop)
    await act(olga.telegram_id, "role", marta.id, role="support", reason="menos trabajo")
    await act(olga.telegram_id, "role", marta.id, role="none")

    lines = [(line.action, line.facts, line.reason) for line in shop.memory.rows("audit_log")]
    assert lines == [
        ("staff.role_given", {"from": "manager", "to": "support"}, "menos trabajo"),
        ("staff.role_taken", {"from": "support", "to": "-"}, ""),
    ]


async def test_loss_of_the_staff_role_ends_the_panel_dialogue(shop: Shop) -> None:
    keep = KeepDialogues(shop.units, shop.clock)
    olga, marta = await shop.customer(staff_role=StaffRole.OWNER), await shop.customer(staff_role=StaffRole.MANAGER)
    await keep.begin(marta.telegram_id, "plan_new", "name")
    await Staff(shop)(olga.telegram_id, "role", marta.id, role="none")
    assert await keep.get_dialogue(marta.telegram_id) is None


async def test_owner_removed_from_the_settings_loses_the_role(shop: Shop) -> None:
    olga, rosa = await shop.customer(), await shop.customer()
    await AppointOwners(shop.units, shop.clock, frozenset({olga.telegram_id, rosa.telegram_id})).appoint_known()
    await AppointOwners(shop.units, shop.clock, frozenset({olga.telegram_id})).appoint_known()
    assert await role_of(shop, olga) is StaffRole.OWNER
    assert await role_of(shop, rosa) is None
    actions = [line.action for line in shop.memory.rows("audit_log")]
    assert actions == ["staff.appointed", "staff.appointed", "staff.dismissed"]


async def test_refused_staff_command_is_written_to_the_audit_log(shop: Shop, desk: StaffDesk) -> None:
    ana = await shop.customer()
    for who in (ana.telegram_id, TelegramId(1)):
        with pytest.raises(NotAllowed):
            await desk.check(who, StaffAction.SEE_NUMBERS)
    lines = shop.memory.rows("audit_log")
    assert [(line.actor, line.action, line.subject) for line in lines] == [
        (str(ana.telegram_id), "staff.refused", "numbers.see"),
        ("1", "staff.refused", "numbers.see"),
    ]


async def test_end_of_an_older_panel_dialogue_does_not_end_the_current_dialogue(shop: Shop) -> None:
    keep, marta = KeepDialogues(shop.units, shop.clock), TelegramId(7)
    first = await keep.begin(marta, "plan_new", "name")
    second = await keep.begin(marta, "team", "who")
    await keep.end(first)
    found = await keep.get_dialogue(marta)
    assert found is not None
    assert found.id == second.id
    assert await keep.asked_in(marta, 10) is None
    assert await keep.asked_in(marta, 11) == 10
    await keep.end(second)
    assert await keep.get_dialogue(marta) is None
    await keep.begin(marta, "team", "who")
    shop.clock.advance(LIFETIME)
    assert await keep.get_dialogue(marta) is None


async def test_alarm_remains_open_until_staff_close_the_alarm(shop: Shop, desk: StaffDesk) -> None:
    see = SeeAlarms(shop.units, shop.clock, desk, shop.gateways)
    marta = await shop.customer(staff_role=StaffRole.MANAGER)
    announce = Announce(shop.units, MemoryNotifier(), shop.clock, shop.policy, shop.gateways)
    for _ in range(2):
        await announce.alarm("overpaid:1", "overpaid", {"accounts": "2"}, frozenset())
    assert await see.count() == 1
    (alarm,) = await see.open(marta.telegram_id)
    act, settle = Staff(shop), "settle_alarm"
    assert (await act(marta.telegram_id, settle, alarm.id)).name == "settled"
    with pytest.raises(NothingToDo):
        await act(marta.telegram_id, settle, alarm.id)
    assert await see.open(marta.telegram_id) == []
    support = await shop.customer(staff_role=StaffRole.SUPPORT)
    with pytest.raises(NotAllowed):
        await act(support.telegram_id, settle, alarm.id)


async def test_customer_without_a_role_sees_no_alarm(shop: Shop, desk: StaffDesk) -> None:
    announce = Announce(shop.units, MemoryNotifier(), shop.clock, shop.policy, shop.gateways)
    await announce.alarm("overpaid:1", "overpaid", {"accounts": "2"}, frozenset())
    marta, ana = await shop.customer(staff_role=StaffRole.MANAGER), await shop.customer()
    see = SeeAlarms(shop.units, shop.clock, desk, shop.gateways)
    (alarm,) = await see.open(marta.telegram_id)
    assert await see.get(marta.telegram_id, alarm.id) == alarm
    for stranger in (ana.telegram_id, TelegramId(5)):
        for look in (see.open(stranger), see.get(stranger, alarm.id)):
            with pytest.raises(NotAllowed):
                await look


async def test_alarm_about_missing_access_closes_when_access_is_active(shop: Shop, desk: StaffDesk) -> None:
    see, marta = (
        SeeAlarms(shop.units, shop.clock, desk, shop.gateways),
        await shop.customer(staff_role=StaffRole.SUPPORT),
    )
    access = Access.request(marta.id, ChannelId(new_uuid()), shop.clock.now())
    async with shop.units() as uow:
        await uow.accesses.save(access)
        await uow.commit()
    announce = Announce(shop.units, MemoryNotifier(), shop.clock, shop.policy, shop.gateways)
    await announce.alarm("x", "paid_without_access", {"access": str(access.id)}, frozenset())
    assert len(await see.open(marta.telegram_id)) == 1
    access.status = AccessStatus.ACTIVE
    async with shop.units() as uow:
        await uow.accesses.save(access)
        await uow.commit()
    assert await see.open(marta.telegram_id) == []
    assert await see.count() == 0


async def test_database_alarm_closes_an_hour_after_its_last_repetition(shop: Shop, desk: StaffDesk) -> None:
    see, marta = (
        SeeAlarms(shop.units, shop.clock, desk, shop.gateways),
        await shop.customer(staff_role=StaffRole.SUPPORT),
    )
    announce = Announce(shop.units, MemoryNotifier(), shop.clock, shop.policy, shop.gateways)
    await announce.alarm("database_disk_full:1", "database_disk_full", {}, frozenset())
    shop.clock.advance(timedelta(minutes=59))
    assert len(await see.open(marta.telegram_id)) == 1
    shop.clock.advance(timedelta(minutes=1))
    assert await see.open(marta.telegram_id) == []


async def test_access_repair_by_a_manager_is_audited_and_by_support_is_refused(shop: Shop, desk: StaffDesk) -> None:
    staff = Staff(shop)
    marta, support = [await shop.customer(staff_role=role) for role in (StaffRole.MANAGER, StaffRole.SUPPORT)]
    access = Access.request(support.id, ChannelId(new_uuid()), shop.clock.now())
    async with shop.units() as uow:
        await uow.accesses.save(access)
        await uow.commit()
    with pytest.raises(NotAllowed):
        await staff(support.telegram_id, "repair_access", access.id)
    assert (await staff(marta.telegram_id, "repair_access", access.id)).name == "repaired"
    with pytest.raises(NothingToDo):
        await staff(marta.telegram_id, "repair_access", UUID(int=1))
    assert [line.action for line in shop.memory.rows("audit_log")] == ["staff.refused", "alarm.repair"]


async def test_repair_reports_why_access_cannot_be_repaired(shop: Shop, desk: StaffDesk) -> None:
    marta = await shop.customer(staff_role=StaffRole.MANAGER)
    ana, plan, now = await shop.customer(), await shop.plan(), shop.clock.now()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    (access,), (channel,) = held.accesses, held.channels

    async def press() -> str:
        async with shop.units() as uow:
            await uow.channels.save(channel)
            await uow.commit()
        return (await Staff(shop)(marta.telegram_id, "repair_access", access.id)).name

    assert await press() == "no_account"
    lost, heir = samples.account(status=AccountStatus.DEAD), samples.account()
    async with shop.units() as uow:
        for account in (lost, heir):
            await uow.accounts.add_if_new(account)
        await uow.commit()
    assert await press() == "repaired"
    channel.account_id, channel.status, channel.ready_at = lost.id, ChannelStatus.READY, now
    assert await press() == "account_lost"
    channel.adopted_at, channel.status = now, ChannelStatus.CREATED
    assert await press() == "repaired", "one from stock that nobody entered is made anew"
    channel.adopted_at, channel.status = None, ChannelStatus.READY
    async with shop.units() as uow:
        await uow.backup_admins.save(
            BackupAdmin(channel_id=channel.id, account_id=heir.id, link=None, chosen_at=now, promoted_at=now)
        )
        await uow.commit()
    assert await press() == "repaired", "its backup admin takes it over"


async def test_monthly_figures_are_visible_to_managers_only(shop: Shop, desk: StaffDesk) -> None:
    see = SeeMonth(shop.units, shop.clock, desk)
    support = await shop.customer(staff_role=StaffRole.SUPPORT)
    marta = await shop.customer(staff_role=StaffRole.MANAGER)
    with pytest.raises(NotAllowed):
        await see(support.telegram_id, ZoneInfo("UTC"))
    found = await see(marta.telegram_id, ZoneInfo("UTC"))
    assert (found.active, found.revenue, len(found.days)) == (0, (), 30)
    assert found.days[-1].day + timedelta(days=1) > shop.clock.now()


async def test_monthly_figures_of_a_large_business_are_at_most_a_minute_old(shop: Shop, desk: StaffDesk) -> None:
    see, zone = SeeMonth(shop.units, shop.clock, desk, large=0), ZoneInfo("UTC")
    fresh = SeeMonth(shop.units, shop.clock, desk)
    marta = (await shop.customer(staff_role=StaffRole.MANAGER)).telegram_id
    support = (await shop.customer(staff_role=StaffRole.SUPPORT)).telegram_id
    assert (await see(marta, zone)).active == 0
    _, session = await shop.checkout(await shop.customer(), await shop.plan())
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(KEPT_FOR / 2)
    assert [(await each(marta, zone)).active for each in (see, fresh)] == [0, 1]
    with pytest.raises(NotAllowed):
        await see(support, zone)
    shop.clock.advance(KEPT_FOR / 2)
    assert (await see(marta, zone)).active == 1


async def test_monthly_figures_calculated_in_advance_are_shown_on_the_next_request(shop: Shop, desk: StaffDesk) -> None:
    see, zone = SeeMonth(shop.units, shop.clock, desk, large=0), ZoneInfo("UTC")
    marta = (await shop.customer(staff_role=StaffRole.MANAGER)).telegram_id
    await see.expect(zone)
    _, session = await shop.checkout(await shop.customer(), await shop.plan())
    await shop.deliver(*shop.provider.pay(session))
    assert (await see(marta, zone)).active == 0
    shop.clock.advance(KEPT_FOR)
    await see.expect(zone)
    assert (await see(marta, zone)).active == 1
