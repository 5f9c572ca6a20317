"""Codes created without the code key: repeatable for the requester, unreadable in the database, and usable once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from features.tokens.commands import MadeCodes
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import Program
from subscriptions.application.staff.command import NothingToDo, SubjectGone
from subscriptions.application.staff.run_command import InputsRefused, OperationConflict
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.application.vip.code_answers import Activation, CodeRefusal
from subscriptions.application.vip.seal_codes import SealCodes, void_codes
from subscriptions.domain.entities.activation_token import looks_like_token
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.services.code_seal import CodeSeal
from tests.fakes.staff import Staff
from tests.support.vip import VipShop

SEAL = CodeSeal(b"a key that the web does not have")
SECRET = b"what only this wish knows, and is long enough"
CORE = Program("core", {Ability.MAKE_CODES})


@pytest.fixture
async def vip() -> VipShop:
    """Create a shop whose bot has a code key. The process that creates the codes has no key."""
    vip = await VipShop.open()
    vip.activate = ActivateToken(vip.shop.units, vip.giving, vip.shop.clock, SEAL)
    vip.staff = Staff(vip.shop)
    await vip.plan("vip")
    return vip


async def make(vip: VipShop, caller: object = CORE, operation: object = None, **answers: object) -> MadeCodes:
    wish = {"plan": "vip", "count": 3, "days": 10, "campaign": "summer", **answers}
    outcome = await vip.staff(caller, "make_code", "", operation or uuid4(), **{"secret": SECRET, **wish})
    assert isinstance(outcome.result, MadeCodes)
    return outcome.result


async def test_repeated_request_returns_the_same_codes_and_stores_no_new_codes(vip: VipShop) -> None:
    wish = uuid4()
    first = await make(vip, operation=wish)
    vip.shop.clock.advance(timedelta(days=1))
    assert await make(vip, operation=wish) == first
    codes = [made.code for made in first.codes]
    assert len(set(codes)) == 3
    assert all(looks_like_token(code) for code in codes)
    rows = vip.shop.memory.rows("activation_tokens")
    assert (len(rows), {row.created_by for row in rows}, {row.campaign for row in rows}) == (3, {None}, {"summer"})
    assert not [row for row in rows for code in codes if row.token[:4] == code[:4]], "not even how they begin"
    kept = [*vip.shop.memory.rows("staff_operations"), *vip.shop.memory.rows("audit_log")]
    assert not [code for code in codes if code in repr(kept)]
    (line,) = [entry for entry in vip.shop.memory.rows("audit_log") if entry.action == "token.make"]
    assert (line.actor, line.facts["count"]) == ("api:core", "3")

    with pytest.raises(OperationConflict):
        await make(vip, operation=wish, count=2)
    assert (await make(vip, operation=wish, secret=SECRET + b"!")).codes == []
    assert (await make(vip, operation=wish, secret=None)).codes == []
    other = await make(vip, secret=SECRET + b"!")
    assert not {made.code for made in other.codes} & set(codes)


async def test_repeated_request_without_an_operation_id_returns_the_same_codes(vip: VipShop) -> None:
    first = await make(vip)
    assert await make(vip) == first
    with pytest.raises(NothingToDo):
        await make(vip, count=2)
    assert len(vip.shop.memory.rows("activation_tokens")) == 3


async def test_code_created_before_the_encryption_key_can_be_redeemed_once(vip: VipShop) -> None:
    made = (await make(vip, count=1)).codes[0]
    (kept,) = vip.shop.memory.rows("activation_tokens")
    person, late = await vip.shop.customer(), await vip.shop.customer()
    assert isinstance(await vip.activate(person.telegram_id, kept.token), CodeRefusal), "what is kept is no code"
    await SealCodes(vip.shop.units, SEAL, vip.shop.clock)()
    vip.shop.clock.advance(timedelta(minutes=1))
    async with vip.shop.units() as uow:
        assert await void_codes(uow, CodeSeal(b"another"), vip.shop.clock.now()) == 0, "no key made them"
    assert isinstance(await vip.activate(person.telegram_id, made.code.lower()), Activation)
    assert isinstance(await vip.activate(late.telegram_id, made.code), CodeRefusal)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"plan": "nothing"}, "plan"),
        ({"count": 501}, "count"),
        ({"count": 0}, "count"),
        ({"days": 0}, "days"),
        ({"days": 733}, "days"),
        ({"campaign": "x" * 41}, "campaign"),
        ({"note": "x" * 201}, "note"),
        ({"note": "\0"}, "note"),
        ({"color": "red"}, "color"),
    ],
)
async def test_refusal_of_an_invalid_request_names_the_field_and_creates_no_code(
    vip: VipShop, answers: dict[str, object], field: str
) -> None:
    with pytest.raises(InputsRefused) as refused:
        await make(vip, **answers)
    assert set(refused.value.errors) == {field}
    assert not vip.shop.memory.rows("activation_tokens")


async def test_codes_can_be_created_only_by_managers_owners_and_permitted_api_keys(vip: VipShop) -> None:
    stranger, support = await vip.shop.customer(), await vip.shop.customer(staff_role=StaffRole.SUPPORT)
    for caller in (stranger.telegram_id, support.telegram_id, Program("reader", {Ability.CODES})):
        with pytest.raises(NotAllowed):
            await make(vip, caller)
    manager = await vip.shop.customer(staff_role=StaffRole.MANAGER)
    assert len((await make(vip, manager.telegram_id)).codes) == 3
    assert {row.created_by for row in vip.shop.memory.rows("activation_tokens")} == {manager.telegram_id}


async def test_code_is_revoked_once_by_its_text_or_id(vip: VipShop) -> None:
    by_text, by_id, used = (await make(vip)).codes
    wish = uuid4()
    for _ in range(2):
        outcome = await vip.staff(CORE, "revoke_code", by_text.code.lower(), wish, reason="lost")
        assert outcome.name == "revoked"
    assert (await vip.staff(CORE, "revoke_code", by_id.id)).name == "revoked"
    person = await vip.shop.customer()
    assert isinstance(await vip.activate(person.telegram_id, used.code), Activation)
    for code in (by_text.code, used.code):
        with pytest.raises(NothingToDo):
            await vip.staff(CORE, "revoke_code", code)
    for nothing in ("ABCDABCDABCDABCD", "nonsense", uuid4()):
        with pytest.raises(SubjectGone):
            await vip.staff(CORE, "revoke_code", nothing)
    assert isinstance(await vip.activate(person.telegram_id, by_text.code), CodeRefusal)
    lines = [entry for entry in vip.shop.memory.rows("audit_log") if entry.action == "token.revoke"]
    assert [(line.actor, line.reason) for line in lines] == [("api:core", "lost"), ("api:core", "")]
