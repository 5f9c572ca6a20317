"""Port of the unit of work: one database transaction of a use case, committed completely or not at all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from types import TracebackType
from typing import Protocol, Self

from subscriptions.domain.errors import Unreadable
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.repositories.access import AccessRepository, LedgerReader
from subscriptions.domain.ports.repositories.accounts import AccountRepository
from subscriptions.domain.ports.repositories.catalog import PaymentMethodRepository, PlanRepository
from subscriptions.domain.ports.repositories.channels import BackupAdminRepository, ChannelRepository
from subscriptions.domain.ports.repositories.checkout import OrderRepository
from subscriptions.domain.ports.repositories.expiry import BulkExpiryRepository
from subscriptions.domain.ports.repositories.inbox import UpdateInbox, WebhookInbox
from subscriptions.domain.ports.repositories.key import RepositoryKey
from subscriptions.domain.ports.repositories.messages import NotificationRepository
from subscriptions.domain.ports.repositories.payments import PaymentReader, ReceiptReader, ReversalReader
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


class UnitOfWork(Protocol):
    """Transaction of a use case: `async with units() as uow:` … `await uow.commit()`. Leaving without a commit rolls
    back.

    `commit` writes the jobs of all events recorded by saved entities in the same transaction. No call to a provider or
    to Telegram may be made while a unit of work is open.
    """

    customers: CustomerRepository
    plans: PlanRepository
    orders: OrderRepository
    subscriptions: SubscriptionRepository
    channels: ChannelRepository
    backup_admins: BackupAdminRepository
    resources: ResourceRepository
    accesses: AccessRepository
    accounts: AccountRepository
    notifications: NotificationRepository
    bulk_expiries: BulkExpiryRepository
    audit: AuditRepository
    operations: OperationRepository
    invitations: InvitationRepository
    own_roles: OwnRoleRepository
    settings: SettingRepository
    variables: VariableRepository
    schedule: ScheduleRepository
    personal_data: PersonalDataRepository
    dialogues: DialogueRepository
    console: ConsoleRepository
    alarms: AlarmRepository
    numbers: NumbersRepository
    payment_methods: PaymentMethodRepository
    texts: TextRepository
    site_pictures: SitePictureRepository
    uploads: UploadRepository
    inbox: WebhookInbox
    updates: UpdateInbox

    @property
    def payments(self) -> PaymentReader: ...
    @property
    def reversals(self) -> ReversalReader: ...
    @property
    def receipts(self) -> ReceiptReader: ...
    @property
    def ledger(self) -> LedgerReader: ...
    def of(self, key: RepositoryKey[R]) -> R:
        """Return the repository of a feature. Raise LookupError if no loaded feature provides the repository."""
        ...

    def write(self, writer: Writer[R]) -> R:
        """Return the repository with write access that belongs to the key `writer`. Import contracts restrict which
        modules may import such a key.
        """
        ...

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def record(self, event: DomainEvent) -> None:
        """Record an event that belongs to no entity."""
        ...

    async def enqueue(self, job: Job) -> None:
        """Enqueue a job that does not result from an event, such as the continuation of work in progress."""
        ...

    async def requeue(self, job_id: int) -> bool:
        """Retry a job that failed permanently. Return False if the job has not failed, or was completed since then."""
        ...

    def attempt(self) -> AbstractAsyncContextManager[None]:
        """Return a block whose changes are rolled back if the block raises an error, so that the transaction can
        continue. The error is raised again.
        """
        ...

    def skip(self, row: Unreadable) -> None:
        """Skip an unreadable row and raise an owner alert about it, whether or not the transaction is committed."""
        ...

    async def commit(self) -> None:
        """Commit the transaction."""
        ...


UnitOfWorkFactory = Callable[[], UnitOfWork]
"""Function that begins a new unit of work."""


@contextmanager
def skipping(uow: UnitOfWork) -> Iterator[None]:
    """Skip unreadable rows of a list inside the block, so that the other rows are processed.

    Use it only where a skipped row does not grant or remove access and does not cause a charge.
    """
    try:
        yield
    except Unreadable as row:
        uow.skip(row)
