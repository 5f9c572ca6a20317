"""Staff commands for API keys: a key is shown once, to its creator, and never has more abilities than the creator."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from features.api.commands import MadeKey
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.command import SubjectGone
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.api_key import Ability, digest_of
from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.samples import NOON, customer
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

SECRET = b"what only this wish knows, and is long enough"
WISH = {"key_name": "contabilidad", "abilities": "payments, customers"}


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


async def secret_of(staff: Staff, operation: object = None, secret: bytes | None = SECRET) -> str | None:
    outcome = await staff(SHELL, "make_key", "", operation or uuid4(), secret=secret, **WISH)
    assert isinstance(outcome.result, MadeKey)
    return outcome.result.secret


async def test_key_is_stored_as_a_digest_and_shown_again_only_to_its_creator(shop: Shop) -> None:
    staff, wish = Staff(shop), uuid4()
    made = await secret_of(staff, wish)

    assert made is not None
    assert await secret_of(staff, wish) == made
    assert await secret_of(staff, wish, b"somebody else's secret, as long as that") is None
    (row,) = shop.memory.rows("api_keys")
    assert (row.digest, row.abilities) == (digest_of(made), {Ability.PAYMENTS, Ability.CUSTOMERS})
    kept = [*shop.memory.rows("staff_operations"), *shop.memory.rows("audit_log"), row]
    assert made not in repr(kept)
    (line,) = shop.memory.rows("audit_log")
    assert (line.action, line.subject, line.facts["abilities"]) == ("key.made", "contabilidad", "customers, payments")


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({**WISH, "key_name": "con espacios"}, "key_name"),
        ({**WISH, "key_name": "x" * 41}, "key_name"),
        ({**WISH, "abilities": "payments, everything"}, "abilities"),
        ({**WISH, "abilities": " , "}, "abilities"),
    ],
)
async def test_refusal_of_an_invalid_key_names_the_field(shop: Shop, answers: dict[str, str], field: str) -> None:
    with pytest.raises(InputsRefused) as refused:
        await Staff(shop)(SHELL, "make_key", "", **answers)
    assert set(refused.value.errors) == {field}
    assert shop.memory.rows("api_keys") == []


async def test_duplicate_key_name_is_refused(shop: Shop) -> None:
    staff = Staff(shop)
    await secret_of(staff)
    with pytest.raises(InputsRefused) as refused:
        await secret_of(staff, secret=b"another secret, which is as long as that")
    assert [(name, wrong.key) for name, wrong in refused.value.errors.items()] == [("key_name", "key_taken")]


async def test_api_key_cannot_create_a_key_with_abilities_beyond_its_own(shop: Shop) -> None:
    program = Program("core", {Ability.MANAGE_STAFF, Ability.PAYMENTS})
    staff = Staff(shop)
    with pytest.raises(InputsRefused) as refused:
        await staff(program, "make_key", "", **WISH)
    assert refused.value.errors["abilities"].key == "key_beyond"
    await staff(program, "make_key", "", **{**WISH, "abilities": "payments"})
    with pytest.raises(NotAllowed):
        await staff(Program("shop", {Ability.CUSTOMERS}), "revoke_key", "contabilidad")


async def test_manager_cannot_create_keys(shop: Shop) -> None:
    manager = replace(customer(), staff_role=StaffRole.MANAGER)
    async with shop.units() as uow:
        await uow.customers.save(manager)
        await uow.commit()
    with pytest.raises(NotAllowed):
        await Staff(shop)(manager.telegram_id, "make_key", "", **WISH)


async def test_key_held_for_approval_is_confirmed_once_and_a_revoked_key_is_not_found(shop: Shop) -> None:
    staff = Staff(shop)
    await secret_of(staff)
    (row,) = shop.memory.rows("api_keys")
    shop.memory.tables["api_keys"] = [replace(row, held_at=NOON)]

    reported = [(await staff(SHELL, "confirm_key", subject)).name for subject in ("contabilidad", row.id)]
    assert reported == ["confirmed", "open_already"]
    assert (await staff(SHELL, "revoke_key", row.id)).name == "revoked"
    with pytest.raises(SubjectGone):
        await staff(SHELL, "revoke_key", "contabilidad")
    assert [line.action for line in shop.memory.rows("audit_log")] == ["key.made", "key.confirmed", "key.revoked"]


async def test_api_key_cannot_exceed_its_creators_role(shop: Shop) -> None:
    staff, ana = Staff(shop), await shop.customer()
    permissions = "panel.open, program.manage, list.export, customer.note"
    await staff(SHELL, "make_role", "", role_name="Claves", permissions=permissions)
    await staff(SHELL, "role", ana.telegram_id, role="Claves")

    for ability in (Ability.MANAGE_STAFF, Ability.REFUND, Ability.CHANGE_CUSTOMERS, Ability.REPORTS):
        with pytest.raises(InputsRefused) as refused:
            await staff(ana.telegram_id, "make_key", "", key_name="k", abilities=ability)
        assert {field: wrong.key for field, wrong in refused.value.errors.items()} == {"abilities": "key_beyond"}
    outcome = await staff(ana.telegram_id, "make_key", "", secret=bytes(16), key_name="k", abilities="customers")
    assert outcome.name == "made"
