"""Driver of single stories: one customer's purchase at the simulated provider, brought into a named state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.resource import PERSONAL
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from tests.lives.biller import Capture, Decision
from tests.lives.town import Town

OWNER, ANA = TelegramId(1), TelegramId(11)
PRICE = Money(2999, "EUR")
REF = "sub-1"
"""The simulated provider's id of the first subscription."""
DAY, MOMENT = timedelta(days=1), timedelta(minutes=2)


@dataclass
class Story:
    """A shop with the monthly plans `month`, `lite`, `gold` and `taste` (with a trial), and one customer.

    told: kinds of the messages sent to the customer, in order
    charges: every charge of the provider, in order
    moves: whether the provider can move a charge
    """

    moves: bool = True
    told: list[str] = field(default_factory=list)
    charges: list[Capture] = field(default_factory=list)
    plans: dict[str, ServicePlan] = field(default_factory=dict)
    ana: Customer = field(init=False)
    owner: Customer = field(init=False)

    def __post_init__(self) -> None:
        self.town = Town(
            lambda owed, message: self.told.append(message.kind), lambda before, after: None, moves=self.moves
        )
        self.shop, self.provider = self.town.shop, self.town.biller
        self.provider.took = self.charges.append

    @classmethod
    async def open(cls, *, moves: bool = True) -> Story:
        """Open the shop."""
        story = cls(moves=moves)
        await story.town.open()
        story.owner = await story.shop.customer(staff_role=StaffRole.OWNER, telegram_id=OWNER)
        story.ana = await story.shop.customer(telegram_id=ANA)
        for soft_id, minor, trial in [("month", 2999, 0), ("lite", 999, 0), ("gold", 4999, 0), ("taste", 1999, 14)]:
            plan = await story.shop.plan(
                name=soft_id.title(),
                soft_id=soft_id,
                price=Money(minor, "EUR"),
                opens=(PERSONAL,),
                recurring=True,
                interval=Interval.MONTH,
                trial_days=trial,
            )
            await story.shop.price(plan, f"price-{soft_id}")
            story.plans[soft_id] = plan
        return story

    @property
    def now(self) -> datetime:
        """Return the current time."""
        return self.town.clock.now()

    @property
    def subscriptions(self) -> list[Subscription]:
        """Return the customer's subscriptions, the oldest first."""
        return [row for row in self.shop.memory.rows("subscriptions") if row.customer_id == self.ana.id]

    @property
    def subscription(self) -> Subscription:
        """Return the customer's newest subscription."""
        return self.subscriptions[-1]

    @property
    def balance(self) -> int:
        """Return the sum of all receipts, in minor units."""
        return sum(row.signed_amount.minor for row in self.shop.memory.rows("receipts"))

    async def run(self, time: timedelta = MOMENT) -> None:
        """Let time pass, with the work of the schedule and with the daily check of each subscription."""
        end = self.now + time
        await self.town.run_due_work()
        while self.now < end:
            await self.town.until(min(end, self.now + DAY))
            await self.town.ask_round()

    async def pass_by_schedule(self, time: timedelta) -> None:
        """Let time pass with the work of the schedule alone."""
        await self.town.until(self.now + time)

    async def buy(self, soft_id: str = "month") -> str:
        """Buy a plan at the provider that renews. Return the provider's key of the payment."""
        view = await self.shop.start(ANA, soft_id, "acme", is_declared=True)
        session = next(each.id for each in self.provider.sessions.values() if each.url == view.url)
        self.provider.buy(session, "cus-11")
        await self.run()
        return self.charges[-1].key

    async def buy_late(self, wait: timedelta, soft_id: str = "month") -> str:
        """Buy a plan by a payment that the customer's bank confirms after `wait`. Return the key of the payment."""
        self.provider.decision = Decision(wait, pays=True)
        view = await self.shop.start(ANA, soft_id, "acme", is_declared=True)
        session = next(each.id for each in self.provider.sessions.values() if each.url == view.url)
        self.provider.buy(session, "cus-11")
        await self.run(wait)
        return self.charges[-1].key

    async def dispute(self, key: str, kind: PaymentEventKind, amount: Money = PRICE, reason: str | None = None) -> None:
        """Report the start or the decision of the dispute about a payment."""
        self.provider.create_event(kind, "dispute", reason=reason, amount=amount, **self.about_dispute(key))
        await self.run()

    def about_dispute(self, key: str) -> dict[str, object]:
        """Return the references of an event of the dispute about a payment."""
        paid = self.paid(key)
        keys = {"payment_key": f"dp-{key}", "about_payment": key}
        return keys | {"order_id": paid.order_id, "telegram_id": paid.telegram_id}

    def paid(self, key: str) -> PaymentEvent:
        """Return the event of a payment."""
        return next(each for each in self.provider.sent.values() if each.payment_key == key)

    async def change(self, to: str) -> None:
        """Agree to another plan, if it is offered."""
        for offer in await self.shop.changes.offers(ANA):
            if offer.to_soft_id == to:
                quote = await self.shop.changes.quote(ANA, offer.subscription, to)
                await self.shop.changes(ANA, offer.subscription, to, quote.as_of)
        await self.run()

    async def cancel(self) -> None:
        """Cancel the renewals as the customer."""
        await self.shop.cancel(ANA, "month")
        await self.run()

    async def skip(self) -> None:
        """Skip the month after the paid period as the customer."""
        await self.town.pausing(ANA, "month")
        await self.run()

    async def skip_begun(self) -> None:
        """Skip a month, and let it begin."""
        await self.skip()
        await self.run(25 * DAY)

    async def suspend(self) -> None:
        """Suspend the customer as staff."""
        await self.town.staff(OWNER, "suspend", self.subscription.id, reason="a reason to wait")
        await self.run()

    async def readmit(self) -> None:
        """End the suspension as staff."""
        await self.town.staff(OWNER, "restore", self.subscription.id, reason="a reason to go on")
        await self.run()

    async def leave_unpaid(self) -> None:
        """Let the next charge fail."""
        self.provider.empty.add(REF)
        await self.run(21 * DAY)

    async def open_dispute(self) -> None:
        """Open a dispute about the whole last payment."""
        await self.dispute(self.charges[-1].key, PaymentEventKind.DISPUTE_OPENED)

    async def stop_collection(self) -> None:
        """Pause the collection as the seller, without a date, and let the next period begin."""
        self.provider.stop_collection(REF)
        await self.run(25 * DAY)

    async def leave_at_bank(self) -> None:
        """Let the next period begin with a charge on which the bank does not decide."""
        end = self.subscription.current_period_end
        assert end is not None
        await self.run(end - self.now - MOMENT)
        known = self.provider.subscriptions[REF]
        self.provider.undecided.add(REF)
        await self.pass_by_schedule(timedelta(days=1))
        assert self.provider.subscriptions[REF].current_period_start == known.current_period_end


State = Callable[[Story], Awaitable[None]]


async def _days_in_skipped_month(story: Story) -> None:
    await story.skip_begun()
    await story.town.staff(OWNER, "extend", story.subscription.id, days=40, reason="a reason to give")
    await story.run()


async def _cancel_skipped(story: Story) -> None:
    await story.skip_begun()
    await story.cancel()


async def _suspend_skipped(story: Story) -> None:
    await story.skip_begun()
    await story.suspend()


async def _suspend_unpaid(story: Story) -> None:
    await story.leave_unpaid()
    await story.suspend()


STATES: dict[str, State] = {
    "running": lambda story: story.run(),
    "canceled": lambda story: story.cancel(),
    "skip agreed": lambda story: story.skip(),
    "skipped month": lambda story: story.skip_begun(),
    "skipped month with other days": _days_in_skipped_month,
    "canceled in the skipped month": _cancel_skipped,
    "past due": lambda story: story.leave_unpaid(),
    "charge at the bank": lambda story: story.leave_at_bank(),
    "paused by the seller": lambda story: story.stop_collection(),
    "cheaper plan agreed": lambda story: story.change("lite"),
    "disputed": lambda story: story.open_dispute(),
    "suspended": lambda story: story.suspend(),
    "suspended in the skipped month": _suspend_skipped,
    "suspended while past due": _suspend_unpaid,
}
"""States of a subscription ten days after its purchase, with the steps that lead there."""


async def story_in(state: str) -> Story:
    """Return the story of a customer who bought the monthly plan and whose subscription is now in this state."""
    story = await Story.open()
    await story.buy()
    await story.run(10 * DAY)
    await STATES[state](story)
    return story
