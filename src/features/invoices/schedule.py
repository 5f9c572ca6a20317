"""Scheduled transmission of invoice records to the tax office."""

from datetime import timedelta
from functools import lru_cache
from typing import Final

from features.invoices.use_cases.send_records import SendRecords
from features.invoices.wiring import InvoicesContainer
from subscriptions.application.schedule.scheduled_work import single
from subscriptions.bootstrap.schedule import SchedulePart, Work
from subscriptions.bootstrap.worker import WorkerContainer
from subscriptions.domain.services.cadence import Every


@lru_cache(maxsize=1)
def _send_records(worker: WorkerContainer) -> SendRecords:
    """Return the use case. The result is cached for the process, because the scheduler requests the use case at every
    tick.
    """
    return InvoicesContainer(core=worker.core).send_records()


SCHEDULE: Final = SchedulePart(
    (
        Work(
            "send_records",
            "send pending invoice records to the tax office",
            Every(timedelta(seconds=10)),
            single(_send_records),
        ),
    )
)
