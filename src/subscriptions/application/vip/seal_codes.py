"""Sealing of activation codes, that is, replacing each by a keyed hash. It covers codes that are stored in plain text
because they were created before a key was configured or by an earlier release.
"""

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
    """Fingerprint of the key that seals the codes. `since`: time at which this key replaced another one; None if it
    replaced none.
    """

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
"""Variable with the fingerprint of the key that seals the codes, and the time at which this key
replaced another one.
"""


@dataclass(frozen=True)
class SealCodes:
    """Use case that seals the codes when the bot starts. At that time, the bot of the earlier release, which can only
    look up codes in plain text, is already shutting down.
    """

    units: UnitOfWorkFactory
    seal: CodeSeal
    clock: Clock

    async def __call__(self) -> int:
        """Seal all codes in plain text and return their number; 0 if no key is configured. Idempotent and safe to run
        concurrently.
        """
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
        """Record the fingerprint of the current key. If it replaced another key, codes sealed with the old key can no
        longer be used, which `umbral doctor` reports.
        """
        async with self.units() as uow:
            key_mark = await uow.variables.get(SEALED_BY)
            if self.seal.fingerprint in {"", *([key_mark.fingerprint] if key_mark is not None else [])}:
                return
            changed_at = self.clock.now() if key_mark is not None else None
            await uow.variables.set(SEALED_BY, _KeyMark(self.seal.fingerprint, changed_at))
            await uow.commit()


async def void_codes(uow: UnitOfWork, seal: CodeSeal, now: datetime) -> int:
    """Return the number of unused codes that were not sealed with the current key."""
    key_mark = await uow.variables.get(SEALED_BY)
    if key_mark is None:
        return 0
    changed_at = now if key_mark.fingerprint != seal.fingerprint else key_mark.since
    return await uow.of(TOKENS_KEY).sealed_before(changed_at, now) if changed_at is not None else 0
