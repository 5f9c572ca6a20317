"""Codes made without the key of codes: told again to who asks again, kept so that nobody finds them, used once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.application.vip.code_answers import Activated, Refused
from subscriptions.application.vip.make_codes import CodesConflict, CodesWish, MakeCodes
from subscriptions.application.vip.seal_codes import SealCodes, void_codes
from subscriptions.application.vip.tokens import VALIDITY_LIMIT, check_wish
from subscriptions.domain.entities.activation_token import looks_like_token
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.code_seal import CodeSeal
from tests.support.vip import VipShop

SEAL = CodeSeal(b"a key that the web does not have")
SECRET = b"what only this wish knows, and is long enough"


@pytest.fixture
async def vip() -> VipShop:
    """A shop whose bot has a key of codes."""
    vip = await VipShop.open()
    vip.activate = ActivateToken(vip.shop.units, vip.giving, vip.shop.clock, SEAL)
    return vip


def making(vip: VipShop) -> MakeCodes:
    shop = vip.shop
    return MakeCodes(shop.units, StaffDesk(shop.units, shop.clock), shop.clock, shop.policy)


async def wish_of(vip: VipShop, count: int = 3) -> CodesWish:
    return CodesWish(plan=(await vip.plan()).soft_id, count=count, days=10, campaign="summer")


async def test_the_same_wish_is_told_the_same_codes_and_nothing_of_them_is_kept(vip: VipShop) -> None:
    make, wish = making(vip), await wish_of(vip)
    first = await make(wish, SECRET, "api:core")
    vip.shop.clock.advance(timedelta(days=1))
    assert await make(wish, SECRET, "api:core") == first
    codes = [made.code for made in first.codes]
    assert len(set(codes)) == 3
    assert all(looks_like_token(code) for code in codes)
    rows = vip.shop.memory.rows("activation_tokens")
    assert (len(rows), {row.created_by for row in rows}, {row.campaign for row in rows}) == (3, {None}, {"summer"})
    assert not [row for row in rows for code in codes if row.token[:4] == code[:4]], "not even how they begin"
    (line,) = [entry for entry in vip.shop.memory.rows("audit_log") if entry.action == "token.make"]
    assert (line.actor, line.facts["count"]) == ("api:core", "3")

    with pytest.raises(CodesConflict):
        await make(replace(wish, count=2), SECRET, "api:core")
    other = await make(wish, SECRET + b"!", "api:core")
    assert not {made.code for made in other.codes} & set(codes)


async def test_they_are_used_once_whatever_becomes_of_the_key(vip: VipShop) -> None:
    made = (await making(vip)(await wish_of(vip, 1), SECRET, "api:core")).codes[0]
    (kept,) = vip.shop.memory.rows("activation_tokens")
    person, late = await vip.shop.customer(), await vip.shop.customer()
    assert isinstance(await vip.activate(person.telegram_id, kept.token), Refused), "what is kept is no code"
    await SealCodes(vip.shop.units, SEAL, vip.shop.clock)()
    vip.shop.clock.advance(timedelta(minutes=1))
    async with vip.shop.units() as uow:
        assert await void_codes(uow, CodeSeal(b"another"), vip.shop.clock.now()) == 0, "no key made them"
    assert isinstance(await vip.activate(person.telegram_id, made.code.lower()), Activated)
    assert isinstance(await vip.activate(late.telegram_id, made.code), Refused)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"plan": "nothing"}, "plan"),
        ({"count": 501}, "count"),
        ({"days": 0}, "validity"),
        ({"campaign": "x" * 41}, "campaign"),
    ],
)
async def test_what_is_wrong_is_named_and_makes_none(vip: VipShop, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await making(vip)(replace(await wish_of(vip), **wrong), SECRET, "api:core")
    assert refused.value.field == field
    assert not vip.shop.memory.rows("activation_tokens")


async def test_somebody_of_staff_needs_the_role(vip: VipShop) -> None:
    stranger = await vip.shop.customer()
    with pytest.raises(NotAllowed):
        await making(vip)(await wish_of(vip), SECRET, stranger.telegram_id)
    made = await making(vip)(await wish_of(vip), SECRET, vip.owner.telegram_id)
    assert len(made.codes) == 3


@pytest.mark.parametrize("lasting", [timedelta(), VALIDITY_LIMIT + timedelta(seconds=1)])
def test_codes_last_some_time_and_no_more_than_two_years(lasting: timedelta) -> None:
    check_wish(1, "", "", VALIDITY_LIMIT)
    check_wish(1, "", "", timedelta(seconds=1))
    with pytest.raises(InvalidInput, match="validity"):
        check_wish(1, "", "", lasting)
