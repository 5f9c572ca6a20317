"""There is always a backup that is young enough, and proved to be good for something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.entities.backup import VERIFY_EVERY, Backup, Keep, is_due, is_late
from subscriptions.domain.entities.variable import Variable, moment
from subscriptions.domain.ports.backup_keeper import BackupFailed, BackupKeeper
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

LAST_BACKUP: Final = moment("backup_made")
"""The variable with the moment that the newest backup is a copy of."""
PROVED_WITHIN: Final = timedelta(days=31)
"""How long ago a person may have proved one last, where the worker cannot."""
TRY_AGAIN: Final = timedelta(minutes=15)
"""How long after one that failed the next is tried."""


class BackupLate(AlarmKind):
    """There is no backup that is young enough."""

    name = "backup_late"
    closes = ByCause()
    newest: datetime | None = None
    reason: str | None = None


class BackupUnusable(AlarmKind):
    """The newest backup is good for nothing."""

    name = "backup_unusable"
    closes = ByCause()
    backup: str
    reason: str


class BackupUnproved(AlarmKind):
    """The worker has the public half of the key alone, and nobody proved a backup for a month."""

    name = "backup_unproved"
    closes = ByCause()
    last: datetime | None = None


@dataclass(frozen=True)
class Proof:
    """When a backup was brought back to see that it can be, which one, and what was wrong; empty = nothing."""

    at: datetime
    name: str
    problem: str

    def to_text(self) -> str:
        """As it is kept."""
        return "\t".join((self.at.isoformat(), self.name, self.problem))

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """Read what is kept."""
        at, name, problem = text.split("\t", 2)
        return cls(datetime.fromisoformat(at), name, problem)


LAST_PROOF: Final = Variable("backup_verified", Proof.parse, Proof.to_text)
"""The variable with the proof made last."""


class KeepBackups:
    """Looks whenever it is called; one process at a time."""

    def __init__(
        self, units: UnitOfWorkFactory, clock: Clock, backups: BackupKeeper, every: timedelta, keep: Keep
    ) -> None:
        self._units = units
        self._clock = clock
        self._backups = backups
        self._every = every
        self._keep = keep
        self._failed_at: datetime | None = None
        self._reason = ""

    async def __call__(self) -> None:
        """Make one and prove one, where it is time; raise and close the alarms. Nothing is raised."""
        now = self._clock.now()
        rests = self._failed_at is not None and timedelta() <= now - self._failed_at < TRY_AGAIN
        newest: Backup | None = None
        if not rests:
            try:
                newest = await self._one_more(now)
                await self._prove(newest, now)
                self._failed_at, self._reason = None, ""
            except BackupFailed as error:
                log.error("no backup", reason=str(error))
                self._failed_at, self._reason = now, str(error)
        await self._tell(newest)

    async def make(self) -> Backup:
        """One more, and those removed that the rule does not keep. Raises BackupFailed."""
        backup = await self._backups.make()
        backups = await self._backups.prune(self._keep)
        log.info("backup made", name=backup.name, bytes=backup.size, removed=[each.name for each in backups])
        async with self._units() as uow:
            await uow.variables.set(LAST_BACKUP, backup.made_at)
            await uow.commit()
        return backup

    async def verify(self, backup: Backup) -> Proof:
        """Prove one, and note it."""
        try:
            await self._backups.verify(backup)
            problem = ""
        except BackupFailed as error:
            problem = str(error)
        proof = Proof(self._clock.now(), backup.name, problem)
        log.info("backup proved", name=backup.name, problem=problem)
        async with self._units() as uow:
            await uow.variables.set(LAST_PROOF, proof)
            alarm = BackupUnusable(backup=backup.name, reason=problem) if problem else None
            await keep_alarm(uow, BackupUnusable, "any", alarm, proof.at)
            await uow.commit()
        return proof

    async def _one_more(self, now: datetime) -> Backup:
        backups: Sequence[Backup] = await self._backups.all()
        newest = next(iter(backups), None)
        return await self.make() if newest is None or is_due(newest, self._every, now) else newest

    async def _prove(self, newest: Backup, now: datetime) -> None:
        """Once a week; after one that was not good, the next as soon as it is made.

        With the public half of the key alone a person does it, and is told where none did.
        """
        async with self._units() as uow:
            last_proof = await uow.variables.get(LAST_PROOF)
            is_unproved = last_proof is None or now - last_proof.at > PROVED_WITHIN
            alarm = BackupUnproved(last=last_proof.at if last_proof is not None else None)
            await keep_alarm(
                uow, BackupUnproved, "any", alarm if is_unproved and not self._backups.opens else None, now
            )
            await uow.commit()
        if not self._backups.opens:
            return
        is_retry = last_proof is not None and last_proof.problem and last_proof.name != newest.name
        if last_proof is None or is_retry or not timedelta() <= now - last_proof.at < VERIFY_EVERY:
            await self.verify(newest)

    async def _tell(self, newest: Backup | None) -> None:
        now = self._clock.now()
        async with self._units() as uow:
            last_made = await uow.variables.get(LAST_BACKUP)
            made_at = newest.made_at if newest is not None else last_made
            if newest is not None and last_made != newest.made_at:
                await uow.variables.set(LAST_BACKUP, newest.made_at)
            backup = Backup(made_at=made_at, name="") if made_at is not None else None
            alarm = None
            if is_late(backup, self._every, now):
                alarm = BackupLate(newest=made_at, reason=self._reason or None)
            await keep_alarm(uow, BackupLate, "any", alarm, now)
            await uow.commit()


class TellNoBackups:
    """Where backups are wanted and none can be made, or none are wanted any more."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, reason: str | None) -> None:
        """reason: why none can be made; None = none are wanted."""
        self._units = units
        self._clock = clock
        self._reason = reason
        self._last_look: datetime | None = None

    async def __call__(self) -> None:
        """Keep the alarm, or close it, every quarter of an hour."""
        now = self._clock.now()
        if self._last_look is not None and timedelta() <= now - self._last_look < TRY_AGAIN:
            return
        async with self._units() as uow:
            newest = await uow.variables.get(LAST_BACKUP)
            alarm = BackupLate(newest=newest, reason=self._reason or None) if self._reason is not None else None
            if alarm is not None:
                log.error("no backup can be made", reason=self._reason)
            await keep_alarm(uow, BackupLate, "any", alarm, now)
            await uow.commit()
        self._last_look = now
