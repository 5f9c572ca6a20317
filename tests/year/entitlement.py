"""Entitlements, calculated from the payments at the simulated provider and from the used codes, independently of the
product's records.

Each question has two answers, because the product has an hour to learn of a change: whether a customer *may* still be
entitled, and whether they *must* be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from subscriptions.domain.ports.payment_gateway import ProviderStatus
from subscriptions.domain.services.provider_sync import ends_on
from tests.fakes.clock import ManualClock
from tests.year.codes import Codes
from tests.year.facts import Agreement, Applied, Piece, everything, laid_end_to_end, ran_between
from tests.year.offer import PLANS, grace_of, opening
from tests.year.promises import HOUR
from tests.year.provider import YearProvider
from tests.year.reading import Reading

RUNNING = frozenset({ProviderStatus.ACTIVE, ProviderStatus.TRIALING})


class Entitlement:
    """Calculation of the customers' entitlements at a time, from the recorded rows and the simulated provider."""

    def __init__(self, reading: Reading, provider: YearProvider, codes: Codes, clock: ManualClock) -> None:
        self._reading = reading
        self._provider = provider
        self._codes = codes
        self._clock = clock
        self._answers: dict[object, bool] | None = None

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Cache each answer during the block, in which nothing changes and the clock does not advance."""
        self._answers = {}
        try:
            yield
        finally:
            self._answers = None

    def agreements(self, person: int, plan: str) -> Sequence[Agreement]:
        """Return all of a customer's agreements for a plan."""
        return self._provider.judged_of(person, plan)

    def may_enter(self, person: int, resource: str) -> bool:
        """Return True if the customer is entitled to be in a shared chat, or was entitled an hour ago."""
        then = self._clock.now() - HOUR
        return any(
            self._once(("may", person, plan), partial(self._may_use, person, plan, then)) for plan in opening(resource)
        )

    def must_enter(self, person: int, resource: str) -> bool:
        """Return True if refusing the customer entry to a shared chat would now be an error."""
        return any(
            self._once(("must", person, plan), partial(self._must_use, person, plan)) for plan in opening(resource)
        )

    def troubled(self, person: int, resource: str) -> bool:
        """Return True if a dispute or a pause at the provider may temporarily exclude the customer."""
        every = (one for plan in opening(resource) for one in self.agreements(person, plan))
        return any(one.disputed(everything) or one.just_resumed(everything) for one in every)

    def may_stay(self, agreement: Agreement) -> bool:
        """Return True if the customer may be a member, according to the events that the product had processed an hour
        ago.
        """
        return self._once(("stay", agreement.ref), partial(self._may_stay, agreement))

    def _may_stay(self, agreement: Agreement) -> bool:
        then = self._clock.now() - HOUR
        applied = self._known_at(then)
        if agreement.on_hold(applied):
            return False
        if agreement.paused(applied):
            earlier = agreement.earlier_until(applied)
            return earlier is not None and earlier > then
        end = agreement.paid_until(applied)
        if end is None:
            return False
        grace = grace_of(agreement.plan) if agreement.unpaid_since is not None else timedelta()
        return end + grace > then or self._goes_on(agreement, then) or self._bought_on(agreement, applied) > then

    def is_entitled(self, agreement: Agreement) -> bool:
        """Return True if a removal would now be an error, judged by all facts at the provider. Payments under review do
        not count.
        """
        now = self._clock.now()
        payments = [self._reading.payment(capture.key) for capture in agreement.captures]
        counted = [row for row in payments if row is not None and row["flag"] is None]
        known = any(
            row["order_id"] is not None and str(row["order_id"]) == agreement.order for row in self._reading.standing
        )
        if not known or not (counted or agreement.trial) or agreement.disputes_overlap:
            return False
        knows = self._reading.knows
        if agreement.disputed(everything) or agreement.may_be_outdated(knows, now) or agreement.just_resumed(knows):
            return False
        end = agreement.paid_until(everything)
        if end is None:
            return False
        grace = grace_of(agreement.plan) if agreement.promised_grace and not agreement.canceled else timedelta()
        return end + grace > now

    def _once(self, question: tuple[object, ...], answer: Callable[[], bool]) -> bool:
        if self._answers is None:
            return answer()
        if question not in self._answers:
            self._answers[question] = answer()
        return self._answers[question]

    def _may_use(self, person: int, plan: str, then: datetime) -> bool:
        agreements = self.agreements(person, plan)
        if any(code.until is not None and code.until > then for code in self._codes.of(person, plan)):
            return True
        if any(self.may_stay(one) or (one.disputed(self._known_at(then)) and self._closed(one)) for one in agreements):
            return True
        end = self._stacked(person, plan, self._known_at(then))
        # The grace days of a failed charge begin at the end of all owed time.
        unpaid = any(one.unpaid_since is not None for one in agreements)
        return end is not None and end + (grace_of(plan) if unpaid else timedelta()) > then

    def _must_use(self, person: int, plan: str) -> bool:
        agreements, knows, now = self.agreements(person, plan), self._reading.knows, self._clock.now()
        if any(
            one.disputed(everything) or one.may_be_outdated(knows, now) or one.just_resumed(knows) for one in agreements
        ):
            return False
        if any(self.is_entitled(one) for one in agreements):
            return True
        if any(capture.reversals for one in agreements for capture in one.captures):
            return False
        return any(code.until is not None and code.until > now for code in self._codes.of(person, plan))

    def _bought_on(self, agreement: Agreement, applied: Applied) -> datetime:
        """Return the end of the time bought by one-time payments, each added after the previous one. For a plan that
        renews, or without such a payment, return the minimum datetime.
        """
        never = datetime.min.replace(tzinfo=self._clock.now().tzinfo)
        if PLANS[agreement.plan].get("interval") is not None:
            return never
        return self._stacked(agreement.person, agreement.plan, applied) or never

    def _stacked(self, person: int, plan: str, applied: Applied) -> datetime | None:
        agreements = self.agreements(person, plan)
        own = {one.ref: one.pieces(applied) for one in agreements}
        pieces: list[Piece] = [piece for each in own.values() for piece in each]
        codes: list[Piece] = [
            (code.used_at, timedelta(days=code.days), None)
            for code in self._codes.of(person, plan)
            if code.used_at is not None
        ]
        pieces += codes
        given = sum((length for _, length, _ in codes), timedelta())
        for one in agreements:
            paid_apart = [piece for ref, each in own.items() if ref != one.ref for piece in each]
            for dispute, known_at in one.lost(applied):
                # Other paid time stood still during a dispute, and used days of a code may be compensated as well.
                stood_still = ran_between(paid_apart, dispute.at, known_at) + min(known_at - dispute.at, given)
                pieces.append((known_at, stood_still, None))
        return laid_end_to_end(pieces)

    def _known_at(self, moment: datetime) -> Applied:
        return lambda event: self._reading.knew_at(event, moment)

    def _closed(self, agreement: Agreement) -> bool:
        """Return True if no dispute about the agreement's payments is open at the provider; the product may not know
        this yet.
        """
        return not agreement.disputed(everything)

    def _goes_on(self, agreement: Agreement, then: datetime) -> bool:
        """Return True if the provider reports a current period now, or reported one at the given time."""
        snapshot = self._provider.subscriptions.get(agreement.ref)
        if snapshot is None:
            return False
        if agreement.ended_at is not None:
            return agreement.ended_at > then
        last = ends_on(snapshot)
        return snapshot.status in RUNNING and (last is None or last > then)
