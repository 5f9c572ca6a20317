"""One virtual year: time goes from one event to the next, the product works, and each hour the promises are held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.handlers.manage_plans import NewPlan
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.ids import identifiers_from
from subscriptions.domain.money import Money
from subscriptions.infrastructure.database.engine import create_engine, plain_dsn
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MemoryTelegram
from tests.year.agenda import Agenda
from tests.year.billing import Billing
from tests.year.bot_api import BOT_ID, BotApi
from tests.year.chance import Chance
from tests.year.desk import Desk
from tests.year.house import BOT_NAME, House, build
from tests.year.journal import Journal
from tests.year.law import Broken, Law
from tests.year.person import Person, Surroundings
from tests.year.post import Post
from tests.year.provider import YearProvider

START = datetime(2027, 1, 1, tzinfo=UTC)
FIRST_CUSTOMER = 800_000_001
HOUR = timedelta(hours=1)

_NEXT_DUE = """
SELECT least(
    (SELECT min(due_at) FROM due_jobs),
    (SELECT min(expires_at) FROM orders WHERE status = 'open'),
    (SELECT min(coalesce(next_reminder_at, timestamptz '2001-01-01 00:00+00')) FROM subscriptions
     WHERE status <> 'incomplete'),
    (SELECT min(greatest(
        s.access_until + CASE WHEN s.status = 'past_due' THEN coalesce(make_interval(days => p.grace_days), $1)
                              ELSE interval '0' END,
        coalesce(s.next_check_at, timestamptz '2001-01-01 00:00+00')))
     FROM subscriptions AS s JOIN service_plans AS p ON p.id = s.plan_id
     WHERE s.status IN ('trialing', 'active', 'past_due', 'paused', 'canceled'))
)
"""


@dataclass(frozen=True)
class Span:
    """How much is played. journal: a file for every line."""

    seed: int
    days: int = 365
    customers: int = 40
    journal: Path | None = None


@dataclass
class Outcome:
    """What came of it. broken: the first promise that did not hold, None = all did."""

    digest: str
    counts: dict[str, int]
    hours: int
    broken: Broken | None
    last: list[str]


async def play(url: str, span: Span) -> Outcome:
    """Play a span of time on an empty, migrated database."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    chance = Chance(span.seed)
    engine = create_engine(url, pool_size=2)
    connection = await asyncpg.connect(plain_dsn(url), server_settings={"timezone": "UTC"})
    try:
        with identifiers_from(chance.of("identifiers").randbytes):
            year = Year(engine, connection, span, chance)
            return await year.run()
    finally:
        await connection.close()
        await engine.dispose()


class Year:
    """Everything that takes part."""

    def __init__(self, engine: AsyncEngine, connection: asyncpg.Connection, span: Span, chance: Chance) -> None:
        self._engine = engine
        self._connection = connection
        self._span = span
        self._chance = chance
        self._clock = ManualClock(START)
        self._journal = Journal(self._clock, span.journal)
        self._agenda = Agenda(self._clock)
        self._provider = YearProvider(self._clock, name="acme")
        self._telegram = MemoryTelegram(self._clock, {BOT_NAME: BOT_ID})
        self._api = BotApi(self._telegram, self._journal, lambda method, person: None)
        self._house: House = build(engine, self._clock, self._provider, self._api, self._arrived)
        self._law = Law(connection, self._clock, self._provider, self._telegram)
        self._people: dict[int, Person] = {}
        self._changed = True
        self._due: datetime | None = None

    async def run(self) -> Outcome:
        """Play it; a promise that does not hold ends it."""
        broken = None
        hour = 0
        try:
            await self._begin()
            for hour in range(1, self._span.days * 24 + 1):
                await self._until(START + hour * HOUR)
                await self._law.hold(changed=self._changed)
                self._changed = False
        except Broken as found:
            broken = found
        last = self._journal.last_of(broken.person) if broken and broken.person else []
        self._journal.close()
        return Outcome(self._journal.digest(), dict(self._journal.counts), hour, broken, last)

    async def _begin(self) -> None:
        await self._house.open()
        plans = self._house.operator.plans()
        for name, interval in (("Mensual", Interval.MONTH), ("Semanal", Interval.WEEK)):
            await plans.add_if_new(
                NewPlan(name=name, emoji="", description="", price=Money(2999, "EUR"), interval=interval)
            )
        self._desk = Desk(
            self._engine, self._connection, self._clock, self._house.handlers(), self._journal, self._chance.of("desk")
        )
        post = Post(
            self._house.web.receive_webhook(), self._agenda, self._clock, self._journal, self._chance.of("post")
        )
        self._provider.posted = post.take
        Billing(self._provider, self._agenda, self._clock, self._journal, self._chance.of("billing"))
        around = Surroundings(
            self._house, self._provider, self._api, self._agenda, self._clock, self._journal, ["mensual", "semanal"]
        )
        for number in range(FIRST_CUSTOMER, FIRST_CUSTOMER + self._span.customers):
            person = self._people[number] = Person(number, around, self._chance.of(f"person {number}"))
            person.arrive(timedelta(days=self._span.days * 0.8))

    async def _until(self, hour: datetime) -> None:
        """Go through the hour from one event to the next."""
        while True:
            await self._settle()
            moments = [self._agenda.next_moment(), self._desk.next_moment(), self._due]
            soonest = min((moment for moment in moments if moment is not None), default=hour)
            if soonest >= hour:
                self._clock.advance(hour - self._clock.now())
                return
            self._clock.advance(max(soonest - self._clock.now(), timedelta()))

    async def _settle(self) -> None:
        """Do all that is to be done at this moment."""
        while True:
            acted = False
            while (act := self._agenda.take(self._clock.now())) is not None:
                await act()
                acted = self._changed = True
            if self._due is None or self._due <= self._clock.now() or acted:
                await self._tick()
                acted = self._changed = True
            worked = await self._desk.work()
            if not worked and not acted:
                return
            await self._look_ahead()
            if not worked and (self._due is None or self._due > self._clock.now()):
                return

    async def _tick(self) -> None:
        """What the worker does each second."""
        worker = self._house.worker
        await worker.run_due()()
        await worker.watch_pool()()
        await worker.due_jobs().release_due(self._clock.now())

    async def _look_ahead(self) -> None:
        found = await self._connection.fetchval(_NEXT_DUE, timedelta(days=5))
        self._due = found if found is not None else datetime.max.replace(tzinfo=UTC)

    def _arrived(self, message: Notification) -> None:
        person = self._people.get(message.recipient)
        self._journal.tell("reads", message.key, person=message.recipient)
        if person is not None:
            person.read(message)
