"""Tokens as the operator's people make, see and revoke them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.activation_token import (
    CAMPAIGN_LIMIT,
    NOTE_LIMIT,
    ActivationToken,
    clean_token,
    deep_link,
)
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PlanId, TelegramId, TokenId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import TokenCounts
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.code_seal import CodeSeal, fingerprint_of
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True, kw_only=True)
class TokenCard:
    """One token as an admin sees it. link: what to hand over, None of a sealed one, and before the bot has a name."""

    token: ActivationToken
    plan: ServicePlan
    link: str | None


@dataclass(frozen=True, kw_only=True)
class TokenBatch:
    """Tokens made together."""

    batch: UUID
    cards: Sequence[TokenCard]


PLAIN: Final = CodeSeal()
BATCH_LIMIT: Final = 500
VALIDITY_LIMIT: Final = timedelta(days=366 * 2)
ATTEMPTS: Final = 10


class MakeTokens:
    """Makes tokens for one plan as it is at this moment."""

    def __init__(
        self, units: UnitOfWorkFactory, staff_desk: StaffDesk, clock: Clock, policy: Policy, seal: CodeSeal = PLAIN
    ) -> None:
        self._seal = seal
        self._units = units
        self._staff_desk = staff_desk
        self._clock = clock
        self._policy = policy

    async def one(
        self,
        actor: TelegramId,
        plan_id: PlanId,
        *,
        note: str = "",
        campaign: str = "",
        validity: timedelta | None = None,
        operation: UUID | None = None,
    ) -> TokenCard:
        """validity: thirty days unless said otherwise. Raises as `batch`."""
        made = await self.batch(actor, plan_id, 1, note=note, campaign=campaign, validity=validity, operation=operation)
        return made.cards[0]

    async def batch(
        self,
        actor: TelegramId,
        plan_id: PlanId,
        count: int,
        *,
        note: str = "",
        campaign: str = "",
        validity: timedelta | None = None,
        operation: UUID | None = None,
    ) -> TokenBatch:
        """Up to 500 at once, all or none; their codes are here and nowhere else. operation: the same for every
        repetition of one wish, which makes none twice, and shows none again.

        Raises NotAllowed, InvalidInput naming the field.
        """
        lasting = validity if validity is not None else self._policy.token_validity
        check_wish(count, note, campaign, lasting)
        now, batch = self._clock.now(), operation or new_uuid()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.MAKE_TOKENS)
            made = list(await uow.tokens.newest(batch=batch, limit=BATCH_LIMIT)) if operation is not None else []
            known = await uow.plans.get(made[0].plan_id) if made else None
            if known is not None:
                username = await uow.variables.get(BOT_USERNAME)
                return TokenBatch(batch=batch, cards=[_card(token, known, username) for token in made])
            plan = await _plan_for_tokens(uow, plan_id)
            for _ in range(count):
                fresh = ActivationToken.make(
                    plan, actor, now, now + lasting, note=note.strip(), campaign=campaign.strip(), batch=batch
                )
                await _add(uow, fresh, self._seal)
                made.append(fresh)
            facts = {"count": str(count), "campaign": campaign.strip(), "tokens": _few(made)}
            await self._staff_desk.note(
                uow, staff, StaffAction.MAKE_TOKENS, plan.id, note or "made in the panel", now, **facts
            )
            username = await uow.variables.get(BOT_USERNAME)
            await uow.commit()
        return TokenBatch(batch=batch, cards=[_card(token, plan, username) for token in made])


class SeeTokens:
    """Lists tokens, and counts how far they led."""

    def __init__(self, units: UnitOfWorkFactory, staff_desk: StaffDesk, seal: CodeSeal = PLAIN) -> None:
        self._seal = seal
        self._units = units
        self._staff_desk = staff_desk

    async def newest(
        self, actor: TelegramId, *, plan_id: PlanId | None = None, limit: int = 10, offset: int = 0
    ) -> Sequence[TokenCard]:
        """The newest first. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SEE_TOKENS)
            return await self._cards(uow, await uow.tokens.newest(plan_id=plan_id, limit=limit, offset=offset))

    async def batch(self, actor: TelegramId, batch: UUID) -> Sequence[TokenCard]:
        """All that were made together, for a file. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SEE_TOKENS)
            return await self._cards(uow, await uow.tokens.newest(batch=batch, limit=BATCH_LIMIT))

    async def one(self, actor: TelegramId, token_id: TokenId) -> TokenCard | None:
        """By our id. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SEE_TOKENS)
            token = await uow.tokens.get(token_id)
            return (await self._cards(uow, [token]))[0] if token is not None else None

    async def find(self, actor: TelegramId, text: str) -> TokenCard | None:
        """By its characters, in any case, with or without blanks. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SEE_TOKENS)
            token = await find_code(uow, self._seal, clean_token(text))
            return (await self._cards(uow, [token]))[0] if token is not None else None

    async def counts(self, actor: TelegramId) -> Sequence[TokenCounts]:
        """Made, opened, activated, joined, by plan and campaign. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SEE_NUMBERS)
            return await uow.tokens.counts()

    async def _cards(self, uow: UnitOfWork, tokens: Sequence[ActivationToken]) -> list[TokenCard]:
        username = await uow.variables.get(BOT_USERNAME)
        plans = {plan.id: plan for plan in await uow.plans.all(active_only=False)}
        return [_card(token, plans[token.plan_id], username) for token in tokens]


class RevokeToken:
    """Makes a token useless that nobody used yet."""

    def __init__(self, units: UnitOfWorkFactory, staff_desk: StaffDesk, clock: Clock) -> None:
        self._units = units
        self._staff_desk = staff_desk
        self._clock = clock

    async def __call__(self, actor: TelegramId, token_id: TokenId, why: str = "revoked in the panel") -> bool:
        """False: it is used, revoked already, or there is none. Raises NotAllowed."""
        now = self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.REVOKE_TOKENS)
            known = await uow.tokens.get(token_id)
            token = await uow.tokens.by_token(known.token, lock=True) if known is not None else None
            if token is None or token.used_at is not None or token.revoked_at is not None:
                return False
            if token.order_id is not None:
                # Somebody paid for it: it is dead once that money went back, and not before.
                return False
            token.revoked_at, token.revoked_by = now, actor
            await uow.tokens.save(token)
            await self._staff_desk.note(uow, staff, StaffAction.REVOKE_TOKENS, token.id, why, now, token=token.masked())
            await uow.commit()
        return True


def check_wish(count: int, note: str, campaign: str, lasting: timedelta) -> None:
    """Whether so many may be made, so called and for so long. Raises InvalidInput naming the field."""
    if not 1 <= count <= BATCH_LIMIT:
        raise InvalidInput("count", f"must be 1 to {BATCH_LIMIT}")
    if len(note.strip()) > NOTE_LIMIT:
        raise InvalidInput("note", f"must have at most {NOTE_LIMIT} characters")
    if len(campaign.strip()) > CAMPAIGN_LIMIT:
        raise InvalidInput("campaign", f"must have at most {CAMPAIGN_LIMIT} characters")
    if not timedelta() < lasting <= VALIDITY_LIMIT:
        raise InvalidInput("validity", f"must be 1 to {VALIDITY_LIMIT.days} days")


async def _plan_for_tokens(uow: UnitOfWork, plan_id: PlanId) -> ServicePlan:
    return on_offer(await uow.plans.get(plan_id))


def on_offer(plan: ServicePlan | None) -> ServicePlan:
    """The plan, where tokens may be made for it. Raises InvalidInput."""
    if plan is None:
        raise InvalidInput("plan", "does not exist (any more)")
    if not plan.active:
        raise InvalidInput("plan", "is switched off: tokens are made for plans on offer")
    return plan


async def find_code(uow: UnitOfWork, seal: CodeSeal, code: str, *, lock: bool = False) -> ActivationToken | None:
    """The token of a code; what is kept of one is no code itself, whoever read it in the database."""
    kept = seal.of(code)
    sealed = await uow.tokens.by_token(kept, lock=lock) if kept is not None else None
    if sealed is not None and sealed.sealed and not sealed.keyless:
        return sealed
    plain = await uow.tokens.by_token(code, lock=lock)
    if plain is not None and not plain.sealed:
        return plain
    keyless = await uow.tokens.by_token(fingerprint_of(code), lock=lock)
    return keyless if keyless is not None and keyless.keyless else None


async def _add(uow: UnitOfWork, token: ActivationToken, seal: CodeSeal) -> None:
    for _ in range(ATTEMPTS):
        if await uow.tokens.add_if_new(seal.put_away(token)):
            return
        token.redraw()
    raise RuntimeError("no free token was found: the source of randomness must be broken")


def _card(token: ActivationToken, plan: ServicePlan, username: str | None) -> TokenCard:
    known = username is not None and not token.sealed
    return TokenCard(token=token, plan=plan, link=deep_link(username or "", token.token) if known else None)


def _few(tokens: Sequence[ActivationToken]) -> str:
    return ", ".join(token.masked() for token in tokens[:5])
