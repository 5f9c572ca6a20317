"""Codes that stand readable in the database, made before there was a key or by an earlier version, are sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.domain.entities.variable import Variable
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.code_seal import CodeSeal


@dataclass(frozen=True)
class _KeyMark:
    """By which key codes are sealed. since: since when, where it was another one before."""

    fingerprint: str
    since: datetime | None

    def to_text(self) -> str:
        return " ".join([self.fingerprint, *([self.since.isoformat()] if self.since is not None else [])])

    @classmethod
    def parse(cls, text: str) -> "_KeyMark | None":
        parts = text.split()
        return cls(parts[0], datetime.fromisoformat(parts[1]) if parts[1:] else None) if parts else None


AT_ONCE: Final = 500
SEALED_BY: Final = Variable("codes_sealed_by", _KeyMark.parse, _KeyMark.to_text)
"""The variable that says by which key codes are sealed, and since when where it was another one before."""


@dataclass(frozen=True)
class SealCodes:
    """Done when the bot starts: by then the version that looked codes up as they are is going."""

    units: UnitOfWorkFactory
    seal: CodeSeal
    clock: Clock

    async def __call__(self) -> int:
        """How many were sealed; none without a key. Harmless to repeat and to run twice at once."""
        await self._note_key()
        count = 0
        while self.seal.key is not None:
            async with self.units() as uow:
                activation_tokens = await uow.of(TOKENS_KEY).list_unsealed(AT_ONCE)
                for token in activation_tokens:
                    await uow.of(TOKENS_KEY).seal(token.id, self.seal.put_away(token).token)
                await uow.commit()
            count += len(activation_tokens)
            if len(activation_tokens) < AT_ONCE:
                break
        return count

    async def _note_key(self) -> None:
        """Codes that were sealed by another key can be used no more: `umbral doctor` says so."""
        async with self.units() as uow:
            key_mark = await uow.variables.get(SEALED_BY)
            if self.seal.fingerprint in {"", *([key_mark.fingerprint] if key_mark is not None else [])}:
                return
            changed_at = self.clock.now() if key_mark is not None else None
            await uow.variables.set(SEALED_BY, _KeyMark(self.seal.fingerprint, changed_at))
            await uow.commit()


async def void_codes(uow: UnitOfWork, seal: CodeSeal, now: datetime) -> int:
    """How many codes nobody used that the present key does not open."""
    key_mark = await uow.variables.get(SEALED_BY)
    if key_mark is None:
        return 0
    changed_at = now if key_mark.fingerprint != seal.fingerprint else key_mark.since
    return await uow.of(TOKENS_KEY).sealed_before(changed_at, now) if changed_at is not None else 0
