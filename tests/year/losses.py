"""Simulated losses of the database: after some nights the database is lost, and restored from that night's backup as by
an operator.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.backups import keep_backups, new_key, restore
from subscriptions.infrastructure.jobs.worker import LEARNS
from tests.support.postgres import Server, judge_time
from tests.year.agenda import Agenda
from tests.year.desk import Desk
from tests.year.house import OWNER, House
from tests.year.journal import Journal
from tests.year.law import Law
from tests.year.line import Line

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOST_FOR = 6 * HOUR
NOBODY_KNOWS = ("code", "stage", "stale", "lets go")
"""Prefixes of log lines about events unknown to any provider: codes created and used, steps in the chat, and decisions
of the owner. Such events cannot be restored, as the report states; a night followed by such events is skipped.
"""

MONEY = frozenset({"pays", "is charged"})
"""Kinds of log lines about payments. Each lost span must contain a payment: a night without any payment is also
skipped.
"""
SAID = frozenset({"message", "reads"})
"""Kinds of log lines about messages to an owner, which may be lost without harm."""
BETWEEN_LOOKS = timedelta(seconds=5)
RECORDED_WITHIN = timedelta(hours=13)
"""Time within which all payments of the lost hours are recorded. An outage of the provider may take a part of this
time.
"""


@dataclass
class Losses:
    """Losses of the database in a year. Each occurs six hours after the backup that is restored, or three hours after
    it in a brisk span (see `Span`).
    """

    url: str
    folder: Path
    engine: AsyncEngine
    line: Line
    agenda: Agenda
    journal: Journal
    house: House
    desk: Desk
    law: Law
    brisk: bool
    environ: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.length, self.again = (3 * HOUR, 4 * HOUR) if self.brisk else (LOST_FOR, DAY)
        self.environ = {"DATABASE_URL": self.url, "BACKUP_TO": str(self.folder), "BACKUP_KEY": new_key()}

    async def begin(self, days: int, lost: int) -> None:
        """Plan the losses of the database."""
        await self.house.core.restore_mark().begin(self.agenda.now())
        for number in range(1, lost + 1):
            self.agenda.at(self.agenda.now() + number * days * DAY / (lost + 1), self._night)

    async def _night(self) -> None:
        await self.house.core.watch_clock()()
        keep = keep_backups(self.environ, self.house.core.units(), self.house.core.clock())
        await keep.make()
        self.journal.log("backup")
        since = self.agenda.now()
        self.journal.recent = []
        self.agenda.after(self.length, partial(self._morning, since))

    async def _morning(self, since: datetime) -> None:
        seen, self.journal.recent = self.journal.recent or [], None
        known = not any(what.startswith(NOBODY_KNOWS) for what, _ in seen)
        if not (known and any(what in MONEY for what, _ in seen)):
            self.journal.log("database kept")
            self.agenda.after(self.again - self.length, self._night)
            return
        touched = {person for what, person in seen if person is not None and (person != OWNER or what not in SAID)}
        lost_at = self.agenda.now()
        self.journal.log("database lost", since, *sorted(touched))
        await self._bring_back()
        await self.law.lose(since, touched)
        await self._learn()
        await self.law.hold_loss_reported(since)
        self.agenda.after(RECORDED_WITHIN, partial(self.law.hold_lost, since, lost_at))

    async def _bring_back(self) -> None:
        name = urlsplit(self.url).path[1:]
        await self.line.close()
        await self.engine.dispose()
        server = Server(self.url.replace(f"/{name}", "/postgres"))
        server.drop(self.url)
        server.execute(f'CREATE DATABASE "{name}"')
        await restore(self.environ, None)
        await asyncio.to_thread(migrate.upgrade, self.url)
        judge_time(self.url, judges=False)
        await self.line.open()

    async def _learn(self) -> None:
        """Start the processes as after a restore. The processes only query the providers until all facts are known."""
        core = self.house.core
        self.desk.forget()
        await core.restore_mark().begin(self.agenda.now())
        await core.watch_restore()()
        while core.watch_restore().is_held():
            await self.house.schedule()
            await self.desk.work(only=LEARNS)
            await core.watch_restore()()
            if core.watch_restore().is_held():
                self.agenda.wait(BETWEEN_LOOKS)
        await self.desk.work()
        self.journal.log("database back")
