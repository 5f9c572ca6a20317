"""Reconciliation of Umbral's records with every source."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck
from subscriptions.application.alarms.alarms import new_alarm
from subscriptions.application.reconciliation.sources import Scope, Source
from subscriptions.domain.entities.difference import Difference
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

REACHES: Final = timedelta(days=7)
"""Default length of the past period from which providers' events are listed."""
PAGE_SIZE: Final = 10


class Reconciled(AlarmKind):
    """Alarm: the result of a reconciliation, shown on its own screen."""

    name = "reconciled"
    closes = ByCheck(alarm_causes.compared_again)
    found: int
    healed: int
    open: int
    differences: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """Result of one reconciliation. `at`: time at which the reconciliation started."""

    at: datetime
    scope: Scope
    differences: Sequence[Difference]

    @property
    def open(self) -> Sequence[Difference]:
        """Return the differences that staff must resolve."""
        return [each for each in self.differences if each.decide is not None]


@dataclass(frozen=True)
class Reconcile:
    """Use case that compares Umbral's records with one source after another. Two concurrent runs find the same
    differences but repair them only once.
    """

    units: UnitOfWorkFactory
    clock: Clock
    sources: Sequence[Source]

    async def __call__(
        self,
        *,
        provider: str | None = None,
        customer: TelegramId | None = None,
        start: datetime | None = None,
        dry_run: bool = False,
    ) -> Report:
        """Reconcile with every source and return the report.

        provider, customer: limit the run to this provider or customer
        start: start of the period whose events are listed; a week ago by default
        dry_run: True to find differences without changing anything
        """
        now = self.clock.now()
        scope = Scope(start=start or now - REACHES, provider=provider, customer=customer, dry_run=dry_run)
        differences = [difference for source in self.sources for difference in await source(scope)]
        log.info(
            "reconciled",
            found=len(differences),
            kinds=dict(Counter(each.kind for each in differences)),
            dry_run=dry_run,
        )
        return Report(at=now, scope=scope, differences=differences)

    async def and_notify(self, key: str) -> None:
        """Reconcile, and notify the owners of the result. `key`: id of the request."""
        report = await self()
        page = sorted(report.differences, key=lambda each: each.decide is None)[:PAGE_SIZE]
        alarm = Reconciled(
            found=len(report.differences),
            healed=len(report.differences) - len(report.open),
            open=len(report.open),
            differences="\n".join(f"{each.kind}\t{each.subject}\t{each.decide or ''}" for each in page),
        )
        earlier_alarm = new_alarm(f"reconciled:{key}", alarm.name, alarm.facts(), report.at)
        if not report.open:
            # The alarm only answers a request and needs no action, so it is created closed.
            earlier_alarm.closed_at = report.at
        async with self.units() as uow:
            if await uow.alarms.add_if_new(earlier_alarm):
                uow.record(alarm.raise_event(earlier_alarm.key, report.at))
            await uow.commit()
