"""Implementation of UnitOfWork in PostgreSQL: one transaction over all repositories, which also writes the jobs that
follow from its events.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.entities.outgoing import WebhookEvent
from subscriptions.domain.errors import Unreadable
from subscriptions.domain.events import DomainEvent, Recorder
from subscriptions.domain.ports.clock import Clock
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
from subscriptions.domain.ports.writing import Writer
from subscriptions.domain.ports.writing.ledger import LedgerRepository
from subscriptions.domain.ports.writing.payments import PaymentRepository, ReceiptRepository, ReversalRepository
from subscriptions.infrastructure.database.errors import translate_error, translate_errors
from subscriptions.infrastructure.database.publication import Publish
from subscriptions.infrastructure.database.unreadable import UnreadableRows
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from subscriptions.infrastructure.repositories.access_repository import SqlAccessRepository, SqlLedgerRepository
from subscriptions.infrastructure.repositories.account_repository import SqlAccountRepository
from subscriptions.infrastructure.repositories.backup_admin_repository import SqlBackupAdminRepository
from subscriptions.infrastructure.repositories.catalog_repository import SqlPaymentMethodRepository, SqlPlanRepository
from subscriptions.infrastructure.repositories.channel_repository import SqlChannelRepository
from subscriptions.infrastructure.repositories.checkout_repository import SqlOrderRepository
from subscriptions.infrastructure.repositories.customer_repository import SqlCustomerRepository
from subscriptions.infrastructure.repositories.expiry_repository import SqlBulkExpiryRepository
from subscriptions.infrastructure.repositories.inbox_repository import (
    SqlUpdateInbox,
    SqlWebhookInbox,
)
from subscriptions.infrastructure.repositories.message_repository import SqlNotificationRepository
from subscriptions.infrastructure.repositories.payment_repository import (
    SqlPaymentRepository,
    SqlReceiptRepository,
    SqlReversalRepository,
)
from subscriptions.infrastructure.repositories.people_repository import (
    SqlAlarmRepository,
    SqlAuditRepository,
    SqlConsoleRepository,
    SqlDialogueRepository,
    SqlInvitationRepository,
    SqlOperationRepository,
    SqlOwnRoleRepository,
    SqlVariableRepository,
)
from subscriptions.infrastructure.repositories.personal_repository import SqlPersonalDataRepository
from subscriptions.infrastructure.repositories.resource_repository import SqlResourceRepository
from subscriptions.infrastructure.repositories.schedule_repository import SqlScheduleRepository
from subscriptions.infrastructure.repositories.setting_repository import SqlSettingRepository
from subscriptions.infrastructure.repositories.site_picture_repository import SqlSitePictureRepository
from subscriptions.infrastructure.repositories.store import DEFAULT_GRACE, MakeRepository, Unit
from subscriptions.infrastructure.repositories.subscription_repository import SqlSubscriptionRepository
from subscriptions.infrastructure.repositories.text_repository import SqlTextRepository
from subscriptions.infrastructure.repositories.upload_repository import SqlUploadRepository
from subscriptions.infrastructure.repositories.view_repository import SqlNumbersRepository

Route = Callable[[DomainEvent], Sequence[Job]]
"""Function that maps an event to jobs."""
ToWebhookEvent = Callable[[DomainEvent], WebhookEvent | None]
"""Function that maps an event to a webhook event."""

R = TypeVar("R")
W = TypeVar("W")


class _Repository(Generic[R]):
    """Descriptor that creates a repository on first use, because a unit of work needs only a few repositories."""

    def __init__(self, make: Callable[[Unit], R]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, unit_of_work: "SqlUnitOfWork", owner: type) -> R:
        repository = self._make(unit_of_work._unit)
        unit_of_work.__dict__[self._name] = repository
        return repository


class SqlUnitOfWork:
    """Unit of work on one connection of the pool. It rolls back unless `commit` is called. Database errors inside the
    block are translated: unique violations, deadlocks and lost connections are raised as RetryLater.
    """

    customers = _Repository[CustomerRepository](SqlCustomerRepository)
    plans = _Repository[PlanRepository](SqlPlanRepository)
    orders = _Repository[OrderRepository](SqlOrderRepository)
    subscriptions = _Repository[SubscriptionRepository](SqlSubscriptionRepository)
    payments = _Repository[PaymentRepository](SqlPaymentRepository)
    reversals = _Repository[ReversalRepository](SqlReversalRepository)
    ledger = _Repository[LedgerRepository](SqlLedgerRepository)
    channels = _Repository[ChannelRepository](SqlChannelRepository)
    backup_admins = _Repository[BackupAdminRepository](SqlBackupAdminRepository)
    resources = _Repository[ResourceRepository](SqlResourceRepository)
    accesses = _Repository[AccessRepository](SqlAccessRepository)
    accounts = _Repository[AccountRepository](SqlAccountRepository)
    notifications = _Repository[NotificationRepository](SqlNotificationRepository)
    bulk_expiries = _Repository[BulkExpiryRepository](SqlBulkExpiryRepository)
    audit = _Repository[AuditRepository](SqlAuditRepository)
    operations = _Repository[OperationRepository](SqlOperationRepository)
    invitations = _Repository[InvitationRepository](SqlInvitationRepository)
    own_roles = _Repository[OwnRoleRepository](SqlOwnRoleRepository)
    settings = _Repository[SettingRepository](SqlSettingRepository)
    variables = _Repository[VariableRepository](SqlVariableRepository)
    schedule = _Repository[ScheduleRepository](SqlScheduleRepository)
    personal_data = _Repository[PersonalDataRepository](SqlPersonalDataRepository)
    dialogues = _Repository[DialogueRepository](SqlDialogueRepository)
    console = _Repository[ConsoleRepository](SqlConsoleRepository)
    alarms = _Repository[AlarmRepository](SqlAlarmRepository)
    numbers = _Repository[NumbersRepository](SqlNumbersRepository)
    payment_methods = _Repository[PaymentMethodRepository](SqlPaymentMethodRepository)
    receipts = _Repository[ReceiptRepository](SqlReceiptRepository)
    texts = _Repository[TextRepository](SqlTextRepository)
    site_pictures = _Repository[SitePictureRepository](SqlSitePictureRepository)
    uploads = _Repository[UploadRepository](SqlUploadRepository)
    inbox = _Repository[WebhookInbox](SqlWebhookInbox)
    updates = _Repository[UpdateInbox](SqlUpdateInbox)

    def __init__(
        self,
        engine: AsyncEngine,
        route: Route,
        *,
        default_grace: timedelta = DEFAULT_GRACE,
        publication: tuple[ToWebhookEvent, Publish, Clock] | None = None,
        unreadable_rows: UnreadableRows | None = None,
        repositories: Mapping[str, MakeRepository] | None = None,
    ) -> None:
        """route: function that maps an event to jobs
        default_grace: grace period that the subscriptions' repository uses by default
        publication: functions that map an event to a webhook event and that store webhook events, and the clock that
            dates them; None publishes nothing
        unreadable_rows: object that reports skipped rows to the owners; None reports nothing
        repositories: repositories of features, keyed by name; None if there are none
        """
        self._engine = engine
        self._route = route
        self._publication = publication
        self._default_grace = default_grace
        self._unreadable_rows = unreadable_rows
        self._repositories = repositories or {}
        self._brought: dict[str, Any] = {}
        self._skipped: list[Unreadable] = []
        self._stack = AsyncExitStack()
        self._recorders: dict[int, Recorder] = {}
        self._events: list[DomainEvent] = []
        self._jobs: list[Job] = []
        self._webhook_events: list[WebhookEvent] = []

    async def __aenter__(self) -> Self:
        with translate_errors():
            self._connection = await self._stack.enter_async_context(self._engine.connect())
        self._unit = Unit(self._connection, self._remember, self.skip, self._default_grace)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        known_error = None if error is None else translate_error(error)
        # Closing the connection rolls back uncommitted changes. It fails if the database is unavailable.
        with translate_errors():
            await self._stack.aclose()
        if self._skipped and self._unreadable_rows is not None:
            await self._unreadable_rows.report(self._engine, self._skipped)
        if known_error is not None:
            raise known_error from error

    def of(self, key: RepositoryKey[W]) -> W:
        """Implements `UnitOfWork.of`."""
        repository: W = self._bring(key.name)
        return repository

    def write(self, writer: Writer[W]) -> W:
        """Implements `UnitOfWork.write`."""
        repository: W
        repository = self._bring(writer.name) if writer.name in self._repositories else getattr(self, writer.name)
        return repository

    def _bring(self, name: str) -> Any:
        if name not in self._brought:
            if name not in self._repositories:
                raise LookupError(f"no loaded feature brings the repository {name}")
            self._brought[name] = self._repositories[name](self._unit)
        return self._brought[name]

    def record(self, event: DomainEvent) -> None:
        """Record an event that does not belong to an entity."""
        self._events.append(event)

    async def enqueue(self, job: Job) -> None:
        """Add a job that does not follow from an event. The job is written at the commit, together with the jobs of
        events.
        """
        self._jobs.append(job)

    async def requeue(self, job_id: int) -> bool:
        """Implements `UnitOfWork.requeue`. The change is committed together with the other changes of
        the unit of work.
        """
        return bool(await PgJobQueue(self._connection).requeue([job_id]))

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """Implements `UnitOfWork.attempt`."""
        with translate_errors():
            async with self._connection.begin_nested():
                yield

    def skip(self, row: Unreadable) -> None:
        """Implements `UnitOfWork.skip`. Skipped rows are reported when this unit of work ends, whether committed or
        not.
        """
        self._skipped.append(row)

    async def commit(self) -> None:
        """Write the webhook events and the jobs that follow from the recorded events, and commit the transaction."""
        jobs = self._drain()
        await PgJobQueue(self._connection).enqueue_all([*jobs, *await self._publish()])
        await self._connection.commit()

    def _drain(self) -> list[Job]:
        for recorder in self._recorders.values():
            self._events.extend(recorder.drain())
        if self._publication is not None:
            to_webhook_event, _, _ = self._publication
            self._webhook_events += [each for event in self._events if (each := to_webhook_event(event)) is not None]
        jobs = [job for event in self._events for job in self._route(event)] + self._jobs
        self._recorders, self._events, self._jobs = {}, [], []
        return jobs

    async def _publish(self) -> Sequence[Job]:
        events, self._webhook_events = self._webhook_events, []
        if self._publication is None or not events:
            return []
        _, publish, clock = self._publication
        return await publish(self._connection, events, clock.now())

    def _remember(self, recorder: Recorder) -> None:
        self._recorders[id(recorder)] = recorder
