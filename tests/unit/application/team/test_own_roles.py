"""Custom roles: no role exceeds the permissions of the person who grants it, no owner is locked out, and every
permission check reads the same data.
"""

from __future__ import annotations

from uuid import uuid4

import pytest

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import SHELL, Caller, Program
from subscriptions.application.staff.known_permissions import permissions
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.team.open_invitation import OpenInvitation
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import Customer, OwnRole, Role, StaffRole
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.services.staff_policy import StaffAction, may, permissions_of
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

PEOPLE = "panel.open, console.open, staff.manage, customer.see"
BOOKS = "console.open, customer.see, list.export"


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


async def colleague(shop: Shop, staff: Staff, role: str, permissions: str, **more: object) -> Customer:
    """Create a staff member with a new custom role."""
    customer = await shop.customer(**more)  # type: ignore[arg-type]
    await staff(SHELL, "make_role", "", role_name=role, permissions=permissions)
    await staff(SHELL, "role", customer.telegram_id, role=role)
    return customer


async def role_of(shop: Shop, customer: Customer) -> Role | None:
    async with shop.units() as uow:
        known = await uow.customers.get(customer.id)
    assert known is not None
    return known.staff_role


async def refusal(staff: Staff, caller: Caller, name: str, subject: object, **answers: str) -> dict[str, str]:
    with pytest.raises(InputsRefused) as refused:
        await staff(caller, name, subject, **answers)
    return {field: wrong.key for field, wrong in refused.value.errors.items()}


async def test_custom_role_allows_only_its_permissions_in_commands_and_screens(
    shop: Shop,
) -> None:
    staff = Staff(shop)
    ana, eva = await colleague(shop, staff, "Contabilidad", BOOKS), await shop.customer()

    role = await role_of(shop, ana)
    assert role == OwnRole(name="Contabilidad", permissions=frozenset(BOOKS.split(", ")))
    assert [str(each) for each in permissions_of(role or StaffRole.OWNER, permissions())] == BOOKS.split(", ")
    assert (await staff.desk.check(ana.telegram_id, StaffAction.EXPORT)).id == ana.id
    with pytest.raises(NotAllowed):
        await staff.desk.check(ana.telegram_id, StaffAction.OPEN_PANEL)
    with pytest.raises(NotAllowed):
        await staff(ana.telegram_id, "note", eva.telegram_id, reason="x")


async def test_changed_permissions_of_a_role_apply_at_once(shop: Shop) -> None:
    staff = Staff(shop)
    ana = await colleague(shop, staff, "Contabilidad", BOOKS)
    await staff(SHELL, "change_role", "Contabilidad", permissions="console.open, audit.see")

    role = await role_of(shop, ana)
    assert (may(role, StaffAction.EXPORT), may(role, StaffAction.SEE_AUDIT)) == (False, True)
    line = shop.memory.rows("audit_log")[-1]
    assert (line.action, line.facts["gained"], line.facts["lost"]) == (
        "role.changed",
        "audit.see",
        "customer.see, list.export",
    )


async def test_staff_can_grant_and_change_only_roles_within_their_permissions(shop: Shop) -> None:
    staff = Staff(shop)
    rosa, ana = await colleague(shop, staff, "Personal", PEOPLE), await shop.customer()
    await staff(SHELL, "make_role", "", role_name="Contabilidad", permissions=BOOKS)
    more = "panel.open, payment.refund"

    beyond = {"permissions": "role_beyond"}
    assert await refusal(staff, rosa.telegram_id, "make_role", "", role_name="Caja", permissions=more) == beyond
    assert await refusal(staff, rosa.telegram_id, "change_role", "Personal", permissions=more) == beyond
    assert await refusal(staff, rosa.telegram_id, "change_role", "Contabilidad", permissions="panel.open") == beyond
    for role in ("manager", "Contabilidad"):
        for name, subject in (("role", ana.telegram_id), ("role", rosa.telegram_id), ("invite", "")):
            assert await refusal(staff, rosa.telegram_id, name, subject, role=role) == {"role": "role_beyond"}
    await staff(rosa.telegram_id, "role", ana.telegram_id, role="Personal")
    assert str(await role_of(shop, ana)) == "Personal"


async def test_custom_role_cannot_be_named_owner_and_the_owner_role_cannot_be_removed(shop: Shop) -> None:
    staff = Staff(shop)
    olga = await shop.customer(staff_role=StaffRole.OWNER)
    rosa = await colleague(shop, staff, "Personal", PEOPLE)
    for name in ("owner", "Owner", "none", "manager"):
        reported = await refusal(staff, SHELL, "make_role", "", role_name=name, permissions="panel.open")
        assert reported == {"role_name": "role_taken"}
    for role in ("none", "Personal"):
        reported = await refusal(staff, rosa.telegram_id, "role", str(olga.telegram_id), role=role)
        assert reported == {"role": "owner_is_set"}
    assert await role_of(shop, olga) is StaffRole.OWNER


@pytest.mark.parametrize(
    ("answers", "field", "key"),
    [
        ({"role_name": "Ventas", "permissions": "customer.see"}, "permissions", "role_doors"),
        ({"role_name": "Ventas", "permissions": "panel.open, everything"}, "permissions", "role_permissions"),
        ({"role_name": "<b>", "permissions": "panel.open"}, "role_name", "role_name"),
        ({"role_name": "contabilidad", "permissions": "panel.open"}, "role_name", "role_taken"),
    ],
)
async def test_refusal_of_an_invalid_role_names_the_field(
    shop: Shop, answers: dict[str, str], field: str, key: str
) -> None:
    staff = Staff(shop)
    await staff(SHELL, "make_role", "", role_name="Contabilidad", permissions=BOOKS)
    assert await refusal(staff, SHELL, "make_role", "", **answers) == {field: key}


async def test_removing_a_role_in_use_requires_a_replacement(shop: Shop) -> None:
    staff = Staff(shop)
    ana = await colleague(shop, staff, "Contabilidad", BOOKS, username="ana")

    with pytest.raises(InputsRefused) as refused:
        await staff(SHELL, "remove_role", "Contabilidad")
    wrong = refused.value.errors["afterwards"]
    assert (wrong.key, wrong.facts["people"]) == ("role_in_use", "@ana")
    effect = await staff.run.preview(SHELL, "remove_role", "Contabilidad", {"afterwards": "support"})
    assert effect is not None
    assert (effect.name, effect.facts) == ("people", {"people": "@ana"})
    await staff(SHELL, "remove_role", "Contabilidad", afterwards="support")
    assert await role_of(shop, ana) is StaffRole.SUPPORT
    assert [line.action for line in shop.memory.rows("audit_log")[-2:]] == ["staff.role_given", "role.removed"]


async def test_removed_role_gives_no_permissions_to_its_holders_and_invitations(shop: Shop) -> None:
    staff, invitation = Staff(shop), uuid4()
    ana, eva = await colleague(shop, staff, "Contabilidad", BOOKS), await shop.customer()
    made = await staff(SHELL, "invite", "", invitation, secret=bytes(16), role="Contabilidad")
    link = getattr(made.result, "link", "")
    await OpenInvitation(shop.units, shop.clock)(eva.telegram_id, link.partition("team_")[2])
    shop.memory.tables["own_roles"] = []

    assert permissions_of(await role_of(shop, ana) or StaffRole.OWNER, permissions()) == []
    reported = await refusal(staff, SHELL, "make_role", "", role_name="Contabilidad", permissions="panel.open")
    assert reported == {"role_name": "role_taken"}, "who still bears the name would get it"
    with pytest.raises(Exception, match="that role is gone"):
        await staff(SHELL, "confirm_invitation", invitation)


PROGRAMS_GRANT = {StaffAction.OPEN_PANEL, StaffAction.OPEN_CONSOLE, *(each for each in permissions() if each.reads)}
"""Permissions that an API client may include in a role although no ability of an API key corresponds to them."""


async def test_program_cannot_create_a_role_that_exceeds_its_abilities(shop: Shop) -> None:
    staff, program = Staff(shop), Program("crm", {Ability.MANAGE_STAFF})
    reported = await refusal(
        staff, program, "make_role", "", role_name="Caja", permissions="panel.open, payment.refund"
    )
    assert reported == {"permissions": "role_beyond"}
    await staff(program, "make_role", "", role_name="Personal", permissions="panel.open, staff.manage")


@pytest.mark.parametrize("permission", permissions())
async def test_program_grants_only_permissions_within_its_abilities(shop: Shop, permission: Permission) -> None:
    staff, names = Staff(shop), ", ".join({"console.open", permission})
    own = permission.ability
    lacking = Program("crm", (set(Ability) - {own, Ability.PLANS, Ability.CODES}) | {Ability.MANAGE_STAFF})
    if own is not Ability.MANAGE_STAFF and permission not in {StaffAction.OPEN_PANEL, StaffAction.OPEN_CONSOLE}:
        reported = await refusal(staff, lacking, "make_role", "", role_name="Caja", permissions=names)
        assert reported == {"permissions": "role_beyond"}
    everything = Program("crm", set(Ability))
    if own is None and permission not in PROGRAMS_GRANT:
        reported = await refusal(staff, everything, "make_role", "", role_name="Caja", permissions=names)
        assert reported == {"permissions": "role_beyond"}
    else:
        await staff(everything, "make_role", "", role_name="Caja", permissions=names)


async def test_role_granted_by_a_program_alerts_the_owners(shop: Shop) -> None:
    staff, program = Staff(shop), Program("crm", {Ability.MANAGE_STAFF, Ability.REFUND})
    ana = await shop.customer()
    await staff(program, "make_role", "", role_name="Caja", permissions="panel.open")
    await staff(program, "role", ana.telegram_id, role="Caja")
    await staff(program, "change_role", "Caja", permissions="panel.open, payment.refund")
    assert await shop.alarms() == ["role_granted_by_program"] * 3
    await staff(program, "role", ana.telegram_id, role="none")
    await staff(SHELL, "role", ana.telegram_id, role="Caja")
    assert await shop.alarms() == ["role_granted_by_program"] * 3


async def test_predefined_role_is_granted_without_listing_permissions(shop: Shop) -> None:
    staff, ana, eva = Staff(shop), await shop.customer(), await shop.customer()
    await staff(SHELL, "role", ana.telegram_id, role="accounting")
    await staff(SHELL, "role", eva.telegram_id, role="publishing")

    books, posts = await role_of(shop, ana), await role_of(shop, eva)
    assert [may(books, each) for each in (StaffAction.EXPORT, StaffAction.SEE_NUMBERS)] == [True, True]
    assert [may(books, each) for each in (StaffAction.REFUND_PAYMENT, StaffAction.CONFIRM_PAYMENT)] == [False, False]
    assert may(posts, StaffAction.OPEN_PANEL)
    assert [may(posts, each) for each in (StaffAction.SEE_CUSTOMERS, StaffAction.EXPORT)] == [False, False]
    # It is the shop's own role from now on.
    await staff(SHELL, "change_role", "accounting", permissions="console.open")
    await staff(SHELL, "role", eva.telegram_id, role="accounting")
    assert not may(await role_of(shop, eva), StaffAction.EXPORT)


async def test_predefined_role_is_refused_while_a_custom_role_has_its_name(shop: Shop) -> None:
    staff, ana, eva = Staff(shop), await shop.customer(), await shop.customer()
    await staff(SHELL, "role", ana.telegram_id, role="accounting")
    async with shop.units() as uow:
        await uow.own_roles.remove("accounting")
        await uow.commit()
    assert await refusal(staff, SHELL, "role", eva.telegram_id, role="accounting") == {"role": "role_taken"}


@pytest.mark.parametrize("like", ["support", "manager", "accounting", "publishing"])
async def test_role_can_be_copied_from_another_role(shop: Shop, like: str) -> None:
    staff, ana = Staff(shop), await shop.customer()
    await staff(SHELL, "make_role", "", role_name="Copia", like=like)
    await staff(SHELL, "role", ana.telegram_id, role="Copia")
    await staff(SHELL, "make_role", "", role_name="Copia de copia", like="Copia")
    copied = await role_of(shop, ana)
    await staff(SHELL, "role", ana.telegram_id, role=like)
    original = await role_of(shop, ana)
    assert original is not None
    assert copied is not None
    assert permissions_of(copied, permissions()) == permissions_of(original, permissions())


async def test_new_role_with_neither_permissions_nor_a_role_to_copy_is_refused(shop: Shop) -> None:
    assert await refusal(Staff(shop), SHELL, "make_role", "", role_name="Nada") == {"like": "role_like"}


async def test_manager_cannot_copy_a_role_that_exceeds_their_own(shop: Shop) -> None:
    staff = Staff(shop)
    ana = await colleague(shop, staff, "Personas", PEOPLE)
    assert await refusal(staff, ana.telegram_id, "make_role", "", role_name="Más", like="manager") == {
        "permissions": "role_beyond"
    }
