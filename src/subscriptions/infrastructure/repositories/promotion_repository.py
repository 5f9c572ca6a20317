"""Repository of promotions, their claims, reservations and uses."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import (
    CompoundSelect,
    delete,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.entities.order import AttemptStatus, Order, OrderStatus
from subscriptions.domain.entities.promotion import Promotion, PromotionReservation, PromotionUse
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, PromotionId
from subscriptions.domain.ports.repositories.promotions import PROMOTIONS_KEY
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import (
    checkout_attempts,
    orders,
    promotion_claims,
    promotion_reservations,
    promotion_uses,
    promotions,
)
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

PROMOTION: Final = RowMapper(Promotion)
USE: Final = RowMapper(PromotionUse)
RESERVATION: Final = RowMapper(PromotionReservation)
_MOST_CODES: Final = 1000


class SqlPromotionRepository(Repository[PromotionId, Promotion]):
    """PromotionRepository in PostgreSQL."""

    key: ClassVar = PROMOTIONS_KEY

    table = promotions
    mapper = PROMOTION

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._uses = TableStore(unit, promotion_uses, USE)
        self._reservations = TableStore(unit, promotion_reservations, RESERVATION)

    async def by_code(self, code: str) -> Promotion | None:
        """Return the promotion with this code."""
        return await self._rows.one(code=code)

    async def by_letters(self, letters: str) -> Sequence[Promotion]:
        """See the port."""
        bare = func.replace(func.replace(promotions.c.code, "-", ""), "_", "")
        return await self._rows.all(select(promotions).where(bare == letters).order_by(promotions.c.code).limit(2))

    async def codes(self, *, shortest: int, longest: int) -> Sequence[str]:
        """See the port."""
        code = promotions.c.code
        found = select(code).where(func.length(code).between(shortest, longest))
        newest = found.order_by(promotions.c.created_at.desc(), code).limit(_MOST_CODES)
        return list(await self._unit.connection.scalars(newest))

    async def claim(self, promotion_id: PromotionId, customer_id: CustomerId, now: datetime) -> None:
        """See the port."""
        row = {"promotion_id": promotion_id, "customer_id": customer_id, "claimed_at": now}
        await self._rows.run(insert(promotion_claims).values(row).on_conflict_do_nothing())

    async def claimed_by(self, customer_id: CustomerId) -> Sequence[Promotion]:
        """See the port."""
        columns, claims = promotions.c, promotion_claims.c
        return await self._rows.all(
            select(promotions)
            .join(promotion_claims, claims.promotion_id == columns.id)
            .where(claims.customer_id == customer_id, columns.stopped_at.is_(None))
            .order_by(claims.claimed_at.desc(), columns.code)
        )

    async def used_by(self, promotion_id: PromotionId, customer_id: CustomerId) -> bool:
        """See the port."""
        uses = promotion_uses.c
        mine = select(uses.order_id).where(uses.promotion_id == promotion_id, uses.customer_id == customer_id)
        return await self._unit.connection.scalar(mine.limit(1)) is not None

    async def used(self, customer_id: CustomerId) -> set[PromotionId]:
        """See the port."""
        uses = promotion_uses.c
        result = await self._unit.connection.scalars(select(uses.promotion_id).where(uses.customer_id == customer_id))
        return {PromotionId(each) for each in result}

    async def used_for(self, promotion_id: PromotionId, customer_id: CustomerId, plan_id: PlanId) -> bool:
        """See the port."""
        uses = promotion_uses.c
        mine = (
            select(uses.order_id)
            .join(orders, orders.c.id == uses.order_id)
            .where(uses.promotion_id == promotion_id, uses.customer_id == customer_id, orders.c.plan_id == plan_id)
        )
        return await self._unit.connection.scalar(mine.limit(1)) is not None

    async def count_taken(
        self,
        promotion_id: PromotionId,
        now: datetime,
        *,
        apart_from: Collection[OrderId] = (),
        customer_id: CustomerId | None = None,
    ) -> int:
        """See the port."""
        subquery = _takers(promotion_id, now).subquery()
        statement = (
            select(func.count())
            .select_from(subquery.join(orders, orders.c.id == subquery.c.order_id))
            .where(orders.c.id.not_in(apart_from))
        )
        result = await self._unit.connection.scalar(
            statement.where(orders.c.customer_id == customer_id) if customer_id else statement
        )
        return int(result or 0)

    async def reserve(self, promotion: Promotion, order: Order, now: datetime) -> bool:
        """See the port."""
        columns = promotion_reservations.c
        of_it = columns.promotion_id == promotion.id
        free = columns.order_id.not_in(_takers(promotion.id, now))
        await self._reservations.run(delete(promotion_reservations).where(of_it, columns.order_id != order.id, free))
        place = await self._free_place(promotion.id) if promotion.uses is not None else None
        if promotion.uses is not None and place is not None and place > promotion.uses:
            return await self.is_reserved(promotion.id, order.id)
        await self._reservations.add_if_new(
            PromotionReservation(
                order_id=order.id,
                promotion_id=promotion.id,
                customer_id=order.customer_id,
                once=promotion.once,
                place=place,
                reserved_at=now,
            )
        )
        return await self.is_reserved(promotion.id, order.id)

    async def is_reserved(self, promotion_id: PromotionId, order_id: OrderId) -> bool:
        """See the port."""
        return await self._reservations.one(promotion_id=promotion_id, order_id=order_id) is not None

    async def _free_place(self, promotion_id: PromotionId) -> int:
        """Return the lowest free place among the reserved uses."""
        columns, next_place = promotion_reservations.c, promotion_reservations.alias()
        of_it = columns.promotion_id == promotion_id
        subquery = select(literal(0).label("place")).union_all(select(columns.place).where(of_it)).subquery()
        next_one = exists().where(next_place.c.promotion_id == promotion_id, next_place.c.place == subquery.c.place + 1)
        result = await self._unit.connection.scalar(select(func.min(subquery.c.place) + 1).where(~next_one))
        return int(result or 1)

    async def add_use(self, use: PromotionUse) -> None:
        """See the port."""
        await self._uses.add_if_new(use)

    async def use_of(self, order_id: OrderId) -> PromotionUse | None:
        """Return the use by a paid order."""
        return await self._uses.one(order_id=order_id)


def _takers(promotion_id: PromotionId, now: datetime) -> CompoundSelect[OrderId]:
    """Return the query of the orders that were paid with a promotion, and of open orders with a payable checkout that
    uses it.
    """
    attempts = checkout_attempts.c
    payable = (
        select(attempts.order_id)
        .join(orders, orders.c.id == attempts.order_id)
        .where(
            attempts.promotion_id == promotion_id,
            attempts.status != AttemptStatus.CLOSED.value,
            attempts.expires_at > now,
            orders.c.status == OrderStatus.OPEN.value,
        )
    )
    return payable.union(select(promotion_uses.c.order_id).where(promotion_uses.c.promotion_id == promotion_id))
