"""Check for all kinds of due work in a single query, because nothing is due in most seconds."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, bindparam, or_, select, true
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.entities.bulk_expiry import BulkExpiryStatus
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.tables import due_jobs, sweeps
from subscriptions.infrastructure.repositories.checkout_repository import lapsed_orders
from subscriptions.infrastructure.repositories.expiry_repository import stands
from subscriptions.infrastructure.repositories.subscription_repository import (
    ended_of_vip,
    ended_subscriptions,
    to_remind,
    unpaid_subscriptions,
)


class Turn(StrEnum):
    """Kind of due work.

    BULK_EXPIRIES: bulk expiries
    DUE: work of the use case `RunDue`
    VIP: expired subscriptions for the VIP channel
    JOBS: postponed jobs
    """

    BULK_EXPIRIES = "sweeps"
    DUE = "due"
    VIP = "vip"
    JOBS = "jobs"


class DueLooks:
    """Query that checks which kinds of work are due. It uses the same statements as the use cases, but also counts
    locked rows.
    """

    def __init__(self, engine: AsyncEngine, default_grace: timedelta) -> None:
        """`default_grace`: grace period after a failed renewal, for plans that set none."""
        self._engine = engine
        # Built once, because building the query takes longer than running it.
        turns = _turns(bindparam("now", type_=DateTime(timezone=True)), default_grace)
        self._turns, self._question = tuple(turns), select(*turns.values())

    async def __call__(self, now: datetime) -> frozenset[Turn]:
        """Return the kinds of work that are due. Raises RetryLater if the database does not respond."""
        with translate_errors():
            async with self._engine.connect() as connection:
                row = (await connection.execute(self._question, {"now": now})).one()
        return frozenset(turn for turn, due in zip(self._turns, row, strict=True) if due)


def _turns(now: ColumnElement[datetime], grace: timedelta) -> Mapping[Turn, ColumnElement[bool]]:
    queries = (lapsed_orders(now), ended_subscriptions(now, grace), unpaid_subscriptions(now, grace), to_remind(now))
    statement = select(due_jobs).where(due_jobs.c.due_at <= now).order_by(due_jobs.c.due_at)
    return {
        Turn.BULK_EXPIRIES: _any(select(sweeps).where(stands(BulkExpiryStatus.GATHERING))),
        Turn.DUE: or_(*map(_any, queries)),
        Turn.VIP: _any(ended_of_vip(now, grace)),
        Turn.JOBS: _any(statement),
    }


def _any(statement: Select[Any]) -> ColumnElement[bool]:
    """Return the condition that a query has a row, determined by its first row in order. An index provides that row,
    while EXISTS would ignore the order and might read the whole table.
    """
    return statement.with_only_columns(true(), maintain_column_froms=True).limit(1).scalar_subquery().is_not(None)
