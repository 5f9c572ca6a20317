"""Codes that stand readable in the database, made before there was a key or by an earlier version, are sealed."""

from typing import Final

from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.code_seal import CodeSeal

AT_ONCE: Final = 500


class SealCodes:
    """Done when the bot starts: by then the version that looked codes up as they are is going."""

    def __init__(self, units: UnitOfWorkFactory, seal: CodeSeal) -> None:
        self._units = units
        self._seal = seal

    async def __call__(self) -> int:
        """How many were sealed; none without a key. Harmless to repeat and to run twice at once."""
        done = 0
        while self._seal.key is not None:
            async with self._units() as uow:
                found = await uow.tokens.unsealed(AT_ONCE)
                for token in found:
                    await uow.tokens.seal(token.id, self._seal.put_away(token).token)
                await uow.commit()
            done += len(found)
            if len(found) < AT_ONCE:
                break
        return done
