"""Scheduled backups, and alarms for backups that are missing or not verified."""

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
"""Variable with the timestamp of the newest backup."""
PROVED_WITHIN: Final = timedelta(days=31)
"""Maximum age of the last verification by staff. It applies if the worker cannot verify backups itself because it has
only the public half of the encryption key.
"""
TRY_AGAIN: Final = timedelta(minutes=15)
"""Delay after a failed backup before the next attempt."""


class BackupLate(AlarmKind):
    """Alarm: there is no backup that is recent enough."""

    name = "backup_late"
    closes = ByCause()
    newest: datetime | None = None
    reason: str | None = None


class BackupUnusable(AlarmKind):
    """Alarm: the newest backup cannot be restored."""

    name = "backup_unusable"
    closes = ByCause()
    backup: str
    reason: str


class BackupUnproved(AlarmKind):
    """Alarm: staff have not verified a backup for a month, and the worker cannot do so because it has only the public
    half of the encryption key.
    """

    name = "backup_unproved"
    closes = ByCause()
    last: datetime | None = None


@dataclass(frozen=True)
class Proof:
    """Verification of a backup by a trial restore: time, name of the backup, and problem; an empty problem means
    success.
    """

    at: datetime
    name: str
    problem: str

    def to_text(self) -> str:
        """Return the verification as text for storage."""
        return "\t".join((self.at.isoformat(), self.name, self.problem))

    @classmethod
    def parse(cls, text: str) -> "Proof | None":
        """Parse the text that `to_text` returned. Return None for any other text."""
        try:
            at, name, problem = text.split("\t", 2)
            return cls(datetime.fromisoformat(at), name, problem)
        except ValueError:
            return None


LAST_PROOF: Final = Variable("backup_verified", Proof.parse, Proof.to_text)
"""Variable with the result of the last verification of a backup."""


class KeepBackups:
    """Use case that creates, verifies and deletes backups on a schedule, in one process at a time."""

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
        """Create and verify a backup if one is due, and update the alarms. A failed backup is logged and not raised."""
        now = self._clock.now()
        is_waiting = self._failed_at is not None and timedelta() <= now - self._failed_at < TRY_AGAIN
        newest: Backup | None = None
        if not is_waiting:
            try:
                newest = await self._one_more(now)
                await self._prove(newest, now)
                self._failed_at, self._reason = None, ""
            except BackupFailed as error:
                log.error("no backup", reason=str(error))
                self._failed_at, self._reason = now, str(error)
        await self._tell(newest)

    async def make(self) -> Backup:
        """Create a backup, and delete those that the retention rule does not keep. Raises BackupFailed."""
        backup = await self._backups.make()
        backups = await self._backups.prune(self._keep)
        log.info("backup made", name=backup.name, bytes=backup.size, removed=[each.name for each in backups])
        async with self._units() as uow:
            await uow.variables.set(LAST_BACKUP, backup.made_at)
            await uow.commit()
        return backup

    async def verify(self, backup: Backup) -> Proof:
        """Verify a backup, and record the result."""
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
        """Verify the newest backup if the last verification is a week old. After a failed verification, verify the next
        backup as soon as it exists.

        If the worker has only the public half of the encryption key, staff must verify backups, and the owners are
        alerted if staff have not done so in time.
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


class ReportNoBackups:
    """Use case for installations without backups: raise an alarm if backups can't be made, and close the alarm if they
    are switched off.
    """

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, reason: str | None) -> None:
        """Create the use case. `reason`: reason why no backup can be made; None if backups are switched off."""
        self._units = units
        self._clock = clock
        self._reason = reason
        self._last_look: datetime | None = None

    async def __call__(self) -> None:
        """Raise or close the alarm, at most once in fifteen minutes."""
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
