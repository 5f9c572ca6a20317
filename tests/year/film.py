"""Recording of the database's content at the end of each virtual hour, and of all sent messages, for `make replay`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.year.chance import Chance
from tests.year.line import Line
from tests.year.span import Span
from tests.year.world import HOUR, START, Year

STATE: Final = """
SELECT 'subscription' AS what, s.id::text AS id, c.telegram_id AS person, p.name AS of, s.status AS state,
       coalesce(to_char(s.access_until, 'YYYY-MM-DD HH24:MI'), '') AS more
FROM subscriptions AS s JOIN customers AS c ON c.id = s.customer_id JOIN service_plans AS p ON p.id = s.plan_id
UNION ALL
SELECT 'access', a.id::text, c.telegram_id, t.title, a.status, ''
FROM accesses AS a JOIN customers AS c ON c.id = a.customer_id JOIN telegram_channels AS t ON t.id = a.channel_id
UNION ALL
SELECT 'channel', t.id::text, c.telegram_id, t.title, t.status, t.kind
FROM telegram_channels AS t LEFT JOIN customers AS c ON c.id = t.customer_id
UNION ALL
SELECT 'payment', p.id::text, c.telegram_id, p.amount_minor || ' ' || p.amount_currency, p.status, ''
FROM payments AS p JOIN customers AS c ON c.id = p.customer_id
"""
LEDGER: Final = """
SELECT c.telegram_id AS person, p.name AS of, l.kind, l.length::text AS length, l.note,
       to_char(l.created_at, 'YYYY-MM-DD HH24:MI') AS at
FROM ledger_entries AS l JOIN subscriptions AS s ON s.id = l.subscription_id
JOIN customers AS c ON c.id = s.customer_id JOIN service_plans AS p ON p.id = s.plan_id ORDER BY l.id
"""
COUNTED: Final = """
SELECT 'subscription', c.telegram_id, s.status, count(*)
FROM subscriptions AS s JOIN customers AS c ON c.id = s.customer_id GROUP BY 2, 3
UNION ALL
SELECT 'access', c.telegram_id, a.status, count(*)
FROM accesses AS a JOIN customers AS c ON c.id = a.customer_id GROUP BY 2, 3
UNION ALL
SELECT 'channel', c.telegram_id, t.status, count(*)
FROM telegram_channels AS t LEFT JOIN customers AS c ON c.id = t.customer_id GROUP BY 2, 3
UNION ALL
SELECT 'payment', c.telegram_id, p.status, count(*)
FROM payments AS p JOIN customers AS c ON c.id = p.customer_id GROUP BY 2, 3
"""
NAMES: Final = "SELECT telegram_id, first_name FROM customers ORDER BY telegram_id"


@dataclass
class Film:
    """Recording of a year. changes: changed objects by hour; None for a removed object. said: hour, person and text of
    each sent message. things: owner and description of each object, which do not change. counted: at ten random
    hours, the database's own counts by kind, person and status, to check the page. troubles: outages, with first and
    last hour. month_ended: callback every thirty days, with the hour.
    """

    span: Span
    hours: int = 0
    things: dict[str, list[Any]] = field(default_factory=dict)
    changes: dict[int, dict[str, str | None]] = field(default_factory=dict)
    said: list[list[Any]] = field(default_factory=list)
    ledger: list[list[Any]] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    troubles: list[list[Any]] = field(default_factory=list)
    counted: dict[int, Counter[tuple[Any, ...]]] = field(default_factory=dict)
    month_ended: Callable[[int], None] = lambda hour: None
    _held: dict[str, str] = field(default_factory=dict)

    async def take(self, hour: int, connection: Line) -> None:
        """Record the objects in the database that changed in this hour."""
        held = {}
        for row in await connection.fetch(STATE):
            held[row["id"]] = f"{row['state']} {row['more']}".strip()
            self.things.setdefault(row["id"], [row["what"], row["person"], row["of"]])
        changed: dict[str, str | None] = {key: value for key, value in held.items() if self._held.get(key) != value}
        changed |= dict.fromkeys(self._held.keys() - held.keys())
        if changed:
            self.changes[hour] = changed
        self.hours, self._held = hour, held
        if hour % (30 * 24) == 0:
            self.month_ended(hour)
        if hour in Random(self.span.seed).sample(range(1, self.span.days * 24 + 1), 10):
            rows = await connection.fetch(COUNTED)
            self.counted[hour] = Counter({tuple(row)[:3]: row["count"] for row in rows})

    async def end(self, connection: Line) -> None:
        """Record the ledger and the customers' names at the end of the year."""
        self.ledger = [list(row.values()) for row in await connection.fetch(LEDGER)]
        self.names = {row["telegram_id"]: row["first_name"] for row in await connection.fetch(NAMES)}


def _hours(moment: datetime) -> float:
    return round((moment - START) / HOUR, 1)


class FilmedYear(Year):
    """Simulated year in which every hour is recorded."""

    def __init__(self, film: Film, engine: AsyncEngine, connection: Line, span: Span, chance: Chance) -> None:
        super().__init__(engine, connection, span, chance)
        self._film, self._looked = film, connection
        self._api.said = self._say

    async def _until(self, hour: datetime) -> None:
        await super()._until(hour)
        await self.hour_ended((hour - START) // HOUR)

    async def hour_ended(self, hour: int) -> None:
        """Record the database's content at the end of the hour."""
        await self._film.take(hour, self._looked)
        if hour == self._film.span.days * 24:
            await self._film.end(self._looked)
            times = [(each.service, each.start, each.end) for each in self._weather.storms]
            times += [("all webhooks", self._silence.start, self._silence.end)] * self._silence.reigns(
                self._silence.start
            )
            self._film.troubles = [[what, _hours(start), _hours(end)] for what, start, end in times]

    def _say(self, person: int, text: str) -> None:
        hour = (self._clock.now() - START) // HOUR + 1
        self._film.said.append([hour, person, text])
