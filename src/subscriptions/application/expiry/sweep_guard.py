"""The guard over removals by the clock: more than a few at once wait for an owner's word, before the first of them.

A *run* is what one look of the clock finds over at that moment: all of it, however much that is. Runs are never added
up, so an ordinary day with many expiries hours apart passes. A run may remove `Policy.sweep_guard` people, unless set
the greater of five and five per cent of all who have access. One that would remove more removes nobody: the people are
held, and the owners asked. While it is open whether it would, because a provider does not answer, nobody goes either.

Who ends subscriptions because their time is over goes one of two ways.

- One subscription at a time, after asking its provider (`RunDue` and `CheckSubscription`): `gather` at the look, then
  `may_end` before each end, and `ended` or `spare` after it.
- Many at once, which need no provider (an hourly sweep over a shared channel): `admit` with everybody who is over, in
  the transaction that will end them, then `ended` for each of those it gives back.

Either way nothing else may end a subscription for the reason that its time is over; refunds, disputes and what people
do themselves are no business of the guard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.owner_questions import ask, turn
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.entities.sweep import HOLDS_BACK, OWNER_DECIDES, Sweep, SweepEntry, SweepStatus, SweptState
from subscriptions.domain.ports.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

FLOOR: Final = 5
PER_CENT: Final = 5
"""How many people one run may remove without asking: FLOOR, or PER_CENT of those with access where that is more."""


def sweep_limit(live: int, setting: int | None) -> int:
    """How many people one run may remove. live: how many have access. setting: the operator's own number."""
    return max(FLOOR, live * PER_CENT // 100) if setting is None else setting


@dataclass(frozen=True)
class SweepGuard:
    """Tells what may end now. Every call works in the caller's transaction and commits nothing."""

    policy: Policy

    async def sees(self, uow: UnitOfWork, due: Sequence[Subscription], in_all: int) -> bool:
        """Whether a run can be judged by those of it that the caller could lock.

        False: too many are over, and somebody else writes to some of them at this moment, so that the others would look
        like a run of their own, one that may go. The caller leaves all of them to the next look.
        """
        if len(due) >= in_all or in_all <= await self._allowance(uow, in_all):
            return True
        log.warning("look put off, some are being written to", due=in_all, seen=len(due))
        return False

    async def gather(
        self, uow: UnitOfWork, due: Sequence[Subscription], now: datetime, *, ask_now: bool = False
    ) -> list[Subscription]:
        """Those of a run that are to be checked now; who waits for an owner's word is left until it is asked again.

        due: locked by the caller, who saves them afterwards: `next_check_at` may have been moved. ask_now: whoever
        waits for an owner's word is asked about again at once.
        """
        sort = await self._sort(uow, due, now, ask_now=ask_now)
        candidates = [*sort.asked_again, *sort.fresh]
        if candidates and (sort.asked_again or await self._exceeds(uow, candidates)):
            sweep = await self._begin(uow, bool(sort.asked_again), now)
            await uow.sweeps.save_swept(_cases(sweep, candidates, SweptState.CHECKING))
        return [*candidates, *sort.unheard, *sort.going]

    async def admit(
        self, uow: UnitOfWork, lapsed_subscriptions: Sequence[Subscription], now: datetime
    ) -> list[Subscription]:
        """Those of a run that may be ended in this transaction: all, or, where they are too many, none of the new ones.

        lapsed_subscriptions: everybody whose time is over, those held before as well; locked by the caller, who saves
        them afterwards.
        """
        sort = await self._sort(uow, lapsed_subscriptions, now)
        if sort.unheard:
            # Somebody had them checked by hand: nobody needs to be asked about them.
            cases = await uow.sweeps.open_of([subscription.id for subscription in sort.unheard])
            await turn(uow, list(cases.values()), SweptState.DUE)
        candidates = [*sort.asked_again, *sort.fresh]
        if not candidates or not (sort.asked_again or await self._exceeds(uow, candidates)):
            return [*candidates, *sort.going]
        sweep = await self._begin(uow, bool(sort.asked_again), now)
        await uow.sweeps.save_swept(_cases(sweep, candidates, SweptState.DUE))
        await ask(uow, sweep, now)
        return sort.going

    async def may_end(self, uow: UnitOfWork, subscription: Subscription, now: datetime) -> bool:
        """Whether a locked subscription whose time is over may end now. False: it is on record that it would, or the
        next look has to see it first.
        """
        case = await self._case(uow, subscription)
        if case is None:
            # The next look is due: this check is late, and among whom they would go by now no look has judged.
            return subscription.next_check_at is None or subscription.next_check_at > now
        if case.state not in HOLDS_BACK:
            return True
        if case.state is SweptState.CHECKING:
            await turn(uow, [case], SweptState.DUE)
        return False

    async def note_end(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """It was ended in this transaction: what an owner may take back."""
        case = await self._case(uow, subscription)
        if case is not None:
            await turn(uow, [case], SweptState.REMOVED)

    async def spare(self, uow: UnitOfWork, subscription: Subscription) -> None:
        """It has time left after all, or its provider says that it goes on."""
        case = await self._case(uow, subscription)
        if case is not None:
            await turn(uow, [case], SweptState.SPARED)

    async def _case(self, uow: UnitOfWork, subscription: Subscription) -> SweepEntry | None:
        return (await uow.sweeps.open_of([subscription.id])).get(subscription.id)

    async def _sort(
        self, uow: UnitOfWork, due: Sequence[Subscription], now: datetime, *, ask_now: bool = False
    ) -> "_Sort":
        cases = await uow.sweeps.open_of([subscription.id for subscription in due])
        open_sweeps = {sweep.id for sweep in await uow.sweeps.with_status(SweepStatus.GATHERING)} if cases else set()
        sort = _Sort()
        for subscription in due:
            case = cases.get(subscription.id)
            if case is None:
                sort.fresh.append(subscription)
            elif case.state in {SweptState.CHECKING, SweptState.DUE} and case.sweep_id in open_sweeps:
                # It is judged with the others of its sweep, whatever became of its end.
                if case.state is SweptState.CHECKING:
                    sort.unheard.append(subscription)
            elif case.ended_on < _end(subscription, now):
                # There was more time, which is over as well: another case.
                await turn(uow, [case], SweptState.SPARED)
                sort.fresh.append(subscription)
            elif case.state is SweptState.GOING:
                sort.going.append(subscription)
            elif case.state in OWNER_DECIDES:
                waits = await self._waits_until(uow, case)
                if waits > now and not ask_now:
                    subscription.next_check_at = waits
                    continue
                sort.asked_again.append(subscription)
                await turn(uow, [case], SweptState.SUPERSEDED)
            else:
                sort.fresh.append(subscription)
                await turn(uow, [case], SweptState.SUPERSEDED)
        return sort

    async def _waits_until(self, uow: UnitOfWork, case: SweepEntry) -> datetime:
        sweep = await uow.sweeps.get(case.sweep_id)
        if sweep is None:
            raise LookupError(f"sweep {case.sweep_id} does not exist")
        return sweep.ask_again_at or sweep.closes_at

    async def _exceeds(self, uow: UnitOfWork, candidates: Sequence[Subscription]) -> bool:
        people = len({subscription.customer_id for subscription in candidates})
        return people > await self._allowance(uow, people)

    async def _allowance(self, uow: UnitOfWork, candidate_count: int) -> int:
        """How many may go without asking; who has access is counted only where so many are wanted that it matters."""
        at_least = sweep_limit(0, self.policy.sweep_guard)
        if candidate_count <= at_least:
            return at_least
        return sweep_limit(await uow.sweeps.people_with_access(), self.policy.sweep_guard)

    async def _begin(self, uow: UnitOfWork, is_forced: bool, now: datetime) -> Sweep:
        live = await uow.sweeps.people_with_access()
        allowance = sweep_limit(live, self.policy.sweep_guard)
        sweep = Sweep.begin(
            limit=allowance, live=live, is_forced=is_forced, now=now, closes_at=now + self.policy.check_interval
        )
        await uow.sweeps.save(sweep)
        return sweep


@dataclass(frozen=True)
class _Sort:
    """A run, sorted. asked_again: their day of waiting for an owner's word is over. unheard: their sweep waits for what
    the provider says. going: an owner let them go. Who is not among them waits.
    """

    asked_again: list[Subscription] = field(default_factory=list)
    fresh: list[Subscription] = field(default_factory=list)
    unheard: list[Subscription] = field(default_factory=list)
    going: list[Subscription] = field(default_factory=list)


def why_over(subscription: Subscription) -> str:
    """`canceled`, `unpaid`, or `time_over`."""
    if subscription.status is SubscriptionStatus.CANCELED:
        return "canceled"
    return "unpaid" if subscription.status is SubscriptionStatus.PAST_DUE else "time_over"


def _cases(sweep: Sweep, candidates: Sequence[Subscription], state: SweptState) -> list[SweepEntry]:
    return [
        SweepEntry(
            sweep_id=sweep.id,
            subscription_id=subscription.id,
            customer_id=subscription.customer_id,
            state=state,
            reason=why_over(subscription),
            ended_on=_end(subscription, sweep.began_at),
        )
        for subscription in candidates
    ]


def _end(subscription: Subscription, now: datetime) -> datetime:
    return subscription.access_until or now
