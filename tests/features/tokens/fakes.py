"""Activation codes, as created and revoked by staff in a VIP shop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from features.tokens.commands import MadeCodes
from subscriptions.application.staff.command import NothingToDo
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import TelegramId, TokenId
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from tests.support.vip import VipShop


@dataclass(frozen=True, kw_only=True)
class TokenCard:
    """An activation code as shown to staff. link: None for a code that an earlier run of the same command created."""

    token: ActivationToken
    plan: ServicePlan
    link: str | None


async def made_codes(
    vip: VipShop, plan: ServicePlan, by: TelegramId | None = None, operation: UUID | None = None, **answers: object
) -> list[TokenCard]:
    """Create codes as staff, by default as the owner, and return the codes as the command shows them once."""
    maker = by or vip.owner.telegram_id
    outcome = await vip.staff(maker, "make_code", "", operation, plan=plan.soft_id, **answers)
    assert isinstance(outcome.result, MadeCodes)
    made = {each.id: each for each in outcome.result.codes}
    async with vip.shop.units() as uow:
        batch = await uow.of(TOKENS_KEY).made_together(UUID(str(outcome.facts["batch"])))
        kept = [token for each in batch if (token := await uow.of(TOKENS_KEY).get(each)) is not None]
    if not made:
        return [TokenCard(token=token, plan=plan, link=None) for token in kept]
    fresh = [replace(token, token=made[token.id].code, sealed=False) for token in kept]
    return [TokenCard(token=token, plan=plan, link=made[token.id].link) for token in fresh]


async def revoke(vip: VipShop, token: TokenId) -> bool:
    """Revoke a code as the owner. Return False if the code can no longer be revoked."""
    try:
        await vip.staff(vip.owner.telegram_id, "revoke_code", token)
    except NothingToDo:
        return False
    return True
