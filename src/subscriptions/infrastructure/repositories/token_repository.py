"""Activation tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, true, update

from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.ids import ChannelId, CustomerId, PlanId, SubscriptionId, TokenId
from subscriptions.domain.ports.vip_repositories import TokenCounts
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import activation_tokens, service_plans, telegram_channels
from subscriptions.infrastructure.repositories.store import TableStore, Unit

TOKEN: Final = RowMapper(ActivationToken)

_C = activation_tokens.c


class SqlTokenRepository:
    """TokenRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._tokens = TableStore(unit, activation_tokens, TOKEN)

    async def get(self, token_id: TokenId) -> ActivationToken | None:
        """By our id."""
        return await self._tokens.one(_C.id == token_id)

    async def by_token(self, token: str, *, lock: bool = False) -> ActivationToken | None:
        """By its sixteen characters."""
        return await self._tokens.one(_C.token == token, lock=lock)

    async def add_if_new(self, token: ActivationToken) -> bool:
        """False: these sixteen characters exist already."""
        return await self._tokens.add_if_new(token)

    async def save(self, token: ActivationToken) -> None:
        """Write all of it."""
        await self._tokens.save(token)

    async def opened(self, token_id: TokenId, now: datetime) -> None:
        """Somebody came with it."""
        counted = {"opened": _C.opened + 1, "opened_at": func.coalesce(_C.opened_at, now)}
        await self._tokens.run(update(activation_tokens).where(_C.id == token_id).values(counted))

    async def claim(
        self, token_id: TokenId, customer_id: CustomerId, subscription_id: SubscriptionId, now: datetime
    ) -> bool:
        """Use it up for a customer. False: somebody was first, or it was revoked or ran out of time."""
        statement = (
            update(activation_tokens)
            .where(_C.id == token_id, _C.used_at.is_(None), _C.revoked_at.is_(None), _C.expires_at > now)
            .values(used_at=now, used_by=customer_id, subscription_id=subscription_id)
            .returning(_C.id)
        )
        return (await self._unit.connection.execute(statement)).first() is not None

    async def joined(self, customer_id: CustomerId, channel_id: ChannelId, now: datetime) -> None:
        """Note it on the tokens this customer used for this channel that did not lead in yet."""
        channels = telegram_channels.c
        own = select(channels.plan_id).where(channels.id == channel_id, channels.plan_id.is_not(None))
        vip = (
            select(service_plans.c.id)
            .join(telegram_channels, channels.id == channel_id)
            .where(service_plans.c.access == "vip_channel", channels.kind == "vip")
        )
        await self._tokens.run(
            update(activation_tokens)
            .where(_C.used_by == customer_id, _C.joined_at.is_(None), _C.plan_id.in_(own.union_all(vip)))
            .values(joined_at=now)
        )

    async def newest(
        self, *, plan_id: PlanId | None = None, batch: UUID | None = None, limit: int = 20, offset: int = 0
    ) -> Sequence[ActivationToken]:
        """The newest first."""
        return await self._tokens.all(
            select(activation_tokens)
            .where(
                _C.plan_id == plan_id if plan_id is not None else true(),
                _C.batch == batch if batch is not None else true(),
            )
            .order_by(_C.created_at.desc(), _C.id.asc())
            .limit(limit)
            .offset(offset)
        )

    async def exist_for(self, plan_id: PlanId) -> bool:
        """Whether a plan has tokens, used or not."""
        return await self._tokens.one(_C.id.in_(select(_C.id).where(_C.plan_id == plan_id).limit(1))) is not None

    async def counts(self) -> Sequence[TokenCounts]:
        """By plan and campaign, those with the most tokens first."""
        rows = await self._unit.connection.execute(
            select(
                _C.plan_id,
                _C.campaign,
                func.count().label("made"),
                func.count(_C.opened_at).label("opened"),
                func.count(_C.used_at).label("activated"),
                func.count(_C.joined_at).label("joined"),
            )
            .group_by(_C.plan_id, _C.campaign)
            .order_by(func.count().desc(), _C.campaign.asc(), _C.plan_id.asc())
        )
        return [TokenCounts(**row) for row in rows.mappings()]
