"""Shop for tests: the purchase use cases with in-memory or PostgreSQL repositories and an in-memory provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application import routing
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.catalog.plan_input import store_price
from subscriptions.application.catalog.price_plan import SetMethodPrice
from subscriptions.application.checkout.choose_method import ChooseMethod
from subscriptions.application.checkout.close_checkouts import CloseCheckouts
from subscriptions.application.checkout.show_deals import ShowDeals
from subscriptions.application.checkout.show_offers import ShowOffers
from subscriptions.application.checkout.start_checkout import CheckoutView, StartCheckout
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.check_subscription import CheckSubscription
from subscriptions.application.expiry.run_due import RunDue
from subscriptions.application.inbox.delivery_store import UnitDeliveries
from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.application.payments.apply_event import ApplyEvent
from subscriptions.application.payments.fetch_event_details import FetchEventDetails
from subscriptions.application.payments.issue_receipts import FollowReceipt, IssueReceipts
from subscriptions.application.payments.load_purchase import LoadPurchase
from subscriptions.application.payments.payment_webhook_handler import PaymentWebhookHandler
from subscriptions.application.payments.return_payment import ReturnPayment
from subscriptions.application.subscriptions.change_plan import ChangePlan
from subscriptions.application.subscriptions.pause_billing import PauseBilling
from subscriptions.application.subscriptions.poll_subscription import PollSubscription
from subscriptions.application.subscriptions.remind import Remind
from subscriptions.application.subscriptions.reschedule_charge import RescheduleCharge
from subscriptions.application.subscriptions.subscription_handler import CancelSubscription, UndoCancellation
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.application.subscriptions.sync_plan import SyncPlan
from subscriptions.application.views.show_status import ShowStatus
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import PlanChanged
from subscriptions.domain.ids import InboxId, OrderId, PaymentId, SubscriptionId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.trial_marks import TrialMarks
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.counter import Counter, RefundingCounter
from tests.fakes.gateway import MemoryGateways
from tests.fakes.memory import Memory
from tests.fakes.provider import SIGNED, Provider
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.fakes.units import sql_unit

TRIAL_MARKS = TrialMarks(b"trials")
POLICY = Policy(brand="Umbral", base_url="https://umbral.example")


@dataclass(frozen=True)
class Holding:
    """A customer's subscriptions, channel and access of one plan, and all payments of the customer."""

    subscriptions: list[Subscription]
    payments: list[Payment]
    channels: list[Channel]
    accesses: list[Access]

    @property
    def subscription(self) -> Subscription:
        """Return the only subscription."""
        assert len(self.subscriptions) == 1, self.subscriptions
        return self.subscriptions[0]

    @property
    def payment(self) -> Payment:
        """Return the only payment."""
        assert len(self.payments) == 1, self.payments
        return self.payments[0]


@dataclass
class Shop:
    """Shop built on the given units of work. units: factory of units of work. engine: database engine; None in memory.
    follow_receipts: see `IssueReceipts`.
    """

    units: Callable[[], UnitOfWork]
    memory: Memory = field(default_factory=Memory)
    engine: AsyncEngine | None = None
    clock: ManualClock = field(default_factory=ManualClock)
    policy: Policy = POLICY
    provider: Provider = field(init=False)
    follow_receipts: Sequence[FollowReceipt] = ()
    shared: InitVar[Provider | None] = None

    def __post_init__(self, shared: Provider | None) -> None:
        self.provider = shared or Provider(self.clock, name="acme")
        # The other providers: one charges once in any currency and refunds nothing, one charges in stars only.
        self.coins = Counter(self.clock)
        self.stars = RefundingCounter(self.clock, currencies=frozenset({"XTR"}))
        self.gateways = MemoryGateways({"acme": self.provider})
        plans = BrowsePlans(self.units, self.gateways, self.clock)
        granting = GrantAccess(self.policy)
        self.plans = plans
        self.follow = SyncFromProvider(self.units, self.gateways, self.clock, self.policy)
        self.apply = PaymentWebhookHandler(
            self.units,
            FetchEventDetails(self.units, self.gateways, self.clock),
            LoadPurchase(SyncPlan(self.policy), self.policy),
            ApplyEvent(granting, IssueReceipts(self.policy, self.follow_receipts)),
        )
        self.receive = ReceiveWebhook(self.units, UnitDeliveries(self.units), self.gateways, self.clock)
        self.deals = ShowDeals(self.units, self.gateways, self.clock, TRIAL_MARKS)
        self.choose = ChooseMethod(self.units, plans, self.deals, self.clock, TRIAL_MARKS)
        self.offers = ShowOffers(self.units, plans, TRIAL_MARKS)
        self.start = StartCheckout(self.units, self.gateways, plans, self.clock, self.policy, TRIAL_MARKS)
        self.cancel = CancelSubscription(self.units, self.gateways, self.follow)
        self.undo = UndoCancellation(self.units, self.gateways, self.follow)
        self.check = CheckSubscription(self.units, self.follow, self.clock, self.policy)
        self.pause_billing = PauseBilling(self.units, self.gateways, self.follow, self.clock, self.policy)
        self.poll_subscription = PollSubscription(self.units, self.follow, self.clock)
        reschedule_charge = RescheduleCharge(self.units, self.gateways, self.follow, self.clock, self.policy)
        self.remind = Remind(self.units, self.clock, self.policy, self.poll_subscription, reschedule_charge)
        self.changes = ChangePlan(self.units, self.gateways, plans, self.follow, self.clock, self.policy, TRIAL_MARKS)
        self.close_checkouts = CloseCheckouts(self.units, self.gateways)
        self.return_payment = ReturnPayment(self.units, self.gateways, self.clock)
        self.run_due = RunDue(self.units, self.clock, self.policy)
        self.status = ShowStatus(self.units, self.clock, self.policy)

    def sells_by_all(self) -> None:
        """Enable the gateways of the other two test providers."""
        self.gateways.gateways |= {"coins": self.coins, "tokens": self.stars}

    async def charges(self, method: str, plan: ServicePlan, price: Money | None) -> None:
        """Set the price of a plan for one payment method; None removes the price."""
        async with self.units() as uow:
            await store_price(uow, plan.id, method, price)
            await uow.audit.record(
                actor="operator",
                action=SetMethodPrice.action,
                subject=str(plan.id),
                reason="decided by the operator",
                at=self.clock.now(),
                facts={"plan": plan.soft_id},
            )
            uow.record(PlanChanged(plan.id))
            await uow.commit()

    async def claim(self, telegram_id: TelegramId, code: str) -> None:
        """Claim a promotion for a customer, as the feature does for an accepted code."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            promotion = await uow.of(DISCOUNTS_KEY).by_code(code)
            assert customer is not None
            assert promotion is not None
            await uow.of(DISCOUNTS_KEY).claim(promotion.id, customer.id, self.clock.now())
            await uow.commit()

    async def customer(self, **more: Any) -> Customer:
        """Create a customer who accepted the terms."""
        person = samples.customer(**more)
        person.accept_terms(self.policy.terms_version, self.clock.now())
        async with self.units() as uow:
            await uow.customers.save(person)
            await uow.commit()
        return person

    async def plan(self, **more: Any) -> ServicePlan:
        """Create a plan that is on sale."""
        plan = samples.plan(**more)
        await self.change_plan(plan)
        return plan

    async def priced(self, **more: Any) -> ServicePlan:
        """Create a plan that is on sale and has a price object at the provider."""
        plan = await self.plan(**more)
        await self.price(plan, f"price-{plan.soft_id}")
        return plan

    async def price(self, plan: ServicePlan, ref: str) -> None:
        """Create a price object of the plan at its current price."""
        self.provider.prices[ref] = plan.price
        async with self.units() as uow:
            await uow.plans.save_price(PlanPaymentPrice(plan_id=plan.id, provider="acme", external_price_id=ref))
            await uow.commit()

    async def change_plan(self, plan: ServicePlan) -> None:
        """Store the changed plan."""
        async with self.units() as uow:
            await uow.plans.save(plan)
            await uow.commit()

    async def checkout(self, customer: Customer, plan: ServicePlan) -> tuple[CheckoutView, str]:
        """Open a checkout and return it with the provider's session id."""
        view = await self.start(customer.telegram_id, plan.soft_id)
        return view, next(s.id for s in self.provider.sessions.values() if s.url == view.url)

    async def store(self, event: PaymentEvent, key: str | None = None) -> InboxId:
        """Store an event in the inbox, as its webhook would."""
        entry = samples.inbox_entry(event=event, id=InboxId(new_uuid()), received_at=self.clock.now())
        async with self.units() as uow:
            await uow.inbox.add_if_new(entry)
            await uow.commit()
        return entry.id

    async def deliver(self, *events: PaymentEvent) -> list[InboxEntry]:
        """Store events in the inbox, apply each once in order, and return their inbox entries."""
        entries = []
        for event in events:
            inbox_id = await self.store(event)
            await self.apply(inbox_id)
            entries.append(await self.inbox(inbox_id))
        return entries

    async def deliver_with_retries(self, event: PaymentEvent, tries: int = 20) -> InboxEntry:
        """Apply an event as a worker does, with retries."""
        inbox_id = await self.store(event)
        for _ in range(tries):
            try:
                await self.apply(inbox_id)
                break
            except RetryLater as again:
                self.clock.advance(again.delay or timedelta(seconds=8))
        return await self.inbox(inbox_id)

    async def webhook(self, event: PaymentEvent) -> bool:
        """Deliver one webhook. Return True if its event was not stored before."""
        return await self.receive("acme", SIGNED, event.event_key.encode())

    async def inbox(self, inbox_id: InboxId) -> InboxEntry:
        """Return the current state of an inbox entry."""
        async with self.units() as uow:
            entry = await uow.inbox.get(inbox_id)
        assert entry is not None
        return entry

    async def holding(self, customer: Customer, plan: ServicePlan) -> Holding:
        """Return a customer's subscriptions, channel and access of a plan, with up to 100 payments of the customer for
        any plan.
        """
        async with self.units() as uow:
            subscriptions = [s for s in await uow.subscriptions.of_customer(customer.id) if s.plan_id == plan.id]
            payments = list(await uow.payments.of_customer(customer.id, 100))
            channel = await uow.channels.personal_of(customer.id, plan.id)
            accesses = [
                a for a in await uow.accesses.of_customer(customer.id) if channel and a.channel_id == channel.id
            ]
        return Holding(subscriptions, payments, [channel] if channel else [], accesses)

    async def order(self, reference: str) -> Order:
        """Return an order by the reference that the provider has."""
        async with self.units() as uow:
            request = next(r for r in self.provider.requests if r.order_id.upper().startswith(reference))
            order = await uow.orders.get(OrderId(UUID(request.order_id)))
        assert order is not None
        return order

    async def jobs(self, name: str) -> list[dict[str, Any]]:
        """Return the payloads of the committed jobs of one name, in order."""
        if self.engine is None:
            return [dict(job.payload) for job in self.memory.jobs_named(name)]
        query = text("SELECT payload FROM pgqueuer WHERE entrypoint = :name ORDER BY id")
        async with self.engine.connect() as connection:
            return [json.loads(row) for row in (await connection.execute(query, {"name": name})).scalars()]

    async def close_what_is_open(self) -> None:
        """Run all committed jobs that close checkouts."""
        for job in await self.jobs("core.close_checkouts"):
            await self.close_checkouts(OrderId(UUID(str(job["order_id"]))))

    async def give_back(self) -> None:
        """Run all committed jobs that refund duplicate payments."""
        for job in await self.jobs("core.return_payment"):
            await self.return_payment(PaymentId(UUID(str(job["payment_id"]))), job["subscription_ref"])

    async def sync_billing(self) -> None:
        """Run all committed jobs that pause or resume billing."""
        for job in await self.jobs("core.hold_charges"):
            since = job["since"]
            began = datetime.fromisoformat(since) if isinstance(since, str) else since
            await self.pause_billing(SubscriptionId(UUID(str(job["subscription_id"]))), began)

    async def notified(self, kind: str) -> list[dict[str, Any]]:
        """Return the messages of one kind to be sent, without duplicates, as ensured by the notification keys."""
        announced = {job["key"]: job for job in await self.jobs("bot.announce") if job["kind"] == kind}
        return list(announced.values())

    async def wants_back(self, payment: Payment, minor: int | None = None, key: str = "wish") -> None:
        """Store a refund request as the use cases do, in full if `minor` is None."""
        amount = Money(payment.amount.minor if minor is None else minor, payment.amount.currency)
        request = RefundRequest(operation=key, payment_id=payment.id, amount=amount, asked_at=self.clock.now())
        async with self.units() as uow:
            assert await uow.of(FACTS_KEY).ask(request)
            await uow.commit()

    async def alarms(self) -> list[str]:
        """Return the kinds of the raised alarms, one per key."""
        return [job["kind"] for job in {job["key"]: job for job in await self.jobs("bot.alarm")}.values()]

    async def pending(self, inbox_id: InboxId) -> bool:
        """Return True if an event is still pending."""
        return (await self.inbox(inbox_id)).status is InboxStatus.PENDING


def memory_shop(
    policy: Policy | None = None,
    clock: ManualClock | None = None,
    follow_receipts: Sequence[FollowReceipt] = (),
) -> Shop:
    """Build a shop with in-memory repositories that routes events to jobs as in production."""
    memory = Memory()
    return Shop(
        lambda: MemoryUnitOfWork(memory, routing.jobs_for),
        memory=memory,
        clock=clock or ManualClock(),
        policy=policy or POLICY,
        follow_receipts=follow_receipts,
    )


def database_shop(engine: AsyncEngine, *, clock: ManualClock | None = None, provider: Provider | None = None) -> Shop:
    """Build a shop with PostgreSQL repositories. clock, provider: those of another shop on the same database, to
    simulate a second replica; None for new ones.
    """
    return Shop(
        lambda: sql_unit(engine, routing.jobs_for),
        engine=engine,
        clock=clock or ManualClock(),
        shared=provider,
    )
