"""Check that the events of a purchase have the same result in any order, and if some are late or repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, access_until
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import InboxId, SubscriptionId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind, ProviderStatus
from tests.fakes.shop import Holding, Shop, memory_shop

PRICE = Money(2999, "EUR")
DAY = timedelta(days=1)
STEPS = ["renew", "fail and recover", "cancel", "undo", "update"]
SANE = {
    ProviderStatus.ACTIVE: {SubscriptionStatus.ACTIVE},
    ProviderStatus.PAST_DUE: {SubscriptionStatus.PAST_DUE},
    # A subscription whose failed charge was seen keeps its grace period.
    ProviderStatus.ENDED: {SubscriptionStatus.CANCELED, SubscriptionStatus.PAST_DUE},
}


@dataclass
class Story:
    """Lifecycle of one subscription at the provider, step by step, and the events of each step."""

    shop: Shop
    session: str
    events: list[PaymentEvent] = field(default_factory=list)

    def begin(self) -> list[PaymentEvent]:
        return self._recorded(*self.shop.provider.pay(self.session))

    def step(self, name: str) -> list[PaymentEvent]:
        """Advance the clock and run one step. Return the events of the step."""
        steps: dict[str, Callable[[], list[PaymentEvent]]] = {
            "renew": self._renew,
            "fail and recover": self._fail_and_recover,
            "fail": self._fail,
            "cancel": lambda: self._stop(True),
            "undo": lambda: self._stop(False),
            "update": lambda: [self.shop.provider.updated("sub-1")],
            "end": lambda: [self.shop.provider.end("sub-1")],
        }
        return self._recorded(*steps[name]())

    def _to_the_end(self) -> list[PaymentEvent]:
        """Advance to the end of the period and return the events. A pending cancellation is undone first, because no
        event follows the end of a subscription.
        """
        kept = self._stop(False) if self.shop.provider.subscriptions["sub-1"].cancel_at_period_end else []
        end = self.shop.provider.subscriptions["sub-1"].current_period_end
        assert end is not None
        self.shop.clock.advance(end - self.shop.clock.now())
        return kept

    def _renew(self) -> list[PaymentEvent]:
        return [*self._to_the_end(), self.shop.provider.renew("sub-1", PRICE)]

    def _fail(self) -> list[PaymentEvent]:
        return [*self._to_the_end(), self.shop.provider.fail_renewal("sub-1")]

    def _fail_and_recover(self) -> list[PaymentEvent]:
        failed = self._fail()
        self.shop.clock.advance(DAY)
        return [*failed, self.shop.provider.fail_again("sub-1"), self.shop.provider.recover("sub-1", PRICE)]

    def _stop(self, stop: bool) -> list[PaymentEvent]:
        self.shop.clock.advance(DAY)
        self.shop.provider.change("sub-1", cancel_at_period_end=stop, cancel_at=None)
        return [self.shop.provider.updated("sub-1")]

    def _recorded(self, *events: PaymentEvent) -> list[PaymentEvent]:
        self.events += events
        return list(events)


def expected_end(events: list[PaymentEvent]) -> datetime:
    """Return the end of access calculated from all paid periods."""
    subscription = SubscriptionId(new_uuid())
    paid = {
        event.payment_key: event
        for event in events
        if event.kind is PaymentEventKind.PAYMENT_COMPLETED and event.period_start and event.period_end
    }
    end = access_until(
        LedgerEntry(
            subscription_id=subscription,
            kind=LedgerKind.PAYMENT,
            source_key=str(key),
            starts_at=event.period_start,
            length=event.period_end - event.period_start,
            created_at=event.occurred_at,
        )
        for key, event in paid.items()
        if event.period_start and event.period_end
    )
    assert end is not None
    return end


async def live(steps: list[str], last: str | None, choose: Callable[[int], list[int]], late: set[int]) -> None:
    """Run the steps and check the result.

    late: indexes of the events held back until the end. choose: function that returns the delivery order of the held
    events.
    """
    shop = memory_shop()
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    story = Story(shop, session)
    held: list[PaymentEvent] = []
    for name in ["begin", *steps, *([last] if last else [])]:
        for event in story.begin() if name == "begin" else story.step(name):
            if story.events.index(event) in late:
                held.append(event)
            else:
                await shop.deliver_with_retries(event)
    for index in choose(len(held)):
        await deliver_again(shop, held[index])
    await check(shop, story, await shop.holding(ana, plan))


async def deliver_again(shop: Shop, event: PaymentEvent) -> None:
    """Deliver the event as a webhook, which may repeat an earlier one, and run the jobs that follow."""
    before = len(await shop.jobs("core.apply_payment_event"))
    await shop.webhook(event)
    for job in (await shop.jobs("core.apply_payment_event"))[before:]:
        await shop.apply(InboxId(UUID(job["inbox_id"])))


async def check(shop: Shop, story: Story, held: Holding) -> None:
    """Assert the guarantees about payments and access."""
    keys = {e.payment_key for e in story.events if e.kind is PaymentEventKind.PAYMENT_COMPLETED}
    assert sorted(payment.payment_key for payment in held.payments) == sorted(str(key) for key in keys)
    assert all(payment.status is PaymentStatus.CAPTURED for payment in held.payments)
    assert held.subscription.access_until == expected_end(story.events)
    snapshot = shop.provider.subscriptions["sub-1"]
    stops = snapshot.cancel_at_period_end and snapshot.status is ProviderStatus.ACTIVE
    assert held.subscription.status in ({SubscriptionStatus.CANCELED} if stops else SANE[snapshot.status])
    assert len(held.channels) == len(held.accesses) == len(await shop.jobs("userbot.assign"))
    if shop.clock.now() < expected_end(story.events):
        assert len(held.channels) == 1
        assert held.accesses[0].ends_at == held.subscription.access_until
    assert len(await shop.notified("payment_received")) + len(await shop.notified("renewed")) == len(keys)
    # Payments for months that ended before they were reported raise an alarm; nothing else does.
    assert set(await shop.alarms()) <= {"paid_time_over"}


@settings(max_examples=100)
@given(data=st.data())
def test_all_events_delivered_shuffled_and_repeated_after_an_outage_have_the_same_result(data: st.DataObject) -> None:
    """All events of the whole lifecycle arrive at once after an outage, shuffled and repeated."""
    steps = data.draw(st.lists(st.sampled_from(STEPS), max_size=4), "steps")
    last = data.draw(st.sampled_from([None, "fail", "end"]), "last")

    def choose(count: int) -> list[int]:
        doubled = data.draw(st.lists(st.integers(0, count - 1), max_size=4), "doubled")
        return data.draw(st.permutations([*range(count), *doubled]), "order")

    asyncio.run(live(steps, last, choose, late=set(range(100))))


@settings(max_examples=100)
@given(data=st.data())
def test_events_delivered_late_in_any_order_have_the_same_result(data: st.DataObject) -> None:
    """Some events arrive immediately and the others at the very end."""
    steps = data.draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=4), "steps")
    last = data.draw(st.sampled_from([None, "fail", "end"]), "last")
    late = data.draw(st.sets(st.integers(0, 20)), "late")
    asyncio.run(live(steps, last, lambda count: data.draw(st.permutations(range(count)), "order"), late))
