"""Scheduled task that carries out account transfers."""

from datetime import timedelta
from functools import lru_cache
from typing import Final

from features.transfer.use_cases.move_accounts import MoveAccounts
from features.transfer.wiring import TransferContainer
from subscriptions.application.schedule.scheduled_work import single
from subscriptions.bootstrap.schedule import SchedulePart, Work
from subscriptions.bootstrap.worker import WorkerContainer
from subscriptions.domain.services.cadence import Every


@lru_cache(maxsize=1)
def _move_accounts(worker: WorkerContainer) -> MoveAccounts:
    """Return the use case that carries out account transfers. Cached per process, because the scheduler calls this
    function at every tick.
    """
    return TransferContainer(core=worker.core).move_accounts()


SCHEDULE: Final = SchedulePart(
    (
        Work(
            "move_accounts",
            "complete transfers whose objection period is over",
            Every(timedelta(seconds=30)),
            single(_move_accounts),
        ),
    )
)
