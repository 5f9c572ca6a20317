"""A unit of work in memory: whole or not at all, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.repositories.access import AccessRepository, LedgerRepository
from subscriptions.domain.ports.repositories.accounts import AccountRepository
from subscriptions.domain.ports.repositories.catalog import PaymentMethodRepository, PlanRepository
from subscriptions.domain.ports.repositories.channels import ChannelRepository
from subscriptions.domain.ports.repositories.checkout import OrderRepository
from subscriptions.domain.ports.repositories.expiry import SweepRepository
from subscriptions.domain.ports.repositories.inbox import UpdateInbox, WebhookInbox
from subscriptions.domain.ports.repositories.messages import NotificationRepository
from subscriptions.domain.ports.repositories.payments import PaymentRepository, ReceiptRepository, ReversalRepository
from subscriptions.domain.ports.repositories.people import (
    AlarmRepository,
    AuditRepository,
    CustomerRepository,
    DialogueRepository,
    VariableRepository,
)
from subscriptions.domain.ports.repositories.picks import PickRepository
from subscriptions.domain.ports.repositories.subscriptions import SubscriptionRepository
from subscriptions.domain.ports.repositories.views import NumbersRepository
from subscriptions.domain.ports.repositories.vip import TokenRepository, VipEntryRepository, VipRepository
from tests.fakes.channels import MemoryAccesses, MemoryAccounts, MemoryChannels
from tests.fakes.memory import Memory, Working
from tests.fakes.messages import (
    MemoryAudit,
    MemoryInbox,
    MemoryNotifications,
    MemoryPicks,
    MemoryUpdates,
    MemoryVariables,
)
from tests.fakes.methods import MemoryPaymentMethods
from tests.fakes.numbers import MemoryNumbers
from tests.fakes.orders import MemoryOrders
from tests.fakes.panel import MemoryAlarms, MemoryDialogues
from tests.fakes.people import MemoryCustomers, MemoryPlans
from tests.fakes.receipts import MemoryReceipts
from tests.fakes.sales import MemoryLedger, MemoryPayments, MemoryReversals, MemorySubscriptions
from tests.fakes.sweeps import MemorySweeps
from tests.fakes.vip import MemoryTokens, MemoryVip, MemoryVipEntries


def no_jobs(event: DomainEvent) -> Sequence[Job]:
    """A route that leads nowhere."""
    return ()


class MemoryUnitOfWork:
    """UnitOfWork over a Memory. A second one opened inside a first is a fault and says so."""

    customers: CustomerRepository
    plans: PlanRepository
    orders: OrderRepository
    subscriptions: SubscriptionRepository
    payments: PaymentRepository
    reversals: ReversalRepository
    ledger: LedgerRepository
    channels: ChannelRepository
    accesses: AccessRepository
    accounts: AccountRepository
    picks: PickRepository
    notifications: NotificationRepository
    sweeps: SweepRepository
    audit: AuditRepository
    variables: VariableRepository
    dialogues: DialogueRepository
    alarms: AlarmRepository
    numbers: NumbersRepository
    payment_methods: PaymentMethodRepository
    receipts: ReceiptRepository
    tokens: TokenRepository
    vip_entries: VipEntryRepository
    vip: VipRepository
    inbox: WebhookInbox
    updates: UpdateInbox

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
        self._events: list[DomainEvent] = []
        self._jobs: list[Job] = []

    async def __aenter__(self) -> Self:
        if self._memory.holder is not None and self._memory.holder is asyncio.current_task():
            raise RuntimeError("a unit of work is open already: the database would wait for itself")
        await self._memory.lock.acquire()
        self._memory.holder = asyncio.current_task()
        self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._memory.holder = None
        self._memory.lock.release()

    def record(self, event: DomainEvent) -> None:
        """Record an event that belongs to no entity."""
        self._events.append(event)

    async def enqueue(self, job: Job) -> None:
        """Add a job."""
        self._jobs.append(job)

    async def commit(self) -> None:
        """Make it true, jobs included."""
        for recorder in self._working.recorders.values():
            self._events.extend(recorder.drain())
        for job in [job for event in self._events for job in self._route(event)] + self._jobs:
            self._memory.jobs.append(job)
        self._events, self._jobs = [], []
        self._memory.tables = self._working.tables
        self._open()

    def _open(self) -> None:
        self._working = working = Working(self._memory)
        self.customers, self.plans = MemoryCustomers(working), MemoryPlans(working)
        self.orders, self.payments = MemoryOrders(working), MemoryPayments(working)
        self.subscriptions = MemorySubscriptions(working, self._default_grace)
        self.ledger, self.reversals = MemoryLedger(working), MemoryReversals(working)
        self.channels, self.accesses = MemoryChannels(working), MemoryAccesses(working)
        self.accounts = MemoryAccounts(working)
        self.sweeps = MemorySweeps(working)
        self.picks, self.notifications = MemoryPicks(working), MemoryNotifications(working)
        self.audit, self.variables = MemoryAudit(working), MemoryVariables(working)
        self.dialogues, self.alarms = MemoryDialogues(working), MemoryAlarms(working)
        self.numbers = MemoryNumbers(working)
        self.payment_methods = MemoryPaymentMethods(working)
        self.receipts = MemoryReceipts(working)
        self.tokens, self.vip_entries = MemoryTokens(working), MemoryVipEntries(working)
        self.vip = MemoryVip(working, self._default_grace)
        self.inbox, self.updates = MemoryInbox(working), MemoryUpdates(working)
