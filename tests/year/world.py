"""Simulation of one virtual year: the clock advances from event to event, the product works, and the guarantees are
checked each hour.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from subscriptions.domain.entities.notification import MessageKind, Notification
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import identifiers_from
from subscriptions.infrastructure.database.address import parse_url, plain_dsn
from subscriptions.infrastructure.database.engine import begin_late
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MemoryTelegram
from tests.support.of_features import of_features
from tests.year.agenda import Act, Agenda
from tests.year.billing import Billing
from tests.year.books import close
from tests.year.bot_api import BOT_ID, BotApi
from tests.year.chance import Chance
from tests.year.codes import Codes
from tests.year.desk import Desk
from tests.year.house import BOT_NAME, House, build
from tests.year.journal import Journal
from tests.year.law import Law
from tests.year.line import Line
from tests.year.losses import Losses
from tests.year.misfortune import Misfortune
from tests.year.newsstand import Newsstand
from tests.year.offer import DEFAULT_GRACE, PLANS, plans
from tests.year.owner import Owner
from tests.year.person import Person
from tests.year.post import Post
from tests.year.promises import Broken
from tests.year.provider import YearProvider
from tests.year.recording import OFTEN, SELDOM
from tests.year.ritual import Ritual
from tests.year.shared_chats import open_chats
from tests.year.silence import Silence
from tests.year.span import Span
from tests.year.strangers import Strangers
from tests.year.surroundings import Surroundings
from tests.year.vip_guest import STEPS, Club, VipGuest, kept_guests
from tests.year.weather import Weather
from tests.year.written import Written

START = datetime(2027, 1, 1, tzinfo=UTC)
FIRST_CUSTOMER = 800_000_001
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNTED_EVERY = 5
"""Days between two member audits. Hourly audits, as in production, would take most of the simulation's time."""
RECOUNTED_EVERY = 7 * 24
"""Hours between two verifications of the public record's totals."""

_NEXT_DUE = """
SELECT least(
    (SELECT min(due_at) FROM due_jobs),
    (SELECT min(expires_at) FROM orders WHERE status = 'open'),
    (SELECT min(coalesce(next_reminder_at, timestamptz '2001-01-01 00:00+00')) FROM subscriptions
     WHERE status <> 'incomplete'),
    (SELECT min(coalesce(next_check_at, timestamptz '2001-01-01 00:00+00')) FROM subscriptions
     WHERE status = 'past_due' AND provider_ref IS NOT NULL AND access_until IS NOT NULL),
    (SELECT min(greatest(
        s.access_until + CASE WHEN s.status = 'past_due' THEN coalesce(make_interval(days => p.grace_days), $1)
                              ELSE interval '0' END,
        coalesce(s.next_check_at, timestamptz '2001-01-01 00:00+00')))
     FROM subscriptions AS s JOIN service_plans AS p ON p.id = s.plan_id
     WHERE s.status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')
           AND (s.provider_ref IS NOT NULL OR coalesce(s.paused_for, '') NOT LIKE '%dispute%')),
    (SELECT min(coalesce(s.next_check_at, timestamptz '2001-01-01 00:00+00')) FROM subscriptions AS s
     WHERE s.status = 'past_due' AND s.provider_ref IS NOT NULL)
)
"""


@dataclass(frozen=True)
class Outcome:
    """Outcome of a simulated span. broken: the first violated guarantee; None if all were fulfilled. last: last log
    lines of the person concerned by the violation.
    """

    digest: str
    counts: dict[str, int]
    hour: int
    broken: Broken | None
    last: list[str]


async def play(url: str, span: Span, made: Callable[[AsyncEngine, Line, Span, Chance], Year] | None = None) -> Outcome:
    """Simulate a span on an empty, migrated database and return the outcome.

    made: function that builds the year to simulate; None for a plain `Year`.
    """
    before = structlog.get_config()
    # Nothing of this configuration is kept, because other runs in the same process have their own log.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50), cache_logger_on_first_use=False)
    chance = Chance(span.seed)
    # Without a liveness check before each unit of work, which the server passes anyway. One connection, because two
    # would race and make runs of one seed differ.
    engine = create_async_engine(
        parse_url(url).set(drivername="postgresql+asyncpg"), pool_size=1, max_overflow=0, pool_timeout=30
    )
    begin_late(engine)
    line = Line(plain_dsn(url))
    await line.open()
    try:
        with identifiers_from(chance.of("identifiers").randbytes), TemporaryDirectory(prefix="year-") as folder:
            year = (made or Year)(engine, line, span, chance)
            year.backups = (url, Path(folder))
            return await year.run()
    finally:
        await line.close()
        await engine.dispose()
        structlog.configure(**before)


class Year:
    """All participants of the simulated year."""

    def __init__(self, engine: AsyncEngine, connection: Line, span: Span, chance: Chance) -> None:
        self._engine = engine
        self._connection = connection
        self._span = span
        self._chance = chance
        self._clock = ManualClock(START)
        self._journal = Journal(self._clock, span.journal)
        self._agenda = Agenda(self._clock)
        self._silence = Silence.amid(START, span.days, span.silent)
        self._weather = Weather(self._clock, self._journal, chance.of("weather"))
        self._provider = YearProvider(self._clock, name="acme", disturb=self._weather.provider)
        self._telegram = MemoryTelegram(self._clock, {BOT_NAME: BOT_ID})
        self._telegram.trouble = self._weather.account
        self._api = BotApi(self._telegram, self._journal, self._weather.bot_api)
        self._stand = Newsstand(self._telegram, self._journal, self._weather.bot_api, chance.of("newsstand"))
        self._house: House = build(
            engine,
            self._clock,
            self._provider,
            self._api,
            self._arrived,
            [self._stand.sender()] if span.tips else [],
            span.features,
        )
        self._codes, self._ritual = Codes(self._house, self._clock, self._journal), Ritual(self._journal)
        self._law = Law(
            connection,
            Written(engine),
            self._clock,
            self._provider,
            self._api,
            self._weather,
            self._codes,
            self._ritual,
            self._journal,
            self._silence,
        )
        chat_members = self._api.chat_members
        chat_members.removed, chat_members.admitted, chat_members.linked = (
            self._law.removed,
            self._law.admitted,
            self._law.linked,
        )
        self._partners: Any = None
        self._tips: Any = None
        self._people: dict[int, Person | VipGuest] = {}
        self._changed = True
        self._due: datetime | None = None
        self.backups = ("", Path())

    async def run(self) -> Outcome:
        """Simulate the year until its end or the first violated guarantee, and return the outcome."""
        broken, hour = None, 0
        try:
            await self._begin()
            for hour in range(1, self._span.days * 24 + 1):
                await self._until(START + hour * HOUR)
                await self._law.hold(self._desk, changed=self._changed)
                if self._partners is not None and self._changed:
                    await self._partners.hold()
                if self._tips is not None:
                    await self._tips.hold()
                    if hour % RECOUNTED_EVERY == 0:
                        await self._tips.recount()
                self._changed = False
                if hour % (30 * 24) == 0:
                    await self._law.reading.check()
                    await close(self._journal, self._connection, self._engine, self._clock.now())
            if self._tips is not None:
                await self._tips.close()
            await self._law.reading.check()
            await close(self._journal, self._connection, self._engine, self._clock.now(), self._provider.name)
        except Broken as found:
            broken = found
        last = self._journal.last_of(broken.person) if broken and broken.person else []
        self._journal.close()
        return Outcome(self._journal.digest(), dict(self._journal.counts), hour, broken, last)

    async def _begin(self) -> None:
        self._weather.forecast(START, self._span.days, brisk=self._span.brisk)
        await self._house.open()
        await self._house.core.watch_clock()()
        await self._house.core.watch_restore()()
        await open_chats(self._house, self._api, self._clock)
        async with self._house.core.units()() as uow:
            for plan in plans(START):
                await uow.plans.save(plan)
            await uow.commit()
        of, journal, agenda = self._chance.of, self._journal, self._agenda
        handlers, after = self._house.handlers(), self._law.after
        self._desk = Desk(
            self._engine, self._connection, self._clock, handlers, journal, of("desk"), after, self._span.brisk
        )
        receive = self._house.web.receive_webhook()
        post = Post(receive, agenda, self._weather, journal, of("post"), self._late(), self._silence)
        self._owner = Owner(self._house, post, agenda, journal, of("owner"))
        self._owner.begin()
        share = 0.5 if self._span.brisk else 0.1
        misfortune = Misfortune(self._provider, agenda, journal, of("misfortune"), share)
        self._provider.posted = post.take
        # In every second year, the provider's list contains payments only.
        self._provider.lists_all = self._span.seed % 2 == 0
        # If it could be asked, the provider would reveal events out of the shuffled order.
        self._provider.forgetful = self._span.shuffled
        if not self._span.shuffled:
            self._provider.took = misfortune.befall
        self._provider.durations = {name: what.get("duration_days", 0) for name, what in PLANS.items()}
        Billing(self._provider, agenda, journal, of("billing"), 0.25 if self._span.brisk else 0.1)
        await self._look_round()
        await self._assign_vip_account()
        parts = of_features("year", "PARTS")
        if self._span.partners and "partners" in parts:
            self._partners = parts["partners"](
                self._house, self._connection, agenda, self._clock, journal, of("partners"), FIRST_CUSTOMER
            )
            await self._partners.begin()
        if self._span.tips and "tips" in parts:
            span, weather = self._span, self._weather
            self._tips = parts["tips"](
                self._house,
                self._connection,
                self._stand,
                agenda,
                self._clock,
                journal,
                weather,
                of("tips"),
                span.tips,
                span.days,
            )
            await self._tips.begin()
        self._invite()
        if self._span.lost:
            losses = Losses(
                *self.backups,
                self._engine,
                self._connection,
                agenda,
                journal,
                self._house,
                self._desk,
                self._law,
                self._span.brisk,
            )
            await losses.begin(self._span.days, self._span.lost)

    def _late(self) -> float:
        return 0.5 if self._span.shuffled else 0.06 if self._span.brisk else 0.0

    def _invite(self) -> None:
        around = Surroundings(
            self._house,
            self._provider,
            self._api,
            self._agenda,
            self._clock,
            self._journal,
            self._chance.of("surroundings"),
            self._span.brisk,
            self._span.shuffled,
            self._partners,
        )
        strangers = Strangers(around, DAY if self._span.brisk else 8 * DAY)
        strangers.begin()
        is_open = not self._span.shuffled and self._span.features == "all" and bool(STEPS)
        club = Club(around, self._codes, self._ritual, strangers, self._law.asked_in_vain, is_open)
        for guest in kept_guests(club, self._chance.of) if club.is_open else []:
            self._people[guest.number] = guest
            self._agenda.after(HOUR, guest.come)
        for number in range(FIRST_CUSTOMER, FIRST_CUSTOMER + self._span.customers):
            person = Person(number, club, self._chance.of(f"person {number}"), self._chance.of(f"vip {number}"))
            self._people[number] = person
            person.arrive(self._span.days * DAY * (1 / 4 if self._span.brisk else 4 / 5))
        for day in range(COUNTED_EVERY, self._span.days, COUNTED_EVERY):
            self._agenda.at(START + day * DAY, around.audit_members)

    async def _until(self, hour: datetime) -> None:
        """Simulate one hour, from event to event."""
        while True:
            await self._run_due_work()
            moments = [self._agenda.next_moment(), self._desk.next_moment(), self._due]
            soonest = min((moment for moment in moments if moment is not None), default=hour)
            self._clock.advance(max(min(soonest, hour) - self._clock.now(), timedelta()))
            if soonest >= hour:
                return

    async def _run_due_work(self) -> None:
        """Run all scheduled work and all jobs that are due."""
        while True:
            acted = self._due is None
            while (act := self._agenda.take(self._clock.now())) is not None:
                await self._act(act)
                acted = True
            if self._due is not None and self._due <= self._clock.now():
                await self._tick()
                acted = True
            # If nothing ran since the last check found no job, there is none.
            if not (acted or self._desk.is_called()):
                return
            await self._desk.work()
            self._changed = True
            self._due = await self._connection.fetchval(_NEXT_DUE, DEFAULT_GRACE) or datetime.max.replace(tzinfo=UTC)

    async def _act(self, act: Act) -> None:
        try:
            await act()
        except Broken as found:
            if not self._law.excused(found):
                raise
            self._journal.log("about lost hours", found.promise, person=found.person)

    async def _tick(self) -> None:
        """Run the schedule as the worker does each second, for due work only."""
        await self._house.schedule(found_only=True)

    async def _look_round(self) -> None:
        """Run the whole schedule, including the regular checks, and plan its next run."""
        await self._house.schedule()
        self._agenda.after(OFTEN if self._silence.reigns(self._clock.now()) else SELDOM, self._look_round)

    async def _assign_vip_account(self) -> None:
        """Run the assignment of an account that lists the VIP channel's join requests. It runs less often than in
        production, with the same effect.
        """
        for account in self._house.accounts:
            with suppress(UmbralError):
                await self._house.userbot.assign_vip_account()(account)
        self._agenda.after(6 * HOUR, self._assign_vip_account)

    def _arrived(self, message: Notification) -> None:
        self._journal.log("reads", message.key, person=message.recipient)
        self._law.arrived(message)
        if message.kind == MessageKind.ALARM:
            self._owner.read(message)
        elif message.recipient in self._people:
            self._people[message.recipient].read(message)
