"""Codes that stand readable in the database, made before there was a key or by an earlier version, are sealed."""

from datetime import datetime
from typing import Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.code_seal import CodeSeal

AT_ONCE: Final = 500
SEALED_BY: Final = "codes_sealed_by"
"""The variable that says by which key codes are sealed, and since when where it was another one before."""


class SealCodes:
    """Done when the bot starts: by then the version that looked codes up as they are is going."""

    def __init__(self, units: UnitOfWorkFactory, seal: CodeSeal, clock: Clock) -> None:
        self._units = units
        self._seal = seal
        self._clock = clock

    async def __call__(self) -> int:
        """How many were sealed; none without a key. Harmless to repeat and to run twice at once."""
        await self._note_key()
        count = 0
        while self._seal.key is not None:
            async with self._units() as uow:
                activation_tokens = await uow.tokens.unsealed(AT_ONCE)
                for token in activation_tokens:
                    await uow.tokens.seal(token.id, self._seal.put_away(token).token)
                await uow.commit()
            count += len(activation_tokens)
            if len(activation_tokens) < AT_ONCE:
                break
        return count

    async def _note_key(self) -> None:
        """Codes that were sealed by another key can be used no more: `umbral doctor` says so."""
        async with self._units() as uow:
            key_marks = (await uow.variables.get(SEALED_BY) or "").split()
            if self._seal.fingerprint in {"", *key_marks[:1]}:
                return
            start = [self._clock.now().isoformat()] if key_marks else []
            await uow.variables.set(SEALED_BY, " ".join([self._seal.fingerprint, *start]))
            await uow.commit()


async def void_codes(uow: UnitOfWork, seal: CodeSeal, now: datetime) -> int:
    """How many codes nobody used that the present key does not open."""
    key_marks = (await uow.variables.get(SEALED_BY) or "").split()
    if not key_marks:
        return 0
    is_changed = key_marks[0] != seal.fingerprint
    if not is_changed and len(key_marks) == 1:
        return 0
    return await uow.tokens.sealed_before(now if is_changed else datetime.fromisoformat(key_marks[1]), now)
