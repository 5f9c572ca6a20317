"""In-memory unit of work: atomic, and only one can be open at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property
from types import TracebackType
from typing import Any, Final, Self

from subscriptions.domain.errors import Unreadable
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.repositories.access import AccessRepository
from subscriptions.domain.ports.repositories.accounts import AccountRepository
from subscriptions.domain.ports.repositories.catalog import PaymentMethodRepository, PlanRepository
from subscriptions.domain.ports.repositories.channels import BackupAdminRepository, ChannelRepository
from subscriptions.domain.ports.repositories.checkout import OrderRepository
from subscriptions.domain.ports.repositories.expiry import BulkExpiryRepository
from subscriptions.domain.ports.repositories.inbox import UpdateInbox, WebhookInbox
from subscriptions.domain.ports.repositories.key import RepositoryKey
from subscriptions.domain.ports.repositories.messages import NotificationRepository
from subscriptions.domain.ports.repositories.people import (
    AlarmRepository,
    AuditRepository,
    ConsoleRepository,
    CustomerRepository,
    DialogueRepository,
    InvitationRepository,
    OperationRepository,
    OwnRoleRepository,
    PersonalDataRepository,
    VariableRepository,
)
from subscriptions.domain.ports.repositories.resources import ResourceRepository
from subscriptions.domain.ports.repositories.schedule import ScheduleRepository
from subscriptions.domain.ports.repositories.settings import SettingRepository
from subscriptions.domain.ports.repositories.site_pictures import SitePictureRepository
from subscriptions.domain.ports.repositories.subscriptions import SubscriptionRepository
from subscriptions.domain.ports.repositories.texts import TextRepository
from subscriptions.domain.ports.repositories.uploads import UploadRepository
from subscriptions.domain.ports.repositories.views import NumbersRepository
from subscriptions.domain.ports.writing import R, Writer
from subscriptions.domain.ports.writing.ledger import LedgerRepository
from subscriptions.domain.ports.writing.payments import PaymentRepository, ReceiptRepository, ReversalRepository
from tests.fakes.backup_admins import MemoryBackupAdmins
from tests.fakes.bulk_expiries import MemoryBulkExpiries
from tests.fakes.channels import MemoryAccesses, MemoryAccounts, MemoryChannels
from tests.fakes.facts import MemoryFacts
from tests.fakes.former_accounts import MemoryFormerAccounts
from tests.fakes.memory import Memory, Working, refuse_none, refuse_unknown
from tests.fakes.messages import (
    MemoryAudit,
    MemoryInbox,
    MemoryNotifications,
    MemoryPosts,
    MemorySchedule,
    MemoryUpdates,
    MemoryVariables,
)
from tests.fakes.methods import MemoryPaymentMethods
from tests.fakes.numbers import MemoryNumbers
from tests.fakes.orders import MemoryOrders
from tests.fakes.panel import (
    MemoryAlarms,
    MemoryConsole,
    MemoryDialogues,
    MemoryInvitations,
    MemoryOperations,
    MemoryOwnRoles,
)
from tests.fakes.people import MemoryCustomers, MemoryPlans
from tests.fakes.personal_data import MemoryPersonalData
from tests.fakes.promotions import MemoryDiscounts
from tests.fakes.receipts import MemoryReceipts
from tests.fakes.resources import MemoryResources
from tests.fakes.reversals import MemoryReversals
from tests.fakes.sales import MemoryLedger, MemoryPayments, MemorySubscriptions
from tests.fakes.settings import MemorySettings
from tests.fakes.site_pictures import MemorySitePictures
from tests.fakes.texts import MemoryTexts
from tests.fakes.uploads import MemoryUploads
from tests.fakes.vip import MemoryTokens, MemoryVip, MemoryVipEntries
from tests.fakes.withdrawals import MemoryWithdrawals
from tests.support.of_features import of_features


def no_jobs(event: DomainEvent) -> Sequence[Job]:
    """Return no jobs, for tests in which events cause no work."""
    return ()


BROUGHT: Final[dict[str, Callable[[Working], Any]]] = {
    "posts": MemoryPosts,
    "discounts": MemoryDiscounts,
    "withdrawals": MemoryWithdrawals,
    "former_accounts": MemoryFormerAccounts,
    "facts": MemoryFacts,
    "tokens": MemoryTokens,
    "vip_entries": MemoryVipEntries,
    "vip": MemoryVip,
    **of_features("memory", "REPOSITORIES"),
}
"""Repositories of features, by the name of their key."""


class MemoryUnitOfWork:
    """In-memory UnitOfWork. Opening a second unit inside the first is an error."""

    def __init__(
        self,
        memory: Memory,
        route: Callable[[DomainEvent], Sequence[Job]] = no_jobs,
        *,
        default_grace: timedelta = timedelta(days=5),
    ) -> None:
        self._memory = memory
        self._route = route
        self._default_grace = default_grace
        self._working = Working(memory, default_grace)
        self._brought: dict[str, Any] = {}
        self._events: list[DomainEvent] = []
        self._jobs: list[Job] = []

    async def __aenter__(self) -> Self:
        if self._memory.holder is not None and self._memory.holder is asyncio.current_task():
            raise RuntimeError("a unit of work is open already: the database would wait for itself")
        await self._memory.lock.acquire()
        self._memory.holder = asyncio.current_task()
        self._working.begin(self._memory)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._memory.holder = None
        self._memory.lock.release()

    def of(self, key: RepositoryKey[R]) -> R:
        """Return the repository of a feature."""
        repository: R = self._bring(key.name)
        return repository

    def write(self, writer: Writer[R]) -> R:
        """Return the writing port that belongs to a reading port."""
        repository: R = self._bring(writer.name) if writer.name in BROUGHT else getattr(self, writer.name)
        return repository

    def _bring(self, name: str) -> Any:
        if name not in self._brought:
            self._brought[name] = BROUGHT[name](self._working)
        return self._brought[name]

    def record(self, event: DomainEvent) -> None:
        """Record an event that belongs to no entity."""
        refuse_unknown(getattr(event, "facts", None), type(event).__name__)
        self._events.append(event)

    async def enqueue(self, job: Job) -> None:
        """Add a job."""
        self._jobs.append(job)

    async def requeue(self, job_id: int) -> bool:
        """Queue a failed job again."""
        job = self._memory.failed_jobs.pop(job_id, None)
        self._jobs += [job] if job is not None else []
        return job is not None

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """Return a block whose error is raised again. Unlike in PostgreSQL, changes made before the error are kept."""
        yield

    def skip(self, row: Unreadable) -> None:
        """Record an unreadable row as skipped."""
        self._memory.unreadable.append(row)

    async def commit(self) -> None:
        """Commit the changes and the jobs."""
        for recorder in self._working.recorders.values():
            self._events.extend(recorder.drain())
        for job in [job for event in self._events for job in self._route(event)] + self._jobs:
            self._memory.jobs.append(job)
        self._events, self._jobs = [], []
        if self._working.changed:
            self._memory.tables = self._working.tables
        self._working.begin(self._memory)

    @cached_property
    def customers(self) -> CustomerRepository:
        return MemoryCustomers(self._working)

    @cached_property
    def resources(self) -> ResourceRepository:
        return MemoryResources(self._working)

    @cached_property
    def plans(self) -> PlanRepository:
        return MemoryPlans(self._working)

    @cached_property
    def orders(self) -> OrderRepository:
        return MemoryOrders(self._working)

    @cached_property
    def subscriptions(self) -> SubscriptionRepository:
        return MemorySubscriptions(self._working)

    @cached_property
    def uploads(self) -> UploadRepository:
        return MemoryUploads(self._working)

    @cached_property
    def site_pictures(self) -> SitePictureRepository:
        return MemorySitePictures(self._working)

    @cached_property
    def texts(self) -> TextRepository:
        return MemoryTexts(self._working)

    @cached_property
    def payments(self) -> PaymentRepository:
        return MemoryPayments(self._working)

    @cached_property
    def reversals(self) -> ReversalRepository:
        return MemoryReversals(self._working)

    @cached_property
    def ledger(self) -> LedgerRepository:
        return MemoryLedger(self._working)

    @cached_property
    def channels(self) -> ChannelRepository:
        return MemoryChannels(self._working)

    @cached_property
    def backup_admins(self) -> BackupAdminRepository:
        return MemoryBackupAdmins(self._working)

    @cached_property
    def accesses(self) -> AccessRepository:
        return MemoryAccesses(self._working)

    @cached_property
    def accounts(self) -> AccountRepository:
        return MemoryAccounts(self._working)

    @cached_property
    def notifications(self) -> NotificationRepository:
        return MemoryNotifications(self._working)

    @cached_property
    def bulk_expiries(self) -> BulkExpiryRepository:
        return MemoryBulkExpiries(self._working)

    @cached_property
    def audit(self) -> AuditRepository:
        return MemoryAudit(self._working)

    @cached_property
    def own_roles(self) -> OwnRoleRepository:
        return MemoryOwnRoles(self._working)

    @cached_property
    def invitations(self) -> InvitationRepository:
        return MemoryInvitations(self._working)

    @cached_property
    def settings(self) -> SettingRepository:
        return MemorySettings(self._working)

    @cached_property
    def operations(self) -> OperationRepository:
        return MemoryOperations(self._working)

    @cached_property
    def variables(self) -> VariableRepository:
        return MemoryVariables(self._working)

    @cached_property
    def schedule(self) -> ScheduleRepository:
        return MemorySchedule(self._working)

    @cached_property
    def personal_data(self) -> PersonalDataRepository:
        return MemoryPersonalData(self._working)

    @cached_property
    def dialogues(self) -> DialogueRepository:
        return MemoryDialogues(self._working)

    @cached_property
    def console(self) -> ConsoleRepository:
        return MemoryConsole(self._working)

    @cached_property
    def alarms(self) -> AlarmRepository:
        return MemoryAlarms(self._working)

    @cached_property
    def numbers(self) -> NumbersRepository:
        return MemoryNumbers(self._working)

    @cached_property
    def payment_methods(self) -> PaymentMethodRepository:
        return MemoryPaymentMethods(self._working)

    @cached_property
    def receipts(self) -> ReceiptRepository:
        return MemoryReceipts(self._working)

    @cached_property
    def inbox(self) -> WebhookInbox:
        return MemoryInbox(self._working)

    @cached_property
    def updates(self) -> UpdateInbox:
        return MemoryUpdates(self._working)


for _repository in [each for name, each in globals().items() if name.startswith("Memory")]:
    if _repository not in {Memory, MemoryUnitOfWork}:
        refuse_none(_repository)
