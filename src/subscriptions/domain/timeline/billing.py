"""Next charge of a subscription: the provider's last report, unless Umbral stopped billing or the money went back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import RUNNING, ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.timeline.access import Layout
from subscriptions.domain.timeline.facts import Facts, Purchase, Source, Terms
from subscriptions.domain.timeline.money import Accounts
from subscriptions.domain.timeline.state import Billing, Charge, Charging, Unbilled, UnbilledBecause, Unpaid

LATE: Final = timedelta(days=1)
"""Delay after which a bank's refusal is late, so that the grace period begins with the refusal."""
_FREE_PERIODS: Final = frozenset({Source.TRIAL, Source.DISCOUNT, Source.WAIVED})


class Bills:
    """Billing of a subscription by the facts known at `now`. `end`: end of all its time; None if it never had any."""

    def __init__(
        self,
        facts: Facts,
        terms: Terms,
        accounts: Accounts,
        layout: Layout,
        end: datetime | None,
        now: datetime,
    ) -> None:
        self._facts, self._terms, self._accounts, self._layout = facts, terms, accounts, layout
        self._end, self._now = end, now
        known = (each for each in facts.reported if each.fetched_at <= now)
        self._reports: Sequence[SubscriptionSnapshot] = sorted(known, key=lambda each: each.fetched_at)
        self._starts = [each.start for each in facts.bought if each.kind is Purchase.PERIOD]

    @property
    def report(self) -> SubscriptionSnapshot | None:
        """Latest report of the provider; None if no provider manages the subscription."""
        return self._reports[-1] if self._reports else None

    def next(self, *, is_lifted: bool = False) -> Billing:
        """Return what will be charged next. `is_lifted`: as if Umbral's holds had just ended."""
        report = self.report
        if report is None:
            return Unbilled(because=UnbilledBecause.ONCE)
        charging, unpaid = self._charging(report), self._unpaid(report)
        if charging is not None:
            return charging
        because = self._final_reason()
        if because is None and unpaid is not None:
            return unpaid
        because = because or self._reported_reason(report, is_lifted=is_lifted)
        return Unbilled(because=because) if because is not None else self._charge(report)

    def _final_reason(self) -> UnbilledBecause | None:
        """Return the reason for which Umbral lets nothing more be charged; None if billing continues."""
        charged_at = max((each.at for each in self._facts.paid if self._is_period(each.purchase)), default=None)
        stopped_at = max((each.at for each in self._facts.stopped if each.at <= self._now), default=None)
        if stopped_at is not None and (charged_at is None or charged_at <= stopped_at):
            return UnbilledBecause.STOPPED
        periods = [each for each in self._facts.bought if each.kind is Purchase.PERIOD and each.start <= self._now]
        last = max(periods, key=lambda each: each.start, default=None)
        if last is not None and self._accounts.funding(last.purchase, self._now).is_gone:
            return UnbilledBecause.RETURNED
        return None

    def _reported_reason(self, report: SubscriptionSnapshot, *, is_lifted: bool) -> UnbilledBecause | None:
        """Return the reason for which the provider charges nothing. Its final state outranks Umbral's own notes."""
        if report.status is ProviderStatus.ENDED:
            return UnbilledBecause.ENDED
        if report.ends_with_period:
            return UnbilledBecause.CANCELED
        if (self._layout.holds or report.held) and not is_lifted:
            return UnbilledBecause.HELD
        is_stopped = report.upcoming is not None and report.upcoming.at is None
        if is_stopped or (report.status is ProviderStatus.PAUSED and report.pause_until is None):
            return UnbilledBecause.PAUSED
        return None if report.current_period_end is not None or report.upcoming is not None else UnbilledBecause.ONCE

    def _charge(self, report: SubscriptionSnapshot) -> Charge:
        upcoming = report.upcoming
        if upcoming is not None and upcoming.at is not None:
            return Charge(at=upcoming.at, amount=upcoming.amount, is_announced=True)
        at = report.pause_until or report.current_period_end or self._now
        return Charge(at=at, amount=report.price, is_announced=False)

    def _charging(self, report: SubscriptionSnapshot) -> Charging | None:
        """Return the charge under way, by the provider's word or, without it, because the provider is in a period whose
        payment is not on record.
        """
        begin, end = report.current_period_start, report.current_period_end
        if begin is None or end is None or not begin <= self._now < end or report.status not in RUNNING:
            return None
        if not report.unsettled and not self._is_missing(report, begin):
            return None
        return Charging(
            begin=begin, end=end, ends_pause=self._end is not None and self._was_outside(self._end, begin, begin)
        )

    def _is_missing(self, report: SubscriptionSnapshot, begin: datetime) -> bool:
        """Return True if the payment of the provider's current period should be on record and is not."""
        is_agreed = report.charge_moved_to is not None or report.pause_until is not None or report.held
        if is_agreed or report.waived or report.status is not ProviderStatus.ACTIVE or not self._starts:
            return False
        was_paused = any(_is_paused(each) and each.fetched_at >= begin for each in self._reports)
        free = (each.start for each in self._facts.given if each.source in _FREE_PERIODS)
        is_on_record = any(start >= begin for start in (*self._starts, *free))
        was_held = any(each.held and each.begin <= begin < each.end for each in self._layout.segments)
        return not was_paused and not is_on_record and not was_held

    def _unpaid(self, report: SubscriptionSnapshot) -> Unpaid | None:
        failed, amount = self._failure()
        if failed is None or self._end is None:
            return None
        since = _failed_at(failed)
        begin = since if since > self._end + LATE else self._end
        # A subscription that was to end with this period has no grace days: nothing follows it.
        grace = timedelta() if failed.ends_with_period else self._terms.grace
        return Unpaid(
            since=since,
            amount=amount,
            grace_until=begin + grace + self._layout.held_within(begin, self._now),
            may_retry=report.status is not ProviderStatus.ENDED,
            ends_pause=self._was_outside(self._end, failed.current_period_start or since, since),
        )

    def _was_outside(self, end: datetime, begin: datetime, failed_at: datetime) -> bool:
        """Return True if the customer was outside before a charge, so that its payment admits them.

        end: end of all time
        begin: start of the period that the charge pays for
        failed_at: time at which the charge failed, or else `begin`
        """
        return begin > end + LATE or self._was_paused(end, failed_at)

    def _was_paused(self, begin: datetime, end: datetime) -> bool:
        """Return True if the provider's pause or a skipped period lasted between the given times."""
        later = (*self._reports[1:], None)
        return any(
            (_is_paused(each) or _skips(each, begin, end))
            and each.fetched_at < end
            and (following is None or following.fetched_at > begin)
            for each, following in zip(self._reports, later, strict=True)
        )

    def _failure(self) -> tuple[SubscriptionSnapshot | None, Money | None]:
        """Return the first report of the failed charge that is unpaid, and the amount."""
        failed: SubscriptionSnapshot | None = None
        amount: Money | None = None
        for each in self._reports:
            if each.status is ProviderStatus.PAST_DUE:
                failed = failed or each
                amount = each.owed or amount
            elif each.status in RUNNING and not each.unsettled:
                failed, amount = None, None
        ends = (each.start + each.length for each in self._facts.bought if each.kind is Purchase.PERIOD)
        is_paid = failed is not None and any(end > _failed_at(failed) for end in ends)
        return (None, None) if is_paid else (failed, amount)

    def _is_period(self, purchase: str) -> bool:
        return any(each.purchase == purchase and each.kind is Purchase.PERIOD for each in self._facts.bought)


def _failed_at(report: SubscriptionSnapshot) -> datetime:
    """Return the time of a failed charge by its first report."""
    return max(report.fetched_at, report.current_period_start or report.fetched_at)


def _is_paused(report: SubscriptionSnapshot) -> bool:
    return report.status is ProviderStatus.PAUSED and report.pause_until is None and not report.held


def _skips(report: SubscriptionSnapshot, begin: datetime, end: datetime) -> bool:
    """Return True if a skipped month, which follows the reported period, lies between the given times."""
    period_end = report.current_period_end
    is_begun = period_end is None or period_end <= end
    return report.pause_until is not None and report.pause_until > begin and is_begun
