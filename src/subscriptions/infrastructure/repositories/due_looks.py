"""What the clock has to do, by one question: most seconds it is nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, bindparam, or_, select, true
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.entities.sweep import SweepStatus
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
    """Whose turn it is. DUE: `RunDue`'s. JOBS: those for later that are due."""

    SWEEPS = "sweeps"
    DUE = "due"
    VIP = "vip"
    JOBS = "jobs"


class DueLooks:
    """Asks by the same statements by which the use cases find their work, whoever holds its rows."""

    def __init__(self, engine: AsyncEngine, default_grace: timedelta) -> None:
        """default_grace: how long a failed renewal keeps access where the plan does not say."""
        self._engine = engine
        # Made once: most of what a question costs here is its making.
        turns = _turns(bindparam("now", type_=DateTime(timezone=True)), default_grace)
        self._turns, self._question = tuple(turns), select(*turns.values())

    async def __call__(self, now: datetime) -> frozenset[Turn]:
        """Raises RetryLater where the database does not answer."""
        with translate_errors():
            async with self._engine.connect() as connection:
                row = (await connection.execute(self._question, {"now": now})).one()
        return frozenset(turn for turn, due in zip(self._turns, row, strict=True) if due)


def _turns(now: ColumnElement[datetime], grace: timedelta) -> Mapping[Turn, ColumnElement[bool]]:
    queries = (lapsed_orders(now), ended_subscriptions(now, grace), unpaid_subscriptions(now, grace), to_remind(now))
    statement = select(due_jobs).where(due_jobs.c.due_at <= now).order_by(due_jobs.c.due_at)
    return {
        Turn.SWEEPS: _any(select(sweeps).where(stands(SweepStatus.GATHERING))),
        Turn.DUE: or_(*map(_any, queries)),
        Turn.VIP: _any(ended_of_vip(now, grace)),
        Turn.JOBS: _any(statement),
    }


def _any(statement: Select[Any]) -> ColumnElement[bool]:
    """By the first in its order: an index has that, where EXISTS, which knows no order, may read a whole table."""
    return statement.with_only_columns(true(), maintain_column_froms=True).limit(1).scalar_subquery().is_not(None)
