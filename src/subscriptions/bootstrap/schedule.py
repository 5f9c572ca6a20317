"""Schedule of the worker in the order of execution, with one entry per task."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import ClassVar, Final

from subscriptions.application.schedule.run_schedule import Conditions, RunSchedule
from subscriptions.application.schedule.scheduled_work import Runner, ScheduledWork, single
from subscriptions.bootstrap.worker import WorkerContainer, release
from subscriptions.domain.services.cadence import Cadence, Every, WhenDue
from subscriptions.infrastructure.repositories.due_looks import Turn

Work = ScheduledWork[WorkerContainer]

EVERY_3_S: Final = Every(timedelta(seconds=3))
"""Interval of tasks that may be delayed by a few seconds."""


def _when_due(*turns: Turn) -> WhenDue:
    return WhenDue(frozenset(turns))


def _release(worker: WorkerContainer) -> Runner:
    return partial(release, worker.due_jobs(), worker.core.watch_clock(), worker.core.clock())


def _per_provider(run: Callable[[WorkerContainer, str], Runner]) -> Callable[[WorkerContainer], Mapping[str, Runner]]:
    return lambda worker: {provider: run(worker, provider) for provider in worker.core.gateways().enabled_names()}


def _work(
    name: str,
    what: str,
    cadence: Cadence,
    *,
    sure_clock: bool = True,
    needs_reconciled_restore: bool = True,
    drains: bool = False,
) -> Work:
    """Return the scheduled task that runs the use case `name` of the worker's container. See `ScheduledWork` for the
    other parameters.
    """
    if name not in WorkerContainer.providers:
        raise LookupError(f"the worker has no use case {name}")
    run = single(lambda worker: getattr(worker, name)())
    return Work(name, what, cadence, run, sure_clock, needs_reconciled_restore, drains)


SCHEDULE: Final = (
    _work("mend_schedule", "check everything scheduled for a wrong future time", EVERY_3_S),
    _work("settle_sweeps", "decide bulk expiries for which every provider has answered", _when_due(Turn.BULK_EXPIRIES)),
    _work("run_due", "process due orders, periods, failed charges and reminders", _when_due(Turn.DUE)),
    _work("sweep_vip", "end expired time in the VIP channel", _when_due(Turn.VIP)),
    # Last of these, because the previous ones may schedule jobs that are due now.
    Work(
        "release_jobs",
        "release jobs postponed until now",
        _when_due(*Turn),
        single(_release),
        needs_reconciled_restore=False,
    ),
    Work(
        "end_kept",
        "end the expired access to resources removed from plans",
        Every(timedelta(seconds=30)),
        single(lambda w: w.narrow_plan().end_kept),
    ),
    _work(
        "watch_pool",
        "check the accounts that Telegram limits, and the pool's free capacity",
        EVERY_3_S,
        sure_clock=False,
        needs_reconciled_restore=False,
    ),
    _work("watch_losses", "replace the channels of lost accounts", Every(timedelta(seconds=10))),
    _work("watch_renewals", "find charges of customers without a channel", Every(timedelta(minutes=10))),
    _work(
        "report_missing_settings",
        "report settings that this process lacks for choices made elsewhere",
        EVERY_3_S,
        sure_clock=False,
        needs_reconciled_restore=False,
    ),
    _work("watch_alarms", "close alarms whose cause is gone", Every(timedelta(minutes=5))),
    _work("announce_terms", "announce new terms to customers not yet notified", Every(timedelta(hours=1))),
    _work("watch_wishes", "find requested refunds without a job", Every(timedelta(minutes=5))),
    _work("watch_events", "find payment events without a job", Every(timedelta(minutes=5))),
    _work("watch_rows", "find rows written or deleted outside of any use case", Every(timedelta(minutes=5))),
    _work("compare_states", "compare access and billing with the facts", Every(timedelta(minutes=1))),
    _work("watch_owners", "find owners that the settings do not name", Every(timedelta(minutes=20))),
    _work(
        "watch_features",
        "find processes that have different features loaded",
        Every(timedelta(minutes=1)),
        sure_clock=False,
        needs_reconciled_restore=False,
    ),
    _work(
        "watch_payment_keys",
        "report changed keys of payment methods, and create prices with new ones",
        Every(timedelta(seconds=10)),
        sure_clock=False,
        needs_reconciled_restore=False,
    ),
    Work(
        "watch_gateways",
        "find payment methods that their settings exclude",
        Every(timedelta(minutes=1)),
        single(lambda w: w.core.watch_gateways()),
        sure_clock=False,
        needs_reconciled_restore=False,
    ),
    _work(
        "watch_webhooks",
        "find providers whose webhooks are missing or refused",
        Every(timedelta(minutes=1)),
        sure_clock=False,
        needs_reconciled_restore=False,
    ),
    Work(
        "check_webhooks",
        "check that each provider sends its webhooks here",
        Every(timedelta(days=1)),
        _per_provider(lambda w, provider: partial(w.watch_webhooks().check, provider)),
        sure_clock=False,
        needs_reconciled_restore=False,
    ),
    Work(
        "check_prices",
        "check that providers still sell the plans' prices",
        Every(timedelta(hours=1)),
        single(lambda w: w.sync_prices().check_all),
        sure_clock=False,
        needs_reconciled_restore=False,
    ),
    _work(
        "watch_providers",
        "fetch events without a webhook, and the status of each subscription, from the providers",
        Every(timedelta(minutes=1)),
        sure_clock=False,
        needs_reconciled_restore=False,
    ),
    Work(
        "look_inside",
        "check which known people are members of chats that no account can list",
        Every(timedelta(days=1)),
        single(lambda w: w.look_inside_all()),
    ),
    _work(
        "check_chats",
        "check that the bot can still admit people to shared chats",
        Every(timedelta(seconds=30)),
        sure_clock=False,
        needs_reconciled_restore=False,
    ),
    _work("keep_stock", "create a channel if too few are pre-created", EVERY_3_S, sure_clock=False),
    _work(
        "prune_records",
        "delete records whose retention period is over",
        Every(timedelta(hours=1)),
        needs_reconciled_restore=False,
        drains=True,
    ),
)


@dataclass(frozen=True)
class SchedulePart:
    """Scheduled tasks of a feature: the constant `SCHEDULE` of the feature's module `schedule`. They run after the
    core's tasks.
    """

    module: ClassVar[str] = "schedule"
    works: Sequence[Work]


def run_schedule(worker: WorkerContainer, excluded_names: Collection[str] = ()) -> RunSchedule[WorkerContainer]:
    """Create the scheduler of this process. `excluded_names`: names of tasks to leave out."""
    core = worker.core
    watch_clock, watch_restore = core.watch_clock(), core.watch_restore()
    conditions = Conditions(watch_clock.sure, lambda: not watch_restore.is_held(), worker.due_looks())
    found = core.features().made(SchedulePart, lambda part: tuple(part.works))
    of_features = [replace(work, feature=name) for name, works in found for work in works]
    schedule = [work for work in (*SCHEDULE, *of_features) if work.name not in excluded_names]
    return RunSchedule(schedule, worker, conditions, core.units(), core.clock(), core.policy().zones.home)
