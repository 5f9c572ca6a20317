"""Product behind a gateway: the real use cases on a real database, whose jobs run when a check requests them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.people.customers import Person
from subscriptions.bootstrap.rehearsal import Rehearsal
from subscriptions.domain.entities.access import MAY_ENTER, Access
from subscriptions.domain.entities.ledger import LedgerEntry
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import PlanId, TelegramId, new_uuid
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRejected, WebhookRequest
from umbral.testing.kit import buying
from umbral.testing.kit.behaviour import Violated, must
from umbral.testing.kit.stage import Stage

ROUNDS: Final = 12
"""Maximum number of attempts for jobs that request a retry."""
APPLY: Final = "core.apply_payment_event"


@dataclass(frozen=True)
class Holding:
    """Result of a sale: the customer's subscriptions to the plan and their ledger entries, the payments of the order,
    and the access to the customer's personal channel.
    """

    subscriptions: Sequence[Subscription]
    payments: Sequence[Payment]
    accesses: Sequence[Access]
    entries: Sequence[LedgerEntry]

    @property
    def subscription(self) -> Subscription:
        """Return the only subscription. Raises Violated if there are more or fewer."""
        must(len(self.subscriptions) == 1, f"there are {len(self.subscriptions)} subscriptions, not one")
        return self.subscriptions[0]

    @property
    def enters(self) -> bool:
        """Return True if the customer may be in the channel."""
        return any(access.status in MAY_ENTER for access in self.accesses)

    @property
    def shape(self) -> tuple[object, ...]:
        """Return the properties that must not depend on the order of events: everything except ids and times."""
        return (
            tuple(
                sorted(f"{each.status} {each.access_until == each.current_period_end}" for each in self.subscriptions)
            ),
            tuple(sorted(f"{each.amount} {each.status} {each.flag}" for each in self.payments)),
            tuple(sorted(f"{each.kind} {each.length.days}" for each in self.entries)),
            tuple(sorted(str(each.status) for each in self.accesses)),
        )


@dataclass(frozen=True)
class Sale:
    """Open checkout of a customer. view: the checkout that the bot shows."""

    telegram_id: TelegramId
    plan: ServicePlan
    view: CheckoutView


class Spine:
    """Product behind a gateway: it sells plans, and processes the gateway's deliveries as the web process would."""

    def __init__(self, stage: Stage, rehearsal: Rehearsal) -> None:
        self.stage, self.rehearsal = stage, rehearsal
        self.container = rehearsal.container
        self._handlers = rehearsal.handlers()

    async def plan(self, **more: Any) -> ServicePlan:
        """Create a plan on sale, with its price object if the provider has price objects; the plan is monthly if the
        provider supports renewals.
        """
        recurring: dict[str, Any] = {"recurring": True, "interval": Interval.MONTH}
        once: dict[str, Any] = {"recurring": False, "interval": None, "duration_days": 30}
        name = f"plan-{uuid4().hex[:8]}"
        shape = recurring if self.stage.has(Capability.RECURRING) else once
        values: dict[str, Any] = {"name": name, "soft_id": name, "price": buying.price_of(self.stage)} | shape | more
        plan = ServicePlan(id=PlanId(new_uuid()), created_at=self.stage.clock.now(), **values)
        async with self.container.core.units()() as uow:
            await uow.plans.save(plan)
            await uow.commit()
        await self.container.worker.sync_prices().plan(plan.id)
        return plan

    async def checkout(self, plan: ServicePlan, telegram_id: int | None = None) -> Sale:
        """Open a checkout for a new customer, or for the customer with this id."""
        person = TelegramId(telegram_id or await self.stage.person())
        who = Person(telegram_id=person, first_name="Ana", username=None, language_code="es")
        await self.container.core.meet_customer()(who)
        await self.container.accept_terms()(person)
        view = await self.container.start_checkout()(person, plan.soft_id, self.stage.code)
        return Sale(person, plan, view)

    async def sell(self, **more: Any) -> tuple[Sale, list[WebhookRequest]]:
        """Open and pay a checkout. Return the sale and the provider's deliveries, which the caller has to process."""
        sale = await self.checkout(await self.plan(**more))
        return sale, await self.pay(sale)

    async def pay(self, sale: Sale, act: str = "pay", **order: Any) -> list[WebhookRequest]:
        """Perform an action on the checkout and return the provider's deliveries."""
        before = len(await self.stage.heard())
        await buying.pay(self.stage, sale.view.url, act, **order)
        return await self.stage.heard(before)

    async def told(self, subscription_ref: str, action: str, **order: Any) -> list[WebhookRequest]:
        """Cause an event of a subscription at the provider, and return the provider's deliveries."""
        before = len(await self.stage.heard())
        known = (await self.stage.control("GET", "subscriptions"))["subscriptions"]
        mine = [each["id"] for each in known if each["provider"] == self.stage.code]
        # The gateway's reference may contain more than the provider's own id.
        name = next((each for each in mine if each in subscription_ref), subscription_ref)
        path = f"subscriptions/{self.stage.code}/{name}/{action}"
        await self.stage.control("POST", path, order or None)
        return await self.stage.heard(before)

    async def befalls(self, sale: Sale, action: str, **order: Any) -> list[WebhookRequest]:
        """Cause an event of a sale's subscription or, if there is none, of the provider's newest payment, and return
        the deliveries.
        """
        held = (await self.holding(sale)).subscriptions
        ref = held[0].provider_ref if held else None
        if ref is not None:
            return await self.told(ref, action, **order)
        before = len(await self.stage.heard())
        found = (await self.stage.control("GET", "payments"))["payments"]
        mine = [each for each in found if each["provider"] == self.stage.code]
        must(mine, "the stand-in knows of no payment")
        path = f"payments/{self.stage.code}/{mine[-1]['id']}/{action}"
        await self.stage.control("POST", path, order or None)
        return await self.stage.heard(before)

    async def receive(self, *posts: WebhookRequest) -> None:
        """Receive each delivery as the web process does, without applying it."""
        receive = self.container.web.receive_webhook()
        for post in posts:
            await receive(self.stage.code, dict(post.headers), post.body)

    async def deliver(self, *posts: WebhookRequest) -> None:
        """Receive and apply each delivery, one after the other; retries run after the last delivery."""
        for post in posts:
            await self.receive(post)
            await self.work(rounds=1)
        await self.work()

    async def work(self, rounds: int = ROUNDS) -> None:
        """Run the worker's due jobs until none is due, for at most `rounds` rounds. New and retried jobs run in the
        next round.
        """
        for _ in range(rounds):
            due = [each for each in self.rehearsal.jobs if self._due(each)]
            self.rehearsal.jobs[:] = [each for each in self.rehearsal.jobs if not self._due(each)]
            if not due:
                return
            for job in due:
                await self._attempt(job)

    def _due(self, job: Job) -> bool:
        return job.name in self._handlers and (job.not_before is None or job.not_before <= self.stage.clock.now())

    async def _attempt(self, job: Job) -> None:
        try:
            await self._handlers[job.name](dict(job.payload))
        except RetryLater:
            self.rehearsal.jobs.append(job)
        except GatewayRejected:
            # On hold for staff, who have been notified.
            return

    async def follow(self, sale: Sale) -> None:
        """Fetch the current state of the sale's subscriptions at the provider and apply it, as the schedule does for
        providers that do not report every event.
        """
        follow = self.container.core.sync_from_provider()
        for each in (await self.holding(sale)).subscriptions:
            snapshot = await follow.fetch(each)
            if snapshot is not None:
                await follow.apply(each, snapshot)

    async def ask(self) -> int:
        """Fetch the events of the last day, as the schedule does, and return the number of previously unreported
        events.
        """
        now = self.stage.clock.now()
        # Events of the current second are included.
        span = (now - timedelta(days=1), now + timedelta(seconds=1))
        learnt = await self.container.worker.poll_events().fetch_between(self.stage.code, *span)
        await self.work()
        return len(learnt)

    async def look_again(self, sale: Sale) -> None:
        """Check the subscription at the provider, as the schedule does when access has expired, and apply
        the result.
        """
        check = self.container.worker.check_subscription()
        for each in (await self.holding(sale)).subscriptions:
            await check(each.id)
        await self.work()

    async def holding(self, sale: Sale) -> Holding:
        """Return the result of a sale."""
        async with self.container.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(sale.telegram_id)
            if customer is None:
                raise Violated("the customer is gone")
            mine = [each for each in await uow.subscriptions.of_customer(customer.id) if each.plan_id == sale.plan.id]
            entries = [entry for each in mine for entry in await uow.ledger.of_subscription(each.id)]
            payments = await uow.payments.of_order(sale.view.order_id)
            channel = await uow.channels.personal_of(customer.id, sale.plan.id)
            accesses = [
                each
                for each in await uow.accesses.of_customer(customer.id)
                if channel is not None and each.channel_id == channel.id
            ]
        return Holding(mine, payments, accesses, entries)

    async def refunded(self, payment: Payment) -> int:
        """Return the known refunds of a payment, in minor units."""
        async with self.container.core.units()() as uow:
            return sum(each.amount.minor for each in await uow.reversals.refunds_of(payment.id))

    def alarms(self) -> list[str]:
        """Return the kinds of alarms that would have been sent to the owners."""
        return [str(job.payload.get("kind")) for job in self.rehearsal.jobs if job.name == "bot.alarm"]

    def now(self) -> datetime:
        """Return the time of the shared clock."""
        return self.stage.clock.now()


async def open_spine(stage: Stage) -> Spine:
    """Open the product with the stage's gateway only."""
    return Spine(stage, await stage.rehearsal())
