"""Sync of a subscription with its provider's state. Payments are counted elsewhere: a provider's status `active`
without a payment does not start a subscription.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.ledger import LedgerEntry, began_suspended, follows_recorded
from subscriptions.domain.entities.subscription import (
    PROVIDER,
    Subscription,
    SubscriptionEvent,
    SubscriptionStatus,
)
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import CONFIRMATION, RUNNING
from subscriptions.domain.ports.payment_gateway import (
    PaymentEvent,
    PaymentEventKind,
    ProviderStatus,
    SubscriptionSnapshot,
)

_LIVE_STATES: Final = frozenset(
    {ProviderStatus.ACTIVE, ProviderStatus.TRIALING, ProviderStatus.PAST_DUE, ProviderStatus.PAUSED}
)
"""Provider statuses in which the subscription will be charged again; for a paused one, after the pause."""
_GOES_ON: Final = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED, SubscriptionStatus.CANCELED})
"""Statuses in which a customer who has time from another source keeps access during a skipped month."""
_MAY_WAIT: Final = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED})
"""Statuses in which an unpaid period keeps the customer out until the next charge."""

_NEAR: Final = timedelta(days=1)
"""Maximum time by which a paid period may be shorter in Umbral's records than at its provider. Providers count some
periods by the hour.
"""

PATIENCE: Final = timedelta(hours=3)
"""Delay of a payment event after which the owners are alerted. Providers take about an hour to prepare a renewal."""


def sync_from_provider(
    subscription: Subscription,
    snapshot: SubscriptionSnapshot,
    now: datetime,
    event: PaymentEvent | None = None,
    *,
    has_own_days: bool = False,
    entries: Sequence[LedgerEntry] = (),
    taken_back: str | None = None,
    outlives_grace: bool = False,
) -> None:
    """Apply the provider's current state unless a newer one was applied.

    event: event that triggered the fetch; used if it has more details of a failed charge
    has_own_days: True if the customer's current time comes from another source than the provider's current period
    entries: ledger of the subscription
    taken_back: end reason if the money of the last paid period went back, so that a refused charge is given up
    outlives_grace: True if the customer's time lasts at least as long as the grace period of the failed charge
    """
    if subscription.synced_at is not None and snapshot.fetched_at < subscription.synced_at:
        if subscription.status is SubscriptionStatus.PAST_DUE and _bank_asks(event):
            # A state that was fetched in the meantime does not include this change.
            _fail(subscription, now, event)
        return
    subscription.synced_at = snapshot.fetched_at
    _take_period(subscription, snapshot.current_period_start, snapshot.current_period_end)
    subscription.charge_moved_to = snapshot.charge_moved_to
    subscription.charging_since = charging_since(subscription, snapshot, entries, now)
    if _is_paused_without_date(snapshot):
        subscription.paused_seen_at = snapshot.fetched_at
    _sync_stop(subscription, snapshot, now, outlives_grace=outlives_grace)
    stays = has_own_days and PROVIDER not in subscription.paused_for
    if _awaits_charge(subscription, snapshot, now):
        _wait_for_charge(subscription, snapshot, now)
    elif taken_back is not None and snapshot.status is ProviderStatus.PAST_DUE and subscription.renews:
        subscription.give_up_charge(taken_back, now)
    else:
        _sync_billing(subscription, snapshot, now, event, stays=stays)
        _sync_pause(subscription, snapshot)
    if snapshot.upcoming is not None:
        subscription.learn(snapshot.upcoming)
    if snapshot.held and not subscription.on_hold:
        # Without this, billing would never resume, for example after a restore of the database, which does not
        # record the paused billing.
        subscription.sync_billing()


def free_period(subscription: Subscription, snapshot: SubscriptionSnapshot) -> tuple[datetime, timedelta] | None:
    """Return the start and length of the time by which a provider extended a period without a charge. Return None if no
    period was extended.

    An owner grants a free month in this way on the provider's page, by a trial that ends later. Call this function
    before `sync_from_provider`, which applies the new end. A charge that Umbral itself postponed is not a trial, see
    `charge_moved_to`.
    """
    is_outdated = subscription.synced_at is None or snapshot.fetched_at < subscription.synced_at
    old_end, new_end = subscription.current_period_end, snapshot.current_period_end
    if is_outdated or not subscription.live or snapshot.status is not ProviderStatus.TRIALING:
        return None
    if old_end is None or new_end is None or new_end <= old_end:
        return None
    start = max(old_end, snapshot.current_period_start or old_end)
    return start, new_end - start


def waived_period(subscription: Subscription, snapshot: SubscriptionSnapshot) -> tuple[datetime, timedelta] | None:
    """Return the start and length of the current period if its charge failed and the seller waived the charge at the
    provider. Return None otherwise. Call this function before `sync_from_provider`.
    """
    is_outdated = subscription.synced_at is None or snapshot.fetched_at < subscription.synced_at
    start, end = snapshot.current_period_start, snapshot.current_period_end
    if is_outdated or not snapshot.waived or not subscription.has_failed_charge or start is None or end is None:
        return None
    is_due = subscription.access_until is not None and subscription.access_until < end
    return (start, end - start) if is_due and start < end else None


def sync_from_event(subscription: Subscription, event: PaymentEvent, now: datetime) -> None:
    """Apply an event of a provider whose state cannot be fetched, unless a later event was applied."""
    if subscription.synced_at is not None and event.occurred_at < subscription.synced_at:
        return
    subscription.synced_at = event.occurred_at
    subscription.learn(None)
    if event.kind is PaymentEventKind.PAYMENT_FAILED:
        _fail(subscription, now, event)
    elif event.kind is PaymentEventKind.SUBSCRIPTION_CANCELED:
        subscription.cancel(now=now)
    elif event.kind is PaymentEventKind.SUBSCRIPTION_PAUSED:
        subscription.pause(PROVIDER, now)
    elif event.kind is PaymentEventKind.SUBSCRIPTION_UPDATED and event.cancel_at is None:
        subscription.undo_cancel(now)


def apply_confirmed_change(subscription: Subscription, now: datetime, *, is_canceled: bool) -> None:
    """Apply a cancellation, or its reversal, that the provider has just confirmed and whose result
    cannot be fetched.
    """
    subscription.synced_at = now
    subscription.learn(None)
    if is_canceled:
        subscription.cancel(now=now)
    else:
        subscription.undo_cancel(now)


def end_silent_period(subscription: Subscription, now: datetime) -> bool:
    """Handle the end of a period at a provider that renews automatically and whose state cannot be fetched. The payment
    may be a little late; after `PATIENCE` the charge counts as failed, with the usual grace. Return True, and change
    nothing, if the subscription never had time.
    """
    if subscription.access_until is None:
        return True
    if now >= subscription.access_until + PATIENCE:
        subscription.fail_payment(final=False, now=now)
    return False


def sync_from_payment(subscription: Subscription, event: PaymentEvent) -> None:
    """Apply a payment at a provider whose state cannot be fetched. The period of the payment becomes the current one,
    and earlier events no longer count.
    """
    if event.period_start is None or event.period_end is None:
        return
    subscription.synced_at = max(subscription.synced_at or event.occurred_at, event.occurred_at)
    if subscription.current_period_end is None or subscription.current_period_end < event.period_end:
        _take_period(subscription, event.period_start, event.period_end)


def ends_on(snapshot: SubscriptionSnapshot) -> datetime | None:
    """Return when the subscription ends at the provider. Return None if it continues."""
    if snapshot.cancel_at is not None or snapshot.cancel_at_period_end:
        return snapshot.cancel_at or snapshot.current_period_end
    return None


def still_running(snapshot: SubscriptionSnapshot | None, now: datetime) -> bool:
    """Return True if the provider reports a running or imminent period, so that the payment event is delayed or about
    to arrive.
    """
    if snapshot is None or snapshot.status not in RUNNING:
        return False
    end = ends_on(snapshot)
    return end is None or end > now


def is_paused_in_period(snapshot: SubscriptionSnapshot | None, now: datetime) -> bool:
    """Return True if the provider paused the subscription within a period that has begun. The payment of that period
    may still arrive; until then, the customer is kept out.
    """
    if snapshot is None or snapshot.current_period_end is None:
        return False
    return snapshot.status is ProviderStatus.PAUSED and snapshot.current_period_end > now


def charging_since(
    subscription: Subscription, snapshot: SubscriptionSnapshot, entries: Sequence[LedgerEntry], now: datetime
) -> datetime | None:
    """Return the start of the provider's current period while its charge is under way: neither paid nor refused, or
    made without a recorded payment. Return None if there is no such charge.

    A provider that does not report an open charge is expected to charge a period that follows the recorded ones. It
    does not charge a trial, a period until a postponed charge, a period that began while Umbral kept the customer out,
    or one in which the seller paused the collection.
    """
    start, end = snapshot.current_period_start, snapshot.current_period_end
    if snapshot.status is not ProviderStatus.ACTIVE or start is None or end is None or not start <= now < end:
        return None
    if snapshot.unsettled:
        return start
    held_since, paused_at = subscription.withheld_since, subscription.paused_seen_at
    is_uncharged = (
        snapshot.charge_moved_to is not None
        or (held_since is not None and held_since <= start)
        or (paused_at is not None and paused_at >= start)
        or began_suspended(start, entries)
    )
    return start if not is_uncharged and follows_recorded(start, entries) else None


def still_billed(snapshot: SubscriptionSnapshot | None, now: datetime) -> bool:
    """Return True if the provider may charge again unless billing is stopped."""
    if snapshot is None or snapshot.status is ProviderStatus.ENDED:
        return False
    end = ends_on(snapshot)
    return end is None or end > now or snapshot.status is ProviderStatus.PAST_DUE


def wake(subscription: Subscription, snapshot: SubscriptionSnapshot | None, now: datetime) -> None:
    """Resume the subscription after the charge that ends the customer's pause was counted."""
    if snapshot is None or snapshot.status is not ProviderStatus.ACTIVE or not _is_paid(subscription, now):
        return
    if subscription.is_paused and subscription.pause_until is not None:
        subscription.resume(PROVIDER, now)
        _sync_pause(subscription, snapshot)


def have_days(subscription: Subscription, now: datetime) -> None:
    """Resume the subscription of a customer who is readmitted within a skipped month, so that the days that compensate
    for the suspension are used first. Afterwards the skipped month keeps the customer out. Call this function once
    those days are in the ledger, and before Umbral's reason for the pause ends.
    """
    if subscription.pause_until is not None and PROVIDER in subscription.paused_for and _is_paid(subscription, now):
        subscription.resume(PROVIDER, now)


def _sync_pause(subscription: Subscription, snapshot: SubscriptionSnapshot) -> None:
    """Update the end of a skipped month. While the customer waits for the charge after the month, the stored end is
    kept, unless the provider pauses again without an end date.
    """
    pause_end = snapshot.pause_until
    is_reported = pause_end is not None or not subscription.is_paused or _is_paused_without_date(snapshot)
    if pause_end != subscription.pause_until and is_reported:
        subscription.pause_until, subscription.next_reminder_at = pause_end, None
        subscription.learn(None)


def _is_paused_without_date(snapshot: SubscriptionSnapshot) -> bool:
    """Return True if the seller paused the subscription at the provider without an end date."""
    return snapshot.status is ProviderStatus.PAUSED and snapshot.pause_until is None and not snapshot.held


def _awaits_charge(subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime) -> bool:
    """Return True if the provider will charge again but not for the current period: the subscription was paused during
    that period, and the customer's time ends before the next charge. Call this function after the snapshot's period was
    applied.
    """
    charge_at, access_end = snapshot.current_period_end, subscription.access_until
    is_agreed = snapshot.pause_until is not None or snapshot.charge_moved_to is not None or snapshot.held
    if snapshot.status is not ProviderStatus.ACTIVE or is_agreed or charge_at is None or charge_at <= now:
        return False
    if subscription.status not in _MAY_WAIT or not subscription.renews:
        return False
    if subscription.on_hold and PROVIDER not in subscription.paused_for:
        return False
    if access_end is None or access_end >= charge_at - _NEAR:
        return False
    return subscription.paused_in_period or subscription.pause_until == charge_at


def _is_uncharged(subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime) -> bool:
    """Return True if the paid part of a postponed period is over and no charge will follow, because the seller paused
    the collection without an end date.
    """
    is_stopped = snapshot.upcoming is not None and snapshot.upcoming.at is None
    is_postponed = snapshot.status is ProviderStatus.ACTIVE and snapshot.charge_moved_to is not None
    ends = ends_on(snapshot) is not None
    may_wait = subscription.status in _MAY_WAIT and not subscription.on_hold
    return (
        is_stopped and is_postponed and may_wait and not ends and not snapshot.held and not _is_paid(subscription, now)
    )


def _wait_for_charge(subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime) -> None:
    """Pause the subscription until its next charge, which begins a paid period. If the customer has time left, that
    time is used first.
    """
    if subscription.pause_until != snapshot.current_period_end:
        subscription.pause_until, subscription.next_reminder_at = snapshot.current_period_end, None
    if not _is_paid(subscription, now):
        subscription.pause(PROVIDER, now)
    elif PROVIDER in subscription.paused_for:
        subscription.resume(PROVIDER, now)


def _take_period(subscription: Subscription, start: datetime | None, end: datetime | None) -> None:
    """Set the current period. A missing start or end keeps the stored value. A new end resets reminders and the
    announcement of the next charge.
    """
    subscription.current_period_start = start or subscription.current_period_start
    if end is not None and end != subscription.current_period_end:
        subscription.current_period_end, subscription.next_reminder_at = end, None
        subscription.learn(None)


def _is_paid(subscription: Subscription, now: datetime) -> bool:
    return subscription.access_until is not None and subscription.access_until > now


def _has_days(subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime) -> bool:
    """Return True if the customer still has time from another source during a skipped month. That time is used before
    the customer is kept out.
    """
    return subscription.status in _GOES_ON and snapshot.pause_until is not None and _is_paid(subscription, now)


def _sync_stop(
    subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime, *, outlives_grace: bool
) -> None:
    is_ended = snapshot.status is ProviderStatus.ENDED
    has_grace = subscription.status is SubscriptionStatus.PAST_DUE or (
        subscription.status is SubscriptionStatus.PAUSED and subscription.on_hold
    )
    is_grace_over = outlives_grace or subscription.billing_stopped_at is not None
    if is_ended and has_grace and subscription.owed_since is not None and is_grace_over:
        # The charge is no longer collected. Nothing is owed, and no grace follows the remaining time.
        subscription.owed_since, subscription.owed_amount = None, None
    elif is_ended and has_grace and subscription.owed_since is not None:
        # The provider gave up charging. The promised grace days run by Umbral's own clock, once the customer is no
        # longer kept out. If the charge is paid after all, nothing is owed and access lasts as long as the paid time.
        return
    is_ending = is_ended or snapshot.ends_with_period
    subscription.cancel_at = None if is_ending else snapshot.cancel_at
    if is_ending:
        subscription.cancel(now=now, at_period_end=snapshot.resumable and not is_ended)
    elif snapshot.status in _LIVE_STATES:
        subscription.undo_cancel(now)


def _fail(
    subscription: Subscription, now: datetime, payment_event: PaymentEvent | None, owed: Money | None = None
) -> None:
    """Record a failed charge. `owed`: unpaid amount that the provider reports now; replaces the event's amount."""
    failed = payment_event if payment_event and payment_event.kind is PaymentEventKind.PAYMENT_FAILED else None
    final, amount = (failed.final, failed.amount) if failed is not None else (False, None)
    subscription.fail_payment(final=final, now=now, confirm=_bank_asks(payment_event), amount=owed or amount)


def _bank_asks(payment_event: PaymentEvent | None) -> bool:
    return payment_event is not None and payment_event.reason == CONFIRMATION


def _sync_billing(
    subscription: Subscription,
    snapshot: SubscriptionSnapshot,
    now: datetime,
    payment_event: PaymentEvent | None,
    *,
    stays: bool,
) -> None:
    """Sync the billing status. `stays`: True if the customer has time that a billing pause does not affect."""
    if snapshot.status is ProviderStatus.PAST_DUE:
        _fail(subscription, now, payment_event, snapshot.owed)
    elif snapshot.status is ProviderStatus.PAUSED or _is_uncharged(subscription, snapshot, now):
        if not stays and not _has_days(subscription, snapshot, now):
            subscription.pause(PROVIDER, now)
        elif subscription.is_paused:
            subscription.resume(PROVIDER, now)
    elif snapshot.status in RUNNING and subscription.is_paused:
        if subscription.pause_until is None or _is_paid(subscription, now):
            subscription.resume(PROVIDER, now)
    elif snapshot.status is ProviderStatus.ACTIVE and subscription.status is SubscriptionStatus.PAST_DUE:
        subscription.apply(SubscriptionEvent.PAID, now)
        # The payment itself is reported separately, before or after this event.
        subscription.next_check_at = now + PATIENCE
