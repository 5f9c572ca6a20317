"""Comparison of the console's figures, calculated by SQL from the rows of a simulated customer's history, with the
payments and refunds of that history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from features.figures.repository import SqlFiguresRepository
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.services.spans import month_edges
from subscriptions.infrastructure.repositories.store import Unit
from tests.features.figures.books import rows_of
from tests.lives.judge import Broken
from tests.lives.life import ME, Life

ZONE: Final = ZoneInfo("Europe/Madrid")
MONTHS: Final = 24


class Sums:
    """Comparison of figures with the history of a simulated customer. engine: engine of a migrated database, in which
    every inserted row is rolled back.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def hold(self, life: Life) -> None:
        """Raise Broken if a month's revenue or number of first payments differs from the customer's history."""
        now = life.town.clock.now()
        edges = month_edges(now, ZONE, MONTHS)
        async with self._engine.connect() as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            for table, rows in rows_of(life.shop.memory):
                if rows:
                    await connection.execute(insert(table), rows)
            figures, revenue = SqlFiguresRepository(Unit(connection, lambda _: None)), Counter[datetime]()
            for line in await figures.revenue(edges):
                revenue[line.month] += line.amount.minor
            cohorts = {each.month: each.size for each in await figures.cohorts(edges) if each.size}
        kept = _by_month(edges, _moves(life))
        for month in edges[:-1]:
            if revenue[month] != kept[month]:
                raise Broken("a", now, f"revenue of {month:%b %Y}: {kept[month]}", f"{revenue[month]}")
        began = _by_month(edges, ((at, 1) for at in _first_payments(life)))
        if not life.forgotten and cohorts != {month: many for month, many in began.items() if many}:
            raise Broken("a", now, f"first payments {_as_text(began)}", _as_text(cohorts))


def _as_text(months: dict[datetime, int]) -> str:
    return ", ".join(f"{month:%b %Y}: {many}" for month, many in sorted(months.items()) if many)


def _by_month(edges: Sequence[datetime], moments: Iterable[tuple[datetime, int]]) -> Counter[datetime]:
    months = Counter[datetime]()
    for at, many in moments:
        months[max(edge for edge in edges if edge <= at)] += many
    return months


def _payments(life: Life) -> dict[str, PaymentEvent]:
    """Return every payment that is not under review, keyed by its payment key."""
    paid: dict[str, PaymentEvent] = {}
    for each in (*life.imported, *life.town.letters):
        if each.kind is PaymentEventKind.PAYMENT_COMPLETED and each.amount is not None and each.payment_key:
            paid.setdefault(each.payment_key, each)
    return {key: each for key, each in paid.items() if key not in life.judge.flagged}


def _moves(life: Life) -> Iterable[tuple[datetime, int]]:
    paid, back = _payments(life), Counter[str]()
    for each in paid.values():
        assert each.amount is not None
        yield each.occurred_at, each.amount.minor
    failed = {each.payment_key for each in life.town.letters if each.raw_type == "refund.failed"}
    for each in life.town.letters:
        key = each.about_payment or ""
        amount = paid[key].amount if key in paid else None
        if amount is None:
            continue
        minor = 0
        if each.raw_type == "refund.created" and each.payment_key not in failed and each.amount is not None:
            minor = each.amount.minor
        elif each.kind is PaymentEventKind.DISPUTE_CLOSED and each.reason == "lost":
            minor = each.amount.minor if each.amount is not None else amount.minor - back[key]
        back[key] += minor
        yield each.occurred_at, -minor


def _first_payments(life: Life) -> Iterable[datetime]:
    """Yield the time of each customer's first payment for a plan of their own. Each order of a referred newcomer counts
    as a separate customer, because a newcomer pays once.
    """
    gifts = {order for order, (_, kind) in life.orders.items() if kind}
    firsts: dict[str, datetime] = {}
    for each in _payments(life).values():
        if each.order_id in gifts or each.amount is None or not each.amount.minor:
            continue
        whose = str(ME) if each.order_id in life.orders else str(each.order_id)
        firsts[whose] = min(firsts.get(whose, each.occurred_at), each.occurred_at)
    return firsts.values()


SUMS: Final = {"figures": Sums}
"""Comparisons between the database's figures and the simulated customer histories, keyed by name."""
