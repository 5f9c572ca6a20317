"""Tokens as the operator's people see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.activation_token import (
    ActivationToken,
    clean_token,
    deep_link,
)
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import PlanId, TokenId
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


PLAIN: Final = CodeSeal()
BATCH_LIMIT: Final = 500
VALIDITY_LIMIT: Final = timedelta(days=366 * 2)


@dataclass(frozen=True)
class SeeTokens:
    """Lists tokens, and counts how far they led."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk
    seal: CodeSeal = PLAIN

    @reads(StaffAction.SEE_TOKENS)
    async def newest(
        self, uow: UnitOfWork, *, plan_id: PlanId | None = None, limit: int = 10, offset: int = 0
    ) -> Sequence[TokenCard]:
        """The newest first. Raises NotAllowed."""
        return await self._cards(uow, await uow.tokens.newest(plan_id=plan_id, limit=limit, offset=offset))

    @reads(StaffAction.SEE_TOKENS)
    async def batch(self, uow: UnitOfWork, batch: UUID) -> Sequence[TokenCard]:
        """All that were made together, for a file. Raises NotAllowed."""
        return await self._cards(uow, await uow.tokens.newest(batch=batch, limit=BATCH_LIMIT))

    @reads(StaffAction.SEE_TOKENS)
    async def one(self, uow: UnitOfWork, token_id: TokenId) -> TokenCard | None:
        """By our id. Raises NotAllowed."""
        token = await uow.tokens.get(token_id)
        return (await self._cards(uow, [token]))[0] if token is not None else None

    @reads(StaffAction.SEE_TOKENS)
    async def find(self, uow: UnitOfWork, text: str) -> TokenCard | None:
        """By its characters, in any case, with or without blanks. Raises NotAllowed."""
        token = await find_code(uow, self.seal, clean_token(text))
        return (await self._cards(uow, [token]))[0] if token is not None else None

    @reads(StaffAction.SEE_NUMBERS)
    async def counts(self, uow: UnitOfWork) -> Sequence[TokenCounts]:
        """Made, opened, activated, joined, by plan and campaign. Raises NotAllowed."""
        return await uow.tokens.counts()

    async def _cards(self, uow: UnitOfWork, tokens: Sequence[ActivationToken]) -> list[TokenCard]:
        username = await uow.variables.get(BOT_USERNAME)
        plans = {plan.id: plan for plan in await uow.plans.all(active_only=False)}
        return [_card(token, plans[token.plan_id], username) for token in tokens]


async def find_code(uow: UnitOfWork, seal: CodeSeal, code: str, *, lock: bool = False) -> ActivationToken | None:
    """The token of a code; what is kept of one is no code itself, whoever read it in the database."""
    seal_text = seal.seal(code)
    token = await uow.tokens.by_token(seal_text, lock=lock) if seal_text is not None else None
    if token is not None and token.sealed and not token.keyless:
        return token
    plain = await uow.tokens.by_token(code, lock=lock)
    if plain is not None and not plain.sealed:
        return plain
    keyless = await uow.tokens.by_token(fingerprint_of(code), lock=lock)
    return keyless if keyless is not None and keyless.keyless else None


def _card(token: ActivationToken, plan: ServicePlan, username: str | None) -> TokenCard:
    is_known = username is not None and not token.sealed
    return TokenCard(token=token, plan=plan, link=deep_link(username or "", token.token) if is_known else None)
