"""World of a history: the provider's subscription, the customer's facts, and the events that can happen next.

The provider renews at a fixed date and cannot move a charge. Umbral's effects are executed at once: when the timeline
says that billing stopped for good, the provider ends the subscription.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.ids import PaymentId, PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.timeline.facts import (
    Bought,
    Facts,
    Paid,
    Purchase,
    Terms,
)
from subscriptions.domain.timeline.state import Unbilled, UnbilledBecause
from subscriptions.domain.timeline.timeline import Timeline, timeline

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)
MONTH: Final = 30 * DAY
STEP: Final = 10 * DAY
PRICE: Final = Money(3000, "EUR")
PART: Final = Money(900, "EUR")
DEAR: Final = Money(6000, "EUR")
CHEAP_PLAN, DEAR_PLAN = PlanId(UUID(int=1)), PlanId(UUID(int=2))
TERMS: Final = Terms(grace=5 * DAY)
NO_FACTS: Final = Facts()
MOST_PAYMENTS: Final = 3
"""Maximum number of payments in a history."""


@dataclass(frozen=True)
class Provider:
    """Provider's subscription. None for a period that has not begun means that nothing was bought yet."""

    status: ProviderStatus
    begin: datetime
    end: datetime
    unsettled: bool = False
    is_canceled: bool = False
    pause_until: datetime | None = None
    is_held: bool = False

    def report(self, now: datetime, price: Money) -> SubscriptionSnapshot:
        """Return the provider's report at the given time."""
        charge_at = self.pause_until or self.end
        is_billed = self.status in {ProviderStatus.ACTIVE, ProviderStatus.TRIALING} and not self.is_canceled
        return SubscriptionSnapshot(
            ref="sub",
            status=self.status,
            raw_status=self.status.value,
            current_period_start=self.begin,
            current_period_end=self.end,
            cancel_at_period_end=self.is_canceled and self.status is not ProviderStatus.ENDED,
            price=price,
            pause_until=self.pause_until,
            held=self.is_held,
            unsettled=self.unsettled,
            owed=price if self.status is ProviderStatus.PAST_DUE else None,
            upcoming=UpcomingCharge(at=charge_at, amount=price, learned_at=now) if is_billed else None,
            fetched_at=now,
        )


@dataclass(frozen=True)
class World:
    """State of a history. `price`: price of a period on the current plan."""

    facts: Facts = NO_FACTS
    provider: Provider | None = None
    now: datetime = BEGIN
    price: Money = PRICE

    @property
    def timeline(self) -> Timeline:
        """Timeline of the facts."""
        return timeline(self.facts, TERMS)

    @property
    def plan(self) -> PlanId:
        """Plan in effect."""
        return DEAR_PLAN if self.price == DEAR else CHEAP_PLAN

    @property
    def is_billed(self) -> bool:
        """Return True if the provider renews the subscription."""
        return self.provider is not None and self.provider.status is ProviderStatus.ACTIVE

    @property
    def is_due(self) -> bool:
        """Return True if the provider charges the next period now."""
        provider = self.provider
        if provider is None or not self.is_billed or provider.is_canceled or provider.unsettled or provider.is_held:
            return False
        return self.now >= (provider.pause_until or provider.end)

    def adding(self, **facts: object) -> World:
        """Return the world with one more fact of each named kind."""
        added = {name: (*getattr(self.facts, name), fact) for name, fact in facts.items()}
        return replace(self, facts=replace(self.facts, **added))

    def reporting(self, provider: Provider) -> World:
        """Return the world with a changed subscription at the provider, which reports it a second later."""
        later = self.later()
        return replace(later.adding(reported=provider.report(later.now, self.price)), provider=provider)

    def later(self) -> World:
        """Return the world a second later, so that two reports, or two states of a dispute, are never simultaneous."""
        return replace(self, now=self.now + timedelta(seconds=1))

    def number(self, kind: str) -> int:
        """Return the number of the next fact of a kind."""
        return len(getattr(self.facts, kind)) + 1

    def paying(self, start: datetime, kind: Purchase, length: timedelta = MONTH) -> World:
        """Return the world with one more payment and the time that it bought."""
        key = f"b{self.number('bought')}"
        bought = Bought(key=key, purchase=key, plan=self.plan, start=start, length=length, kind=kind, worth=self.price)
        paid = Paid(payment=self.new_payment(), purchase=key, amount=self.price, at=self.now)
        return self.adding(bought=bought, paid=paid)

    def new_payment(self) -> PaymentId:
        """Return the id of the next payment."""
        return PaymentId(UUID(int=self.number("paid")))


Event = Callable[[World], World | None]
"""Event of a history. None if it cannot happen now."""


def settled(world: World) -> World:
    """Return the world after the provider has executed Umbral's decisions: it ends a subscription whose billing stopped
    for good, and pauses its charges while the customer is kept out.
    """
    provider = world.provider
    if provider is None or provider.status is ProviderStatus.ENDED:
        return world
    state = world.timeline.at(world.now)
    stops = {Unbilled(because=because) for because in (UnbilledBecause.STOPPED, UnbilledBecause.RETURNED)}
    if state.billing in stops:
        return world.reporting(replace(provider, status=ProviderStatus.ENDED, pause_until=None, is_held=False))
    is_held = any(each.until is None for each in world.facts.held)
    if is_held is not provider.is_held and provider.status is ProviderStatus.ACTIVE and not provider.unsettled:
        return world.reporting(replace(provider, is_held=is_held))
    return world
