"""API keys in PostgreSQL."""

from __future__ import annotations

from features.api.ports import API_KEYS_KEY
from subscriptions.domain.entities.api_key import Ability, ApiKey
from tests.fakes.samples import NOON
from tests.fakes.units import Units


async def test_api_key_has_a_unique_name_and_is_not_found_after_revocation(units: Units) -> None:
    key = ApiKey(name="core", digest="a" * 64, abilities=frozenset({Ability.PICKS, Ability.CODES}), created_at=NOON)
    other = ApiKey(name="web", digest="b" * 64, abilities=frozenset(), created_at=NOON)
    async with units() as uow:
        assert await uow.of(API_KEYS_KEY).add_if_new(other)
        assert await uow.of(API_KEYS_KEY).add_if_new(key)
        assert not await uow.of(API_KEYS_KEY).add_if_new(ApiKey(**{**vars(key), "digest": "c" * 64}))
        assert not await uow.of(API_KEYS_KEY).add_if_new(ApiKey(**{**vars(key), "name": "other"}))
        assert await uow.of(API_KEYS_KEY).all() == [key, other]
        assert await uow.of(API_KEYS_KEY).confirm("core")
        assert not await uow.of(API_KEYS_KEY).confirm("nobody")
        assert await uow.of(API_KEYS_KEY).revoke("core")
        assert not await uow.of(API_KEYS_KEY).revoke("core")
        assert await uow.of(API_KEYS_KEY).all() == [other]
        await uow.commit()
