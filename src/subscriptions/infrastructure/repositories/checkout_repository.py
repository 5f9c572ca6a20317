"""Repository of orders and their checkouts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.ids import CustomerId, OrderId, PlanId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import checkout_attempts, orders, payments, status_cards
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

ORDER: Final = RowMapper(Order, columns={"for_another": "gift"})
ATTEMPT: Final = RowMapper(CheckoutAttempt, columns={"discount_code_id": "promotion_id"})

_OPEN = verbatim("orders.status = 'open'")
_CAUSES: Final = text("SELECT id, cause FROM orders WHERE id = ANY(CAST(:ids AS uuid[])) AND cause IS NOT NULL")
_UNPAID: Final = (OrderStatus.OPEN.value, OrderStatus.EXPIRED.value)


class SqlOrderRepository(Repository[OrderId, Order]):
    """OrderRepository in PostgreSQL."""

    table = orders
    mapper = ORDER

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._attempts = TableStore(unit, checkout_attempts, ATTEMPT)

    async def with_ids(self, order_ids: Collection[OrderId]) -> Sequence[Order]:
        """Implements `OrderRepository.with_ids`."""
        return await self._rows.many(orders.c.id.in_(order_ids), order=(orders.c.id,)) if order_ids else []

    async def cause_of(self, reference: str | None) -> str | None:
        """Return the trace id of the request that opened an order; None if there is no order or no trace. `reference`:
        our order reference, as the provider returns it.
        """
        return (await self.causes_of([reference])).get(reference) if reference else None

    async def causes_of(self, references: Collection[str]) -> Mapping[str, str]:
        """Return the trace ids of the requests that opened the orders, keyed by order reference. References without an
        order or a trace are omitted.
        """
        order_ids = {each: order for each in references if (order := _uuid(each)) is not None}
        if not order_ids:
            return {}
        result = await self._unit.connection.execute(_CAUSES, {"ids": list(order_ids.values())})
        causes = {row.id: row.cause for row in result}
        return {each: causes[order] for each, order in order_ids.items() if order in causes}

    async def open_for(
        self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False, for_another: bool = False
    ) -> Order | None:
        """Return the customer's open order for a plan; None if there is none. There is at most one open order for the
        customer and one for a gift. `for_another`: return the order of the gift.
        """
        return await self._rows.one(_OPEN, customer_id=customer_id, plan_id=plan_id, gift=for_another, lock=lock)

    async def paid_since(self, customer_id: CustomerId, moment: datetime) -> Sequence[Order]:
        """Return the orders that a customer paid since `moment`, including gifts, the newest first."""
        columns = orders.c
        conditions = (columns.status == OrderStatus.PAID.value, columns.paid_at >= moment)
        order = (columns.paid_at.desc(), columns.id)
        return await self._rows.many(columns.customer_id == customer_id, *conditions, order=order)

    async def open_of(self, customer_id: CustomerId, *, lock: bool = False) -> Sequence[Order]:
        """Return all open orders of a customer, the oldest first. Orders for plans that are no longer offered are
        included.
        """
        columns = orders.c
        return await self._rows.many(
            columns.customer_id == customer_id, _OPEN, order=(columns.created_at, columns.id), lock=lock
        )

    async def list_due(self, now: datetime, limit: int) -> Sequence[Order]:
        """Lock and return the open orders that have expired. Orders that another process has locked are skipped."""
        return await self._rows.all(
            lapsed_orders(now).limit(limit).with_for_update(skip_locked=True), skips_unreadable=True
        )

    async def attempts(self, order_id: OrderId) -> Sequence[CheckoutAttempt]:
        """Return the checkouts of an order, in the order in which they were created."""
        columns = checkout_attempts.c
        return await self._attempts.many(order_id=order_id, order=(columns.number,))

    async def attempt_by_session(self, provider: str, session_ref: str) -> CheckoutAttempt | None:
        """Return the checkout with this session id at the provider; None if there is none."""
        return await self._attempts.one(provider=provider, session_ref=session_ref)

    async def save_attempt(self, attempt: CheckoutAttempt) -> None:
        await self._attempts.save(attempt)

    async def open_attempts(
        self, customer_id: CustomerId, plan_id: PlanId, *, for_another: bool = False
    ) -> Sequence[CheckoutAttempt]:
        """Return the open checkouts of the customer's orders for a plan (with `for_another`: for the plan as a gift),
        the oldest first.
        """
        columns = checkout_attempts.c
        return await self._attempts.all(
            select(checkout_attempts)
            .join(orders, orders.c.id == columns.order_id)
            .where(
                orders.c.customer_id == customer_id,
                orders.c.plan_id == plan_id,
                orders.c.gift.is_(for_another),
                columns.status == AttemptStatus.OPEN.value,
            )
            .order_by(columns.created_at.asc(), columns.order_id.asc(), columns.number.asc())
        )

    async def list_since(
        self, customer_id: CustomerId, plan_id: PlanId, moment: datetime, *, for_another: bool = False
    ) -> Sequence[Order]:
        """Return the customer's orders for a plan (with `for_another`: for the plan as a gift) opened since `moment`,
        the oldest first.
        """
        columns = orders.c
        return await self._rows.many(
            columns.customer_id == customer_id,
            columns.plan_id == plan_id,
            columns.gift.is_(for_another),
            columns.created_at >= moment,
            order=(columns.created_at.asc(), columns.id.asc()),
        )

    async def has_opened(self, plan_id: PlanId, provider: str, start: datetime) -> bool:
        """Return True if a provider created a checkout for this plan after `start`, for any customer."""
        attempts = checkout_attempts.c
        conditions = (attempts.provider == provider, attempts.created_at > start, attempts.session_ref.is_not(None))
        ours = select(orders.c.id).where(orders.c.plan_id == plan_id)
        result = await self._unit.connection.execute(select(exists().where(*conditions, attempts.order_id.in_(ours))))
        return bool(result.scalar_one())

    async def to_confirm(
        self,
        providers: Collection[str],
        start: datetime,
        *,
        limit: int,
        offset: int = 0,
        order_id: OrderId | None = None,
    ) -> Sequence[CheckoutAttempt]:
        """Return the checkouts at these providers that may have been paid and are not confirmed yet, the
        newest first.
        """
        columns, money = checkout_attempts.c, payments.c
        paid_since = exists().where(money.order_id == columns.order_id, money.recorded_at >= columns.created_at)
        statement = (
            select(checkout_attempts)
            .join(orders, orders.c.id == columns.order_id)
            .where(
                columns.provider.in_(providers),
                columns.status == AttemptStatus.OPEN.value,
                columns.session_ref.is_not(None),
                columns.created_at >= start,
                orders.c.status.in_(_UNPAID),
                ~paid_since,
            )
            .order_by(columns.created_at.desc(), columns.order_id, columns.number.desc())
        )
        if order_id is not None:
            statement = statement.where(columns.order_id == order_id)
        return await self._attempts.all(statement.limit(limit).offset(offset))

    async def add_card(self, order_id: OrderId, message_id: int) -> None:
        """Record a status message that contains the payment link of an order. Repeating the call changes nothing."""
        row = {"order_id": order_id, "message_id": message_id}
        await self._rows.run(insert(status_cards).values(row).on_conflict_do_nothing())

    async def forget_message(self, customer_id: CustomerId, message_id: int) -> None:
        """Delete the records of a message that no longer contains a payment link."""
        own = select(orders.c.id).where(orders.c.customer_id == customer_id)
        attempts, cards = checkout_attempts.c, status_cards.c
        shown = update(checkout_attempts).where(attempts.message_id == message_id, attempts.order_id.in_(own))
        await self._rows.run(shown.values(message_id=None))
        await self._rows.run(delete(status_cards).where(cards.message_id == message_id, cards.order_id.in_(own)))

    async def cards(self, order_id: OrderId) -> Sequence[int]:
        """Return the ids of the recorded status messages of an order, the oldest first."""
        columns = status_cards.c
        statement = select(columns.message_id).where(columns.order_id == order_id).order_by(columns.message_id)
        return list((await self._unit.connection.execute(statement)).scalars())


def lapsed_orders(now: datetime | ColumnElement[datetime]) -> Select[Any]:
    """Return the query of expired open orders."""
    return select(orders).where(_OPEN, orders.c.expires_at <= now).order_by(orders.c.expires_at)


def _uuid(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None
