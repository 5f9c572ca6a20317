"""In-memory repository of API keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from subscriptions.domain.entities.api_key import ApiKey
from tests.fakes.memory import Rows, Working


class MemoryApiKeys:
    """In-memory ApiKeyRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[ApiKey] = Rows(
            working, "api_keys", lambda k: k.name, {"one_key_per_digest": lambda k: k.digest}
        )

    async def all(self) -> Sequence[ApiKey]:
        return self._rows.many(lambda _: True, order=lambda k: k.name)

    async def add_if_new(self, key: ApiKey) -> bool:
        return self._rows.add_if_new(key)

    async def confirm(self, name: str) -> bool:
        key = self._rows.one(lambda k: k.name == name)
        if key is not None:
            self._rows.save(replace(key, held_at=None))
        return key is not None

    async def revoke(self, name: str) -> bool:
        return self._rows.remove(lambda k: k.name == name) > 0


REPOSITORIES = {"api_keys": MemoryApiKeys}
