"""Codes made where the key of codes is not: by the operator's own programs, and in the web console."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.vip.tokens import check_wish, on_offer
from subscriptions.domain.entities.activation_token import TOKEN_LENGTH, ActivationToken, deep_link, letters_of
from subscriptions.domain.errors import RetryLater, UmbralError
from subscriptions.domain.ids import TelegramId, TokenId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.code_seal import fingerprint_of
from subscriptions.domain.services.staff_policy import StaffAction

_ID_BYTES: Final = 16


class CodesConflict(UmbralError):
    """Other codes were made by this key of repetition."""


@dataclass(frozen=True, kw_only=True)
class CodesWish:
    """plan: its soft id. days: how long each may be used, None for as long as usual."""

    plan: str
    count: int = 1
    days: int | None = None
    campaign: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class MadeCode:
    """One of them. link: None before the bot has a name."""

    id: TokenId
    code: str
    link: str | None


@dataclass(frozen=True, kw_only=True)
class MadeCodes:
    """What was made. expires_at: from then on none of them may be used."""

    expires_at: datetime
    codes: Sequence[MadeCode]


class MakeCodes:
    """Codes are drawn from a secret that only who asks has, so that the same wish is told the same codes again; kept is
    of each what leads to no code (`fingerprint_of`)."""

    def __init__(self, units: UnitOfWorkFactory, staff_desk: StaffDesk, clock: Clock, policy: Policy) -> None:
        self._units, self._staff_desk, self._clock, self._policy = units, staff_desk, clock, policy

    async def __call__(self, wish: CodesWish, secret: bytes, maker: TelegramId | str) -> MadeCodes:
        """All or none. secret: one for each wish, of at least 128 bits that nobody else knows. maker: somebody of
        staff, or what a program is called.

        Raises InvalidInput naming the field, CodesConflict where the secret served for another wish, NotAllowed,
        RetryLater where the same is being made at this moment.
        """
        lasting = timedelta(days=wish.days) if wish.days is not None else self._policy.token_validity
        check_wish(wish.count, wish.note, wish.campaign, lasting)
        drawn = [_drawn(secret, wish, number) for number in range(wish.count)]
        batch, now = UUID(bytes=_part(secret, "batch")[:_ID_BYTES], version=4), self._clock.now()
        async with self._units() as uow:
            known = await uow.tokens.made_together(batch)
            if known and set(known) != {each for each, _ in drawn}:
                raise CodesConflict(str(batch))
            expires_at = next(iter(known.values()), now + lasting)
            if not known:
                await self._make(uow, wish, drawn, batch, maker, now, expires_at)
                await uow.commit()
            username = await uow.variables.get(BOT_USERNAME)
        made = [
            MadeCode(id=each, code=code, link=deep_link(username, code) if username else None) for each, code in drawn
        ]
        return MadeCodes(expires_at=expires_at, codes=made)

    async def _make(
        self,
        uow: UnitOfWork,
        wish: CodesWish,
        drawn: Sequence[tuple[TokenId, str]],
        batch: UUID,
        maker: TelegramId | str,
        now: datetime,
        expires_at: datetime,
    ) -> None:
        by = None if isinstance(maker, str) else maker
        if by is not None:
            await self._staff_desk.require(uow, by, StaffAction.MAKE_TOKENS)
        plan, note, campaign = on_offer(await uow.plans.by_soft_id(wish.plan)), wish.note.strip(), wish.campaign.strip()
        for each, code in drawn:
            token = ActivationToken.make(plan, by, now, expires_at, note=note, campaign=campaign, batch=batch)
            token.id, token.token, token.sealed, token.keyless = each, fingerprint_of(code), True, True
            if not await uow.tokens.add_if_new(token):
                raise RetryLater("the same codes are being made")
        await uow.audit.record(
            actor=str(maker),
            action=str(StaffAction.MAKE_TOKENS),
            subject=str(plan.id),
            why=note or "made outside the chat",
            at=now,
            facts={"count": str(wish.count), "campaign": campaign, "batch": str(batch)},
        )


def _drawn(secret: bytes, wish: CodesWish, number: int) -> tuple[TokenId, str]:
    """The id says for which wish as well, so that another one by the same secret is seen."""
    of_wish = (wish.plan, wish.count, wish.days, wish.campaign, wish.note)
    named = _part(secret, f"id {number} {of_wish!r}")[:_ID_BYTES]
    return TokenId(UUID(bytes=named, version=4)), letters_of(_part(secret, f"code {number}"), TOKEN_LENGTH)


def _part(secret: bytes, what: str) -> bytes:
    return hmac.digest(secret, what.encode(), "sha256")
