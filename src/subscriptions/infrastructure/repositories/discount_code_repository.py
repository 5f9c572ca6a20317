"""Repository of discount codes, their claims, reservations and uses."""

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

from subscriptions.domain.entities.discount_code import DiscountCode, DiscountReservation, DiscountUse
from subscriptions.domain.entities.order import AttemptStatus, Order, OrderStatus
from subscriptions.domain.ids import CustomerId, DiscountCodeId, OrderId, PlanId
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import (
    checkout_attempts,
    discount_claims,
    discount_codes,
    discount_reservations,
    discount_uses,
    orders,
)
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

DISCOUNT_CODE: Final = RowMapper(DiscountCode)
USE: Final = RowMapper(DiscountUse, columns={"discount_code_id": "promotion_id"})
RESERVATION: Final = RowMapper(DiscountReservation, columns={"discount_code_id": "promotion_id"})
_MOST_CODES: Final = 1000


class SqlDiscountRepository(Repository[DiscountCodeId, DiscountCode]):
    """DiscountRepository in PostgreSQL."""

    key: ClassVar = DISCOUNTS_KEY

    table = discount_codes
    mapper = DISCOUNT_CODE

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._uses = TableStore(unit, discount_uses, USE)
        self._reservations = TableStore(unit, discount_reservations, RESERVATION)

    async def by_code(self, code: str) -> DiscountCode | None:
        """Return the discount code that customers enter as this text; None if there is none."""
        return await self._rows.one(code=code)

    async def by_letters(self, letters: str) -> Sequence[DiscountCode]:
        """Implements `DiscountRepository.by_letters`."""
        bare = func.replace(func.replace(discount_codes.c.code, "-", ""), "_", "")
        return await self._rows.all(
            select(discount_codes).where(bare == letters).order_by(discount_codes.c.code).limit(2)
        )

    async def codes(self, *, shortest: int, longest: int) -> Sequence[str]:
        """Implements `DiscountRepository.codes`."""
        code = discount_codes.c.code
        found = select(code).where(func.length(code).between(shortest, longest))
        newest = found.order_by(discount_codes.c.created_at.desc(), code).limit(_MOST_CODES)
        return list(await self._unit.connection.scalars(newest))

    async def claim(self, discount_code_id: DiscountCodeId, customer_id: CustomerId, now: datetime) -> None:
        """Implements `DiscountRepository.claim`."""
        row = {"promotion_id": discount_code_id, "customer_id": customer_id, "claimed_at": now}
        await self._rows.run(insert(discount_claims).values(row).on_conflict_do_nothing())

    async def claimed_by(self, customer_id: CustomerId) -> Sequence[DiscountCode]:
        """Implements `DiscountRepository.claimed_by`."""
        columns, claims = discount_codes.c, discount_claims.c
        return await self._rows.all(
            select(discount_codes)
            .join(discount_claims, claims.promotion_id == columns.id)
            .where(claims.customer_id == customer_id, columns.stopped_at.is_(None))
            .order_by(claims.claimed_at.desc(), columns.code)
        )

    async def used_by(self, discount_code_id: DiscountCodeId, customer_id: CustomerId) -> bool:
        """Implements `DiscountRepository.used_by`."""
        uses = discount_uses.c
        mine = select(uses.order_id).where(uses.promotion_id == discount_code_id, uses.customer_id == customer_id)
        return await self._unit.connection.scalar(mine.limit(1)) is not None

    async def used(self, customer_id: CustomerId) -> set[DiscountCodeId]:
        """Implements `DiscountRepository.used`."""
        uses = discount_uses.c
        result = await self._unit.connection.scalars(select(uses.promotion_id).where(uses.customer_id == customer_id))
        return {DiscountCodeId(each) for each in result}

    async def used_for(self, discount_code_id: DiscountCodeId, customer_id: CustomerId, plan_id: PlanId) -> bool:
        """Implements `DiscountRepository.used_for`."""
        uses = discount_uses.c
        mine = (
            select(uses.order_id)
            .join(orders, orders.c.id == uses.order_id)
            .where(uses.promotion_id == discount_code_id, uses.customer_id == customer_id, orders.c.plan_id == plan_id)
        )
        return await self._unit.connection.scalar(mine.limit(1)) is not None

    async def count_taken(
        self,
        discount_code_id: DiscountCodeId,
        now: datetime,
        *,
        apart_from: Collection[OrderId] = (),
        customer_id: CustomerId | None = None,
    ) -> int:
        """Implements `DiscountRepository.count_taken`."""
        subquery = _takers(discount_code_id, now).subquery()
        statement = (
            select(func.count())
            .select_from(subquery.join(orders, orders.c.id == subquery.c.order_id))
            .where(orders.c.id.not_in(apart_from))
        )
        result = await self._unit.connection.scalar(
            statement.where(orders.c.customer_id == customer_id) if customer_id else statement
        )
        return int(result or 0)

    async def reserve(self, discount_code: DiscountCode, order: Order, now: datetime) -> bool:
        """Implements `DiscountRepository.reserve`."""
        columns = discount_reservations.c
        of_it = columns.promotion_id == discount_code.id
        free = columns.order_id.not_in(_takers(discount_code.id, now))
        await self._reservations.run(delete(discount_reservations).where(of_it, columns.order_id != order.id, free))
        number = await self._free_place(discount_code.id) if discount_code.uses is not None else None
        if discount_code.uses is not None and number is not None and number > discount_code.uses:
            return await self.is_reserved(discount_code.id, order.id)
        await self._reservations.add_if_new(
            DiscountReservation(
                order_id=order.id,
                discount_code_id=discount_code.id,
                customer_id=order.customer_id,
                once=discount_code.once,
                place=number,
                reserved_at=now,
            )
        )
        return await self.is_reserved(discount_code.id, order.id)

    async def is_reserved(self, discount_code_id: DiscountCodeId, order_id: OrderId) -> bool:
        """Implements `DiscountRepository.is_reserved`."""
        return await self._reservations.one(promotion_id=discount_code_id, order_id=order_id) is not None

    async def _free_place(self, discount_code_id: DiscountCodeId) -> int:
        """Return the lowest number that no reservation of the code has."""
        columns, next_place = discount_reservations.c, discount_reservations.alias()
        of_it = columns.promotion_id == discount_code_id
        subquery = select(literal(0).label("place")).union_all(select(columns.place).where(of_it)).subquery()
        next_one = exists().where(
            next_place.c.promotion_id == discount_code_id, next_place.c.place == subquery.c.place + 1
        )
        result = await self._unit.connection.scalar(select(func.min(subquery.c.place) + 1).where(~next_one))
        return int(result or 1)

    async def add_use(self, use: DiscountUse) -> None:
        """Implements `DiscountRepository.add_use`."""
        await self._uses.add_if_new(use)

    async def use_of(self, order_id: OrderId) -> DiscountUse | None:
        """Return the use of a discount code by a paid order; None if the order used no code."""
        return await self._uses.one(order_id=order_id)


def _takers(discount_code_id: DiscountCodeId, now: datetime) -> CompoundSelect[OrderId]:
    """Return the query of the orders that were paid with a code, and of open orders with a payable checkout that
    uses it.
    """
    attempts = checkout_attempts.c
    payable = (
        select(attempts.order_id)
        .join(orders, orders.c.id == attempts.order_id)
        .where(
            attempts.promotion_id == discount_code_id,
            attempts.status != AttemptStatus.CLOSED.value,
            attempts.expires_at > now,
            orders.c.status == OrderStatus.OPEN.value,
        )
    )
    return payable.union(select(discount_uses.c.order_id).where(discount_uses.c.promotion_id == discount_code_id))
