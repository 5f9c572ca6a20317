"""Data from which the monthly figures are calculated, read row by row from a database, and the comparison of two
calculations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine

from features.figures.domain.figures import ALL, Part
from features.figures.ports import FiguresRepository
from features.figures.use_cases.see_figures import QUESTIONS
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import (
    accesses,
    checkout_attempts,
    customers,
    disputes,
    link_uses,
    orders,
    payments,
    plan_changes,
    plan_payment_prices,
    refunds,
    service_plans,
    subscriptions,
    telegram_channels,
)
from subscriptions.infrastructure.repositories.access_repository import ACCESS
from subscriptions.infrastructure.repositories.catalog_repository import OPENS, PLAN, PRICE, REFUSED_BY
from subscriptions.infrastructure.repositories.channel_repository import CHANNEL
from subscriptions.infrastructure.repositories.checkout_repository import ATTEMPT, ORDER
from subscriptions.infrastructure.repositories.customer_repository import CUSTOMER
from subscriptions.infrastructure.repositories.payment_repository import DISPUTE, PAYMENT, REFUND
from subscriptions.infrastructure.repositories.subscription_repository import CHANGE, SUBSCRIPTION
from tests.fakes.memory import Memory
from tests.fakes.people import LinkUse

_COUNTED: Final[Sequence[tuple[Table, RowMapper[Any]]]] = (
    (customers, CUSTOMER),
    (service_plans, PLAN),
    (plan_payment_prices, PRICE),
    (orders, ORDER),
    (checkout_attempts, ATTEMPT),
    (subscriptions, SUBSCRIPTION),
    (plan_changes, CHANGE),
    (payments, PAYMENT),
    (refunds, REFUND),
    (disputes, DISPUTE),
    (telegram_channels, CHANNEL),
    (accesses, ACCESS),
)


_NAMED: Final = {plan_payment_prices.name: "prices"}
"""Names of the tables in `Memory` that differ from those in the database."""


async def read_books(engine: AsyncEngine) -> Memory:
    """Return an in-memory copy of all rows that `MemoryFigures` reads."""
    memory = Memory()
    async with engine.connect() as connection:
        for table, mapper in _COUNTED:
            derived = [OPENS, REFUSED_BY] if table is service_plans else []
            rows = (await connection.execute(select(table, *derived))).mappings()
            memory.tables[_NAMED.get(table.name, table.name)] = [mapper.to_entity(row) for row in rows]
        uses = await connection.execute(select(link_uses.c.source, link_uses.c.customer_id, link_uses.c.used_at))
        memory.tables[link_uses.name] = [LinkUse(*row) for row in uses]
    return memory


def rows_of(memory: Memory) -> list[tuple[Table, list[dict[str, object]]]]:
    """Return all rows that the monthly figures read, in the form in which a database stores them."""
    return [
        (table, [mapper.to_row(each) for each in memory.tables.get(_NAMED.get(table.name, table.name), [])])
        for table, mapper in _COUNTED
    ]


async def differences(
    notified: FiguresRepository,
    plain: FiguresRepository,
    edges: Sequence[datetime],
    now: datetime,
    parts: Iterable[Part] = (ALL,),
) -> list[str]:
    """Return each line that only one of the two repositories returns, for the requests that the console makes for its
    figures.
    """
    found = list[str]()
    for part in parts:
        for name, (_, ask) in QUESTIONS.items():
            said, counted = list(await ask(notified, edges, part, now)), list(await ask(plain, edges, part, now))
            only = _only("told", said, counted) + _only("counted", counted, said)
            if said != counted:
                found += [f"{name} of {part}: {line}" for line in only or ["in another order"]]
    return found


def _only(which: str, these: Sequence[object], those: Sequence[object]) -> list[str]:
    return [f"only {which}: {line}" for line in (Counter(map(str, these)) - Counter(map(str, those))).elements()]
