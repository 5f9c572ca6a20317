"""Guard over automatic removals: if more than a few people would be removed at once, an owner must approve the removals
before the first one.

A *run* consists of all subscriptions that one check finds to be over. Runs are never added up, so an ordinary day with
many expiries at different hours needs no approval. A run may remove `Policy.sweep_guard` people; if that is not set,
five people or five percent of all people with access, whichever is greater. A run above the limit removes no one: its
people are put on hold, and the owners are asked. If a provider does not respond, so that it is uncertain whether the
limit is exceeded, no one is removed either.

Code that ends subscriptions because their time is over uses one of two procedures.

- One subscription at a time, after a fetch from its provider (`RunDue` and `CheckSubscription`): `select` at the check,
  then `may_end` before each end, and `note_end` or `spare` after it.
- Many at once without a provider (an hourly bulk expiry of a shared channel): `admit` with everyone whose time is over,
  in the transaction that will end them, then `note_end` for each subscription that `admit` returns.

No other code may end a subscription because its time is over. Refunds, disputes and customers' own actions do not
concern the guard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.owner_questions import ask, turn
from subscriptions.domain.entities.bulk_expiry import (
    HOLDS_BACK,
    OWNER_DECIDES,
    BulkExpiry,
    BulkExpiryEntry,
    BulkExpiryEntryState,
    BulkExpiryStatus,
)
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

FLOOR: Final = 5
PER_CENT: Final = 5
"""Percentage of the people with access that one run may remove without asking the owners. FLOOR applies if it is
greater.
"""


def bulk_expiry_limit(live: int, setting: int | None) -> int:
    """Return the number of people that one run may remove.

    live: number of people with access
    setting: the operator's own limit
    """
    return max(FLOOR, live * PER_CENT // 100) if setting is None else setting


@dataclass(frozen=True)
class BulkExpiryGuard:
    """Service that decides which subscriptions may end now. Every method works in the caller's transaction and commits
    nothing.
    """

    policy: Policy

    async def sees(self, uow: UnitOfWork, due: Sequence[Subscription], in_all: int) -> bool:
        """Return True if the subscriptions that the caller could lock represent the whole run. in_all: number of
        subscriptions of the run.

        Return False if the run exceeds the limit and another process has locked some of its subscriptions. The others
        alone would look like a smaller run that may proceed. The caller then leaves all of them to the next check.
        """
        if len(due) >= in_all or in_all <= await self._allowance(uow, in_all):
            return True
        log.warning("look put off, some are being written to", due=in_all, seen=len(due))
        return False

    async def select(
        self, uow: UnitOfWork, due: Sequence[Subscription], now: datetime, *, ask_now: bool = False
    ) -> list[Subscription]:
        """Return the subscriptions of a run to check now. People on hold are left out until it is time to ask the
        owners again.

        due: subscriptions locked by the caller, who saves them afterwards because `next_check_at` may change
        ask_now: True to ask the owners about people on hold at once
        """
        sort = await self._sort(uow, due, now, ask_now=ask_now)
        candidates = [*sort.asked_again, *sort.fresh]
        if candidates and (sort.asked_again or await self._exceeds(uow, candidates)):
            bulk_expiry = await self._begin(uow, bool(sort.asked_again), now)
            await uow.bulk_expiries.save_entries(_cases(bulk_expiry, candidates, BulkExpiryEntryState.CHECKING))
        return [*candidates, *sort.unheard, *sort.going]

    async def admit(
        self, uow: UnitOfWork, lapsed_subscriptions: Sequence[Subscription], now: datetime
    ) -> list[Subscription]:
        """Return the subscriptions that may end in this transaction. If the subscriptions that are new in this run
        exceed the limit, none of these is returned.

        `lapsed_subscriptions`: all subscriptions whose time is over, including those on hold; locked by the caller, who
            saves them afterwards
        """
        sort = await self._sort(uow, lapsed_subscriptions, now)
        if sort.unheard:
            # Staff started a check of these subscriptions, which need no provider.
            cases = await uow.bulk_expiries.open_of([subscription.id for subscription in sort.unheard])
            await turn(uow, list(cases.values()), BulkExpiryEntryState.DUE)
        candidates = [*sort.asked_again, *sort.fresh]
        if not candidates or not (sort.asked_again or await self._exceeds(uow, candidates)):
            return [*candidates, *sort.going]
        bulk_expiry = await self._begin(uow, bool(sort.asked_again), now)
        await uow.bulk_expiries.save_entries(_cases(bulk_expiry, candidates, BulkExpiryEntryState.DUE))
        await ask(uow, bulk_expiry, now)
        return sort.going

    async def may_end(self, uow: UnitOfWork, subscription: Subscription, now: datetime) -> bool:
        """Return True if a locked subscription whose time is over may end now. Return False if the owners or a check
        must decide first; for a subscription that is being checked, the end is then recorded as due.
        """
        case = await self._case(uow, subscription)
        if case is None:
            # False if the next check is due: this job is late, and no check has counted the people who would be removed
            # together.
            return subscription.next_check_at is None or subscription.next_check_at > now
        if case.state not in HOLDS_BACK:
            return True
        if case.state is BulkExpiryEntryState.CHECKING:
            await turn(uow, [case], BulkExpiryEntryState.DUE)
        return False

    async def note_end(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """Record that a subscription was ended in this transaction, so that an owner can undo it."""
        case = await self._case(uow, subscription)
        if case is not None:
            await turn(uow, [case], BulkExpiryEntryState.REMOVED)

    async def spare(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """Record that a subscription has time left, or continues at its provider."""
        case = await self._case(uow, subscription)
        if case is not None:
            await turn(uow, [case], BulkExpiryEntryState.SPARED)

    async def _case(self, uow: UnitOfWork, subscription: Subscription) -> BulkExpiryEntry | None:
        return (await uow.bulk_expiries.open_of([subscription.id])).get(subscription.id)

    async def _sort(
        self, uow: UnitOfWork, due: Sequence[Subscription], now: datetime, *, ask_now: bool = False
    ) -> "_Sort":
        cases = await uow.bulk_expiries.open_of([subscription.id for subscription in due])
        open_bulk_expiries = (
            {bulk_expiry.id for bulk_expiry in await uow.bulk_expiries.with_status(BulkExpiryStatus.GATHERING)}
            if cases
            else set()
        )
        sort = _Sort()
        for subscription in due:
            case = cases.get(subscription.id)
            if case is None:
                sort.fresh.append(subscription)
            elif (
                case.state in {BulkExpiryEntryState.CHECKING, BulkExpiryEntryState.DUE}
                and case.sweep_id in open_bulk_expiries
            ):
                # The entry is decided together with its bulk expiry, even if the subscription has a new end.
                if case.state is BulkExpiryEntryState.CHECKING:
                    sort.unheard.append(subscription)
            elif case.ended_on < _end(subscription, now):
                # The subscription got more time, which is over as well, so this is a new case.
                await turn(uow, [case], BulkExpiryEntryState.SPARED)
                sort.fresh.append(subscription)
            elif case.state is BulkExpiryEntryState.GOING:
                sort.going.append(subscription)
            elif case.state in OWNER_DECIDES:
                waits = await self._waits_until(uow, case)
                if waits > now and not ask_now:
                    subscription.next_check_at = waits
                    continue
                sort.asked_again.append(subscription)
                await turn(uow, [case], BulkExpiryEntryState.SUPERSEDED)
            else:
                sort.fresh.append(subscription)
                await turn(uow, [case], BulkExpiryEntryState.SUPERSEDED)
        return sort

    async def _waits_until(self, uow: UnitOfWork, case: BulkExpiryEntry) -> datetime:
        bulk_expiry = await uow.bulk_expiries.get(case.sweep_id)
        if bulk_expiry is None:
            raise LookupError(f"bulk expiry {case.sweep_id} does not exist")
        return bulk_expiry.ask_again_at or bulk_expiry.closes_at

    async def _exceeds(self, uow: UnitOfWork, candidates: Sequence[Subscription]) -> bool:
        people = len({subscription.customer_id for subscription in candidates})
        return people > await self._allowance(uow, people)

    async def _allowance(self, uow: UnitOfWork, candidate_count: int) -> int:
        """Return the number of people that one run may remove. People with access are counted only if `candidate_count`
        exceeds the minimum limit.
        """
        at_least = bulk_expiry_limit(0, self.policy.sweep_guard)
        if candidate_count <= at_least:
            return at_least
        return bulk_expiry_limit(await uow.bulk_expiries.people_with_access(), self.policy.sweep_guard)

    async def _begin(self, uow: UnitOfWork, is_forced: bool, now: datetime) -> BulkExpiry:
        live = await uow.bulk_expiries.people_with_access()
        allowance = bulk_expiry_limit(live, self.policy.sweep_guard)
        bulk_expiry = BulkExpiry.begin(
            limit=allowance, live=live, is_forced=is_forced, now=now, closes_at=now + self.policy.check_interval
        )
        await uow.bulk_expiries.save(bulk_expiry)
        return bulk_expiry


@dataclass(frozen=True)
class _Sort:
    """Subscriptions of a run, sorted by the state of their bulk expiry.

    asked_again: subscriptions on hold about which the owners are asked again
    fresh: subscriptions that are new in this run
    unheard: subscriptions whose bulk expiry waits for a provider
    going: subscriptions whose end an owner approved

    All others continue to wait for a decision.
    """

    asked_again: list[Subscription] = field(default_factory=list)
    fresh: list[Subscription] = field(default_factory=list)
    unheard: list[Subscription] = field(default_factory=list)
    going: list[Subscription] = field(default_factory=list)


def why_over(subscription: Subscription) -> str:
    """Return the reason why the subscription's time is over: `canceled`, `unpaid` or `time_over`."""
    if subscription.status is SubscriptionStatus.CANCELED:
        return "canceled"
    return "unpaid" if subscription.status is SubscriptionStatus.PAST_DUE else "time_over"


def _cases(
    bulk_expiry: BulkExpiry, candidates: Sequence[Subscription], state: BulkExpiryEntryState
) -> list[BulkExpiryEntry]:
    return [
        BulkExpiryEntry(
            sweep_id=bulk_expiry.id,
            subscription_id=subscription.id,
            customer_id=subscription.customer_id,
            state=state,
            reason=why_over(subscription),
            ended_on=_end(subscription, bulk_expiry.began_at),
        )
        for subscription in candidates
    ]


def _end(subscription: Subscription, now: datetime) -> datetime:
    return subscription.access_until or now
