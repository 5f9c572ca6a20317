"""Check that changing the encryption key encrypts either all stored sessions again or none, and that a wrong key
changes nothing.
"""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from subscriptions.application.accounts.manage_pool import ManagePool
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.telegram.session_vault import SessionVault
from tests.fakes.shop import Shop
from tests.support.userbot import add_account


def vault() -> SessionVault:
    return SessionVault(Fernet.generate_key().decode())


async def sessions(shop: Shop) -> list[str]:
    async with shop.units() as uow:
        return [account.session for account in await uow.accounts.all()]


async def test_key_change_encrypts_each_stored_session_again_once(shop: Shop) -> None:
    old, new, pool = vault(), vault(), ManagePool(shop.units, shop.clock)
    for session, seal in (("first", old), ("second", new), ("third", old)):
        await add_account(shop.units, session=seal.seal(session))
    assert [await pool.reseal(old, new), await pool.reseal(old, new), await pool.reseal(None, new)] == [2, 0, 0]
    assert [new.unseal(session) for session in await sessions(shop)] == ["first", "second", "third"]


@pytest.mark.parametrize("key", ["none", "another"])
async def test_no_session_is_encrypted_again_with_a_wrong_old_key(shop: Shop, key: str) -> None:
    old, new = vault(), vault()
    for session, seal in (("first", old), ("second", vault())):
        await add_account(shop.units, session=seal.seal(session))
    before = await sessions(shop)
    with pytest.raises(InvalidInput, match="is not the key account") as refused:
        await ManagePool(shop.units, shop.clock).reseal(None if key == "none" else old, new)
    assert refused.value.field == "OLD_SESSION_KEY"
    assert await sessions(shop) == before


async def test_last_active_account_is_retired_only_with_explicit_consent(shop: Shop) -> None:
    pool = ManagePool(shop.units, shop.clock)
    first, last = [await add_account(shop.units) for _ in range(2)]
    assert not (await pool.retire(first.id)).is_active
    with pytest.raises(InvalidInput, match="the last active account") as refused:
        await pool.retire(last.id)
    assert refused.value.field == "ID"
    assert not (await pool.retire(last.id, even_the_last=True)).is_active
