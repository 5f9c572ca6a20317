"""Wiring of a rehearsal for tests: all use cases of a purchase in one process, with a chosen database and provider.

Jobs are kept in memory until a test runs them, so that the test controls their order. Everything else is wired as in
the real processes.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from dependency_injector import containers, providers

from subscriptions.application import routing
from subscriptions.application.checkout.start_checkout import StartCheckout
from subscriptions.application.inbox.delivery_store import UnitDeliveries
from subscriptions.application.people.customers import AcceptTerms
from subscriptions.application.subscriptions.change_plan import ChangePlan
from subscriptions.application.subscriptions.pause_subscription import PauseSubscription
from subscriptions.application.subscriptions.subscription_handler import CancelSubscription, UndoCancellation
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.feature_states import everything_on
from subscriptions.bootstrap.job_handlers import JobHandlers
from subscriptions.bootstrap.keyed import trial_marks
from subscriptions.bootstrap.repositories import REPOSITORIES
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.bootstrap.web import WebContainer
from subscriptions.bootstrap.wiring import nested
from subscriptions.bootstrap.worker import WorkerContainer, job_handlers
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.unit_of_work import SqlUnitOfWork

OnCommit = Callable[[Sequence[Job]], None]
"""Callback that runs right before a transaction with these jobs is committed. If the callback raises, the transaction
is rolled back.
"""


class RehearsedUnit(SqlUnitOfWork):
    """Unit of work that appends its jobs to `job_list` after the commit."""

    def __init__(self, engine: Any, job_list: list[Job], on_commit: OnCommit) -> None:
        super().__init__(engine, routing.jobs_for, repositories=REPOSITORIES)
        self._job_list, self._on_commit = job_list, on_commit

    async def commit(self) -> None:
        """Commit the transaction, and keep its jobs in memory instead of the queue."""
        jobs = self._drain()
        self._on_commit(jobs)
        await self._connection.commit()
        self._job_list.extend(jobs)


class SpineContainer(containers.DeclarativeContainer):
    """Dependency injection container with the use cases of the web, bot and worker processes that take part in a
    purchase.
    """

    core = nested(CoreContainer)
    make = wire(core)
    web = nested(WebContainer, core=core)
    worker = nested(WorkerContainer, core=core)

    accept_terms = make(AcceptTerms)
    marks_of_trials = make(trial_marks)
    start_checkout = make(StartCheckout)
    cancel_subscription = make(CancelSubscription)
    pause_subscription = make(PauseSubscription)
    undo_cancellation = make(UndoCancellation)
    plan_changes = make(ChangePlan)


class Rehearsal:
    """Use cases of a rehearsal. `jobs`: queued jobs. `on_commit`: callback that a test may replace to roll a
    transaction back.
    """

    def __init__(self, container: SpineContainer, engine: Any) -> None:
        self.container = container
        self.jobs: list[Job] = []
        self.on_commit: OnCommit = lambda _: None
        core = container.core
        core.units.override(providers.Object(lambda: RehearsedUnit(engine, self.jobs, self.on_commit)))
        core.deliveries.override(providers.Object(UnitDeliveries(core.units())))

    def handlers(self) -> JobHandlers:
        """Return the worker's job handlers by job name."""
        return job_handlers(self.container.worker)


@asynccontextmanager
async def open_rehearsal(database_url: str, clock: Clock, gateways: GatewayRegistry) -> AsyncIterator[Rehearsal]:
    """Open the use cases on a migrated database. Raises InvalidInput for an invalid URL."""
    # Nobody enters a chat in a rehearsal, which is no reason to return payments.
    environ = {"DATABASE_URL": database_url, "BRAND_NAME": "Umbral", "NO_ACCESS_REFUND_DAYS": "0"}
    settings = load(CoreSettings, environ)
    engine = create_engine(database_url, pool_size=5, max_overflow=20)
    try:
        core = CoreContainer(settings=settings, engine=engine, clock=clock, gateways=gateways, features=everything_on())
        yield Rehearsal(SpineContainer(core=core), engine)
    finally:
        await engine.dispose()
