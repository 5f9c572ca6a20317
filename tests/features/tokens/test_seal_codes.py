"""Stored codes, recognized with the code key and unreadable without the key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.application.vip.code_answers import Activation, CodeRefusal
from subscriptions.application.vip.seal_codes import SealCodes, void_codes
from subscriptions.application.vip.tokens import find_code
from subscriptions.domain.entities.activation_token import looks_like_token
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.services.code_seal import CodeSeal
from tests.fakes.staff import Staff
from tests.features.tokens.fakes import made_codes, revoke
from tests.support.vip import VipShop

SEAL = CodeSeal(b"a key that is not in the database")


@pytest.fixture
async def vip() -> VipShop:
    """Create a shop that stores codes in plain text."""
    return await VipShop.open()


@pytest.fixture
def sealing(vip: VipShop) -> VipShop:
    """Create the same shop with a code key."""
    units, clock = vip.shop.units, vip.shop.clock
    vip.staff = Staff(vip.shop, SEAL)
    vip.activate = ActivateToken(units, vip.giving, clock, SEAL)
    return vip


def staff(vip: VipShop) -> StaffDesk:
    return StaffDesk(vip.shop.units, vip.shop.clock)


def kept(vip: VipShop) -> list[str]:
    return [token.token for token in vip.shop.memory.rows("activation_tokens")]


async def test_codes_sealed_with_another_key_are_reported_as_invalid(sealing: VipShop) -> None:
    vip, shop = sealing, sealing.shop
    other = CodeSeal(b"another key altogether")

    async def void(seal: CodeSeal) -> int:
        async with shop.units() as uow:
            return await void_codes(uow, seal, shop.clock.now())

    await SealCodes(shop.units, SEAL, shop.clock)()
    await made_codes(vip, await vip.plan())
    assert await void(SEAL) == 0
    shop.clock.advance(timedelta(minutes=1))
    assert [await void(other), await void(CodeSeal())] == [1, 1], "before the bot has started with it"
    await SealCodes(shop.units, other, shop.clock)()
    assert await void(other) == 1
    shop.clock.advance(shop.policy.token_validity)
    assert await void(other) == 0


async def test_code_is_stored_encrypted_and_redeemed_only_in_its_original_text(sealing: VipShop) -> None:
    vip = sealing
    [made] = await made_codes(vip, await vip.plan())
    code = made.token.token
    (stored,) = kept(vip)
    assert looks_like_token(stored)
    assert stored[:4] == code[:4]
    assert stored[4:] != code[4:]
    async with vip.shop.units() as uow:
        known = await find_code(uow, SEAL, code)
    assert known is not None
    assert (known.id, known.mask()) == (made.token.id, f"{code[:4]}…")

    person = await vip.shop.customer()
    for guess in (stored, code[:-1] + ("A" if code[-1] != "A" else "B")):
        assert isinstance(await vip.activate(person.telegram_id, guess), CodeRefusal)
    assert isinstance(await vip.activate(person.telegram_id, code), Activation)


async def test_repeated_request_does_not_show_the_code_again(sealing: VipShop) -> None:
    vip, wish = sealing, new_uuid()
    plan = await vip.plan()
    first = await made_codes(vip, plan, operation=wish, count=3)
    again = await made_codes(vip, plan, operation=wish, count=3)
    assert len(kept(vip)) == 3
    assert all(card.token.sealed and card.link is None for card in again)
    assert not {card.token.token for card in first} & {card.token.token for card in again}


async def test_unencrypted_codes_work_and_are_encrypted_at_the_next_start(vip: VipShop, sealing: VipShop) -> None:
    units = vip.shop.units
    vip.staff = Staff(vip.shop, CodeSeal())
    plan = await vip.plan()
    first, second, revoked = [card.token for card in await made_codes(vip, plan, count=3)]
    assert await revoke(vip, revoked.id)
    assert isinstance(await vip.activate((await vip.shop.customer()).telegram_id, first.token), Activation)

    assert await SealCodes(units, CodeSeal(), vip.shop.clock)() == 0
    assert await SealCodes(units, SEAL, vip.shop.clock)() == 3
    assert await SealCodes(units, SEAL, vip.shop.clock)() == 0

    assert not {first.token, second.token, revoked.token} & {*kept(vip)}
    assert isinstance(await vip.activate((await vip.shop.customer()).telegram_id, second.token), Activation)
    for used in (first, revoked):
        assert isinstance(await vip.activate((await vip.shop.customer()).telegram_id, used.token), CodeRefusal)
