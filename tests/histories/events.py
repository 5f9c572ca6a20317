"""Events that can happen to one subscription: at its provider, at the bank, by staff, and by the customer. Each returns
the world after the event, or None if the event cannot happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import ProviderStatus
from subscriptions.domain.timeline.facts import (
    Disputed,
    DisputeState,
    Given,
    Held,
    Paid,
    Purchase,
    Returned,
    Source,
    Stopped,
    Switched,
    Taken,
)
from tests.histories.world import DAY, DEAR, DEAR_PLAN, MONTH, MOST_PAYMENTS, PART, STEP, Event, Provider, World

_ACTIVE, _PAST_DUE = ProviderStatus.ACTIVE, ProviderStatus.PAST_DUE
_FINAL = {DisputeState.WON: DisputeState.LOST, DisputeState.LOST: DisputeState.WON}


def _may_pay(world: World) -> bool:
    return len(world.facts.paid) < MOST_PAYMENTS


def subscribe(world: World) -> World | None:
    """Let the customer buy a subscription."""
    if not _may_pay(world) or (world.provider is not None and world.provider.status is not ProviderStatus.ENDED):
        return None
    provider = Provider(_ACTIVE, world.now, world.now + MONTH)
    return world.paying(world.now, Purchase.PERIOD).reporting(provider)


def buy_once(world: World) -> World | None:
    """Let the customer buy a month without renewal."""
    return world.paying(world.now, Purchase.ONCE) if _may_pay(world) and world.provider is None else None


def start_trial(world: World) -> World | None:
    """Begin a trial of a week."""
    if world.provider is not None or world.facts.bought:
        return None
    end = world.now + 7 * DAY
    trial = Given(
        key="trial", plan=world.plan, start=world.now, length=7 * DAY, source=Source.TRIAL, worth=Money(0, "EUR")
    )
    return world.adding(given=trial).reporting(Provider(ProviderStatus.ACTIVE, world.now, end))


def renew(world: World) -> World | None:
    """Let the provider charge the next period."""
    if not world.is_due or not _may_pay(world) or world.provider is None:
        return None
    begin = world.provider.pause_until or world.provider.end
    provider = Provider(_ACTIVE, begin, begin + MONTH)
    return world.paying(begin, Purchase.PERIOD).reporting(provider)


def charge_late(world: World) -> World | None:
    """Begin the next period, and send its charge to the bank."""
    if not world.is_due or not _may_pay(world) or world.provider is None:
        return None
    begin = world.provider.pause_until or world.provider.end
    return world.reporting(Provider(_ACTIVE, begin, begin + MONTH, unsettled=True))


def bank_pays(world: World) -> World | None:
    """Let the bank pay the charge."""
    provider = world.provider
    if provider is None or not provider.unsettled or not _may_pay(world):
        return None
    return world.paying(provider.begin, Purchase.PERIOD).reporting(replace(provider, unsettled=False, status=_ACTIVE))


def bank_refuses(world: World) -> World | None:
    """Let the bank refuse the charge."""
    provider = world.provider
    if provider is None or not provider.unsettled:
        return None
    return world.reporting(replace(provider, unsettled=False, status=_PAST_DUE))


def fail_charge(world: World) -> World | None:
    """Begin the next period with a charge that fails at once."""
    if not world.is_due or world.provider is None:
        return None
    begin = world.provider.pause_until or world.provider.end
    return world.reporting(Provider(_PAST_DUE, begin, begin + MONTH))


def retry_paid(world: World) -> World | None:
    """Let the provider's retry of a failed charge succeed."""
    provider = world.provider
    if provider is None or provider.status is not _PAST_DUE or provider.unsettled or not _may_pay(world):
        return None
    return world.paying(provider.begin, Purchase.PERIOD).reporting(replace(provider, status=_ACTIVE))


def retry_late(world: World) -> World | None:
    """Send the provider's retry of a failed charge to the bank."""
    provider = world.provider
    if provider is None or provider.status is not _PAST_DUE or provider.unsettled or not _may_pay(world):
        return None
    return world.reporting(replace(provider, unsettled=True))


def end_at_provider(world: World) -> World | None:
    """End the subscription at the provider at once, as the seller does in the dashboard."""
    provider = world.provider
    if provider is None or provider.status is ProviderStatus.ENDED:
        return None
    return world.reporting(replace(provider, status=ProviderStatus.ENDED, unsettled=False, pause_until=None))


def cancel(world: World) -> World | None:
    """Cancel at the end of the period."""
    if world.provider is None or not world.is_billed or world.provider.is_canceled:
        return None
    return world.reporting(replace(world.provider, is_canceled=True, pause_until=None))


def undo_cancel(world: World) -> World | None:
    """Undo the cancellation."""
    provider = world.provider
    if provider is None or not world.is_billed or not provider.is_canceled or provider.end <= world.now:
        return None
    return world.reporting(replace(provider, is_canceled=False))


def pause(world: World) -> World | None:
    """Pause the subscription at the provider without an end date."""
    if world.provider is None or not world.is_billed or world.is_due or world.provider.unsettled:
        return None
    return world.reporting(replace(world.provider, status=ProviderStatus.PAUSED, pause_until=None))


def unpause(world: World) -> World | None:
    """Resume the subscription at the provider. A period that began meanwhile is not charged."""
    provider = world.provider
    if provider is None or provider.status is not ProviderStatus.PAUSED:
        return None
    while provider.end <= world.now:
        provider = replace(provider, begin=provider.end, end=provider.end + MONTH)
    return world.reporting(replace(provider, status=_ACTIVE))


def skip(world: World) -> World | None:
    """Skip the next month."""
    provider = world.provider
    if provider is None or not world.is_billed or provider.is_canceled or provider.unsettled or provider.is_held:
        return None
    if provider.pause_until is not None or provider.end <= world.now:
        return None
    return world.reporting(replace(provider, pause_until=provider.end + MONTH))


def unskip(world: World) -> World | None:
    """Take back the skipped month before it begins."""
    provider = world.provider
    if provider is None or provider.pause_until is None or provider.end <= world.now:
        return None
    return world.reporting(replace(provider, pause_until=None))


def refund_last(world: World) -> World | None:
    """Refund the last payment in full."""
    return _refund(world, -1, None)


def refund_first(world: World) -> World | None:
    """Refund the first of several payments in full."""
    return _refund(world, 0, None) if len(world.facts.paid) > 1 else None


def refund_part(world: World) -> World | None:
    """Refund a part of the last payment."""
    return _refund(world, -1, PART)


def _refund(world: World, index: int, amount: Money | None) -> World | None:
    if not world.facts.paid or len(world.facts.returned) > 1:
        return None
    paid = world.facts.paid[index]
    left = world.timeline.at(world.now).money[paid.payment].left
    if not left.minor:
        return None
    refund = Returned(
        key=f"r{world.number('returned')}", payment=paid.payment, amount=min(amount or left, left), at=world.now
    )
    return world.adding(returned=refund)


def refund_fails(world: World) -> World | None:
    """Let the last refund fail, so that the seller keeps the money."""
    if not world.facts.returned or world.facts.returned[-1].failed_at is not None:
        return None
    refund = replace(world.facts.returned[-1], failed_at=world.now)
    return replace(world, facts=replace(world.facts, returned=(*world.facts.returned[:-1], refund)))


def dispute_last(world: World) -> World | None:
    """Open a dispute about the last payment."""
    return _dispute(world, -1, None)


def dispute_first(world: World) -> World | None:
    """Open a dispute about the first of several payments."""
    return _dispute(world, 0, None) if len(world.facts.paid) > 1 else None


def dispute_part(world: World) -> World | None:
    """Open a dispute about a part of the last payment."""
    return _dispute(world, -1, PART)


def _dispute(world: World, index: int, amount: Money | None) -> World | None:
    if not world.facts.paid or world.facts.disputed:
        return None
    payment = world.facts.paid[index].payment
    return world.adding(
        disputed=Disputed(key="d", payment=payment, state=DisputeState.OPEN, at=world.now, amount=amount)
    )


def _decide(world: World, state: DisputeState) -> World | None:
    last = world.facts.disputed[-1] if world.facts.disputed else None
    if last is None or last.state is not DisputeState.OPEN:
        return None
    later = world.later()
    return later.adding(disputed=replace(last, state=state, at=later.now))


def dispute_won(world: World) -> World | None:
    """Decide the dispute for the seller."""
    return _decide(world, DisputeState.WON)


def dispute_lost(world: World) -> World | None:
    """Decide the dispute for the customer."""
    return _decide(world, DisputeState.LOST)


def appeal(world: World) -> World | None:
    """Decide the dispute again, the other way."""
    last = world.facts.disputed[-1] if world.facts.disputed else None
    if last is None or last.state not in _FINAL or len(world.facts.disputed) > 2:
        return None
    later = world.later()
    return later.adding(disputed=replace(last, state=_FINAL[last.state], at=later.now))


def suspend(world: World) -> World | None:
    """Suspend the customer."""
    return _hold(world, HoldReason.STAFF)


def ban(world: World) -> World | None:
    """Ban the customer from the chat."""
    return _hold(world, HoldReason.BAN)


def _hold(world: World, reason: HoldReason) -> World | None:
    has_time = bool(world.facts.bought or world.facts.given)
    if not has_time or len(world.facts.held) > 1 or any(each.until is None for each in world.facts.held):
        return None
    return world.adding(held=Held(key=f"h{world.number('held')}", reason=reason, since=world.now))


def lift(world: World) -> World | None:
    """Lift the suspension or the ban."""
    if not world.facts.held or world.facts.held[-1].until is not None:
        return None
    hold = replace(world.facts.held[-1], until=world.now)
    return replace(world, facts=replace(world.facts, held=(*world.facts.held[:-1], hold)))


def give_days(world: World) -> World | None:
    """Give ten days."""
    return _give(world, Source.STAFF, 10 * DAY)


def earn_days(world: World) -> World | None:
    """Give a week for a referral."""
    return _give(world, Source.EARNED, 7 * DAY)


def _give(world: World, source: Source, length: timedelta) -> World | None:
    if any(each.source is source for each in world.facts.given):
        return None
    worth = Money(world.price.minor * length // MONTH, "EUR")
    return world.adding(
        given=Given(key=source.value, plan=world.plan, start=world.now, length=length, source=source, worth=worth)
    )


def take_days(world: World) -> World | None:
    """Deduct three days."""
    if world.facts.taken or not (world.facts.given or world.facts.bought):
        return None
    return world.adding(taken=Taken(key="t1", at=world.now, length=3 * DAY))


def lose_earned_days(world: World) -> World | None:
    """Take back the referral days, because the payment that earned them was refunded."""
    is_earned = any(each.source is Source.EARNED for each in world.facts.given)
    if not is_earned or any(each.of is not None for each in world.facts.taken):
        return None
    key = Source.EARNED.value
    return world.adding(taken=Taken(key=f"{key}:back", at=world.now, length=7 * DAY, of=key))


def redeem_gift(world: World) -> World | None:
    """Redeem a gift that a friend paid."""
    if not _may_pay(world) or any(each.kind is Purchase.BY_ANOTHER for each in world.facts.bought):
        return None
    return world.paying(world.now, Purchase.BY_ANOTHER)


def stop_billing(world: World) -> World | None:
    """Stop billing for good, because the payer gave up the account."""
    if world.facts.stopped or not world.is_billed:
        return None
    return world.adding(stopped=Stopped(at=world.now))


def upgrade(world: World) -> World | None:
    """Change to the more expensive plan, and charge the difference for the rest of the period."""
    provider = world.provider
    if provider is None or not world.is_billed or world.price == DEAR or not _may_pay(world):
        return None
    if world.is_due or provider.unsettled or provider.pause_until is not None or provider.is_held:
        return None
    period = next((each for each in world.facts.bought if each.start == provider.begin), None)
    if period is None or provider.end <= world.now:
        return None
    difference = Money((DEAR - world.price).minor * (provider.end - world.now) // MONTH, "EUR")
    switched = Switched(key="up", at=world.now, plan=DEAR_PLAN, price=DEAR, length=MONTH, follows=period.key)
    paid = Paid(payment=world.new_payment(), purchase=period.key, amount=difference, at=world.now)
    return replace(world.adding(switched=switched, paid=paid), price=DEAR).reporting(provider)


def convert(world: World) -> World | None:
    """Change a plan that was paid once to the more expensive plan by value."""
    if world.provider is not None or world.price == DEAR or not world.facts.bought:
        return None
    converted = world.facts.bought[0].key
    switched = Switched(key="up", at=world.now, plan=DEAR_PLAN, price=DEAR, length=MONTH, converted=converted)
    return replace(world.adding(switched=switched), price=DEAR)


def pass_time(world: World) -> World | None:
    """Let ten days pass, or less if the provider acts before."""
    if world.is_due or not (world.facts.bought or world.facts.given):
        return None
    provider, until = world.provider, world.now + STEP
    boundary = _next_act(provider, world.now) if provider is not None else None
    if provider is None or boundary is None or boundary > until:
        return replace(world, now=until)
    later = replace(world, now=max(world.now, boundary))
    if provider.is_canceled:
        return later.reporting(replace(provider, status=ProviderStatus.ENDED, is_held=False))
    if provider.is_held or (provider.pause_until is not None and boundary == provider.end):
        return later.reporting(replace(provider, begin=provider.end, end=provider.end + MONTH))
    return later


def _next_act(provider: Provider, now: datetime) -> datetime | None:
    """Return when the provider acts by itself. Return None if it waits for somebody else."""
    if provider.status is not _ACTIVE or provider.unsettled:
        return None
    return provider.pause_until if provider.pause_until is not None and provider.end <= now else provider.end


EVENTS: Final[Mapping[str, Event]] = {
    event.__name__: event
    for event in (
        subscribe, buy_once, start_trial, renew, charge_late, bank_pays, bank_refuses, fail_charge, retry_paid,
        retry_late, end_at_provider, cancel, undo_cancel, pause, unpause, skip, unskip, refund_last, refund_first,
        refund_part, refund_fails, dispute_last, dispute_first, dispute_part, dispute_won, dispute_lost, appeal,
        suspend, ban, lift, give_days, earn_days, take_days, lose_earned_days, redeem_gift, stop_billing, upgrade,
        convert, pass_time,
    )
}  # fmt: skip
CHARGES: Final = frozenset({"renew", "charge_late", "fail_charge"})
"""Events by which the provider charges the next period on its date."""
