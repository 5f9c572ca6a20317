"""Team invitations, custom roles and second factors, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.domain.entities.console_visit import ConsoleVisit
from subscriptions.domain.entities.customer import OwnRole
from subscriptions.domain.entities.second_factor import SecondFactor
from subscriptions.domain.entities.staff_invitation import StaffInvitation
from subscriptions.domain.ids import TelegramId, new_uuid
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


async def test_staff_with_a_custom_role_have_its_current_permissions_and_none_after_its_removal(
    units: Units,
) -> None:
    role = OwnRole(name="Contabilidad", permissions=frozenset({"console.open", "customer.see"}))
    ana = samples.customer(telegram_id=9, staff_role=role)
    async with units() as uow:
        assert await uow.own_roles.add_if_new(role)
        assert not await uow.own_roles.add_if_new(OwnRole(name=role.name, permissions=frozenset({"panel.open"})))
        await uow.customers.save(ana)
        assert (await uow.customers.by_telegram_id(TelegramId(9), lock=True)) == ana
        assert [each.staff_role for each in await uow.customers.staff()] == [role]
        less = OwnRole(name=role.name, permissions=frozenset({"console.open"}))
        assert await uow.own_roles.get(role.name, lock=True) == role
        await uow.own_roles.save(less)
        assert await uow.own_roles.all() == [less]
        assert getattr(await uow.customers.get(ana.id), "staff_role", None) == less
        await uow.own_roles.remove(role.name)
        assert getattr(await uow.customers.get(ana.id), "staff_role", None) == OwnRole(name=role.name)
        await uow.commit()


async def test_several_customers_are_found_by_telegram_id(units: Units) -> None:
    ana, luis = samples.customer(telegram_id=9), samples.customer(telegram_id=10)
    async with units() as uow:
        await uow.customers.save(ana)
        await uow.customers.save(luis)
        people = await uow.customers.with_telegram_ids({TelegramId(9), TelegramId(10), TelegramId(11)})
        assert {each.id for each in people} == {ana.id, luis.id}
        assert await uow.customers.with_telegram_ids(set()) == []


async def test_invitation_is_found_by_digest_until_withdrawn(units: Units) -> None:
    made = StaffInvitation(
        id=new_uuid(), digest="a" * 64, role="support", made_by="7", made_at=NOON, expires_at=NOON + timedelta(hours=1)
    )
    async with units() as uow:
        await uow.invitations.save(made)
        found = await uow.invitations.by_digest("a" * 64, lock=True)
        assert found == made
        found.open(TelegramId(9), NOON)
        await uow.invitations.save(found)
        assert await uow.invitations.get(made.id) == found
        await uow.invitations.remove(made.id)
        assert await uow.invitations.by_digest("a" * 64) is None
        await uow.commit()


async def test_mini_app_link_can_be_used_once(units: Units) -> None:
    first, later = (
        ConsoleVisit(link="signed", person=TelegramId(9), offered_at=NOON, key=key, app=True) for key in ("k", "l")
    )
    async with units() as uow:
        assert await uow.console.add_if_new(first)
        assert not await uow.console.add_if_new(later)
        assert await uow.console.by_link("signed") == first
        assert await uow.console.list_visits(TelegramId(9)) == [], "it is no visit that goes on"
        await uow.commit()


async def test_stored_second_factor_is_read_and_console_sessions_that_did_not_prove_it_are_ended(units: Units) -> None:
    person = TelegramId(9)
    factor = SecondFactor(person=person, secret="sealed", recovery=frozenset({"a", "b"}), last_step=2**40, misses=1)
    waiting = ConsoleVisit(link="w", person=person, offered_at=NOON, key="w", entered_at=NOON, proved=False)
    inside = ConsoleVisit(link="i", person=person, offered_at=NOON, key="i", entered_at=NOON)
    async with units() as uow:
        await uow.console.save_factor(factor)
        assert await uow.console.factor(person, lock=True) == factor
        factor.recovery = frozenset()
        await uow.console.save_factor(factor)
        assert await uow.console.factor(person) == factor
        await uow.console.save(waiting)
        await uow.console.save(inside)
        await uow.console.end_unproved(person)
        assert await uow.console.list_visits(person) == [inside]
        assert await uow.console.remove_factor(person)
        assert not await uow.console.remove_factor(person)
        assert await uow.console.factor(person) is None
        await uow.commit()
