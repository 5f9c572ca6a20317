"""Laws that hold in every state of a subscription. Each names the rule that it stands for, and returns what contradicts
it, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import ProviderStatus
from subscriptions.domain.timeline.access import Layout, lay_out
from subscriptions.domain.timeline.facts import (
    Disputed,
    DisputeState,
    Facts,
    Given,
    Held,
    Purchase,
    Returned,
    Source,
    Switched,
)
from subscriptions.domain.timeline.money import Accounts
from subscriptions.domain.timeline.state import (
    Charge,
    Charging,
    Inside,
    Outside,
    OutsideBecause,
    State,
    Unbilled,
    Unpaid,
)
from subscriptions.domain.timeline.timeline import timeline
from tests.histories.events import CHARGES
from tests.histories.world import DAY, MONTH, TERMS, World

Law = Callable[["Moment"], str | None]
"""Law of one state. It returns what contradicts it; None if the law holds."""


class Moment:
    """State of a history, with the state before its last event."""

    def __init__(self, world: World, before: Moment | None = None, event: str = "") -> None:
        self.world, self.before, self.event = world, before, event
        self.timeline, self.now = world.timeline, world.now
        self.state = self.timeline.at(world.now)

    def with_facts(self, **facts: object) -> State:
        """Return the state with one more fact of each named kind."""
        return self.world.adding(**facts).timeline.at(self.now)

    @cached_property
    def layout(self) -> Layout:
        """Layout of the time."""
        return lay_out(self.world.facts, TERMS, self.timeline.accounts, self.now)


def money_is_conserved(moment: Moment) -> str | None:
    """Check that each payment is left, returned or lost."""
    for balance in moment.state.money.values():
        amounts = (balance.left, balance.returned, balance.lost, balance.at_bank)
        if balance.left + balance.returned + balance.lost != balance.paid or any(each.minor < 0 for each in amounts):
            return f"{balance}"
        if balance.at_bank > balance.left:
            return f"more is at the bank than is left: {balance}"
    return None


def no_bought_time_runs_without_money(moment: Moment) -> str | None:
    """Check that bought time runs only while its money is there."""
    accounts, bought = moment.timeline.accounts, {each.key: each.purchase for each in moment.world.facts.bought}
    for segment in moment.layout.segments:
        if segment.key in bought and accounts.funding(bought[segment.key], segment.begin).is_gone:
            return f"{segment} runs although its money went back"
    return None


def nobody_is_inside_without_reason(moment: Moment) -> str | None:
    """Check that a hold keeps the customer out, and that a customer outside has a way back unless all time is over."""
    access, facts = moment.state.access, moment.world.facts
    if isinstance(access, Inside):
        if any(each.until is None for each in facts.held):
            return "a customer on hold is inside"
        return None if access.until > moment.now else f"inside until {access.until}, which is over"
    if access.because is OutsideBecause.HELD:
        lifted = replace(facts, held=tuple(replace(each, until=each.until or moment.now) for each in facts.held))
        # A second later, the time may be over.
        later = moment.now + timedelta(microseconds=1)
        won = tuple(
            replace(each, state=DisputeState.WON, at=later)
            for each in {each.key: each for each in sorted(facts.disputed, key=lambda each: each.at)}.values()
            if each.state is DisputeState.OPEN
        )
        free = timeline(replace(lifted, disputed=(*facts.disputed, *won)), TERMS).at(later)
        return None if isinstance(free.access, Inside) else f"no way back from {access}: {free.access}"
    if access.because in {OutsideBecause.SKIPPED, OutsideBecause.WAITING} and access.returns is None:
        return f"no way back from {access}"
    return None


def no_charge_after_all_money_went_back(moment: Moment) -> str | None:
    """Check that nothing is charged after all payments went back, or after billing was stopped."""
    billing, facts = moment.state.billing, moment.world.facts
    if isinstance(billing, Charging | Unbilled) or (isinstance(billing, Unpaid) and not billing.may_retry):
        return None
    own = {each.purchase for each in facts.bought if each.kind is Purchase.PERIOD}
    paid = (each.payment for each in facts.paid if each.purchase in own and each.amount.minor)
    left = [moment.state.money[each].left.minor for each in paid]
    if left and not any(left):
        return f"everything paid went back, and {billing} follows"
    return f"billing was stopped, and {billing} follows" if facts.stopped and moment.event == "stop_billing" else None


def giving_never_shortens(moment: Moment) -> str | None:
    """Check that given time never shortens access, and that giving nothing changes nothing."""
    worth = Money(0, "EUR")
    gift = Given(key="more", plan=moment.world.plan, start=moment.now, length=5 * DAY, source=Source.STAFF, worth=worth)
    before, after = moment.state, moment.with_facts(given=gift)
    nothing = moment.with_facts(given=replace(gift, length=timedelta()))
    if before.ends.paid is not None and (nothing.access, nothing.ends) != (before.access, before.ends):
        return f"giving no days changes {before.access} {before.ends} to {nothing.access} {nothing.ends}"
    if isinstance(before.access, Inside) and not isinstance(after.access, Inside):
        return f"five given days change {before.access} to {after.access}"
    for name in ("paid", "lasting"):
        earlier, later = getattr(before.ends, name), getattr(after.ends, name)
        if earlier is not None and later < earlier:
            return f"five given days move the {name} end from {earlier} to {later}"
    return None


def returning_never_lengthens(moment: Moment) -> str | None:
    """Check that returned money never extends access and never admits the customer."""
    for payment, balance in moment.state.money.items():
        if not balance.left.minor:
            continue
        refund = Returned(key="all", payment=payment, amount=balance.left, at=moment.now)
        before, after = moment.state, moment.with_facts(returned=refund)
        is_admitted = isinstance(after.access, Inside) and not isinstance(before.access, Inside)
        if is_admitted and not _is_held_for(moment, payment):
            return f"a refund changes {before.access} to {after.access}"
        if before.ends.paid is not None and (after.ends.paid is None or after.ends.paid > before.ends.paid):
            return f"a refund moves the end from {before.ends.paid} to {after.ends.paid}"
    return None


def _is_held_for(moment: Moment, payment: object) -> bool:
    """Return True if only a dispute about the payment keeps the customer out of time that others paid or gave."""
    access = moment.state.access
    is_disputed = any(each.payment == payment for each in moment.world.facts.disputed)
    return is_disputed and isinstance(access, Outside) and access.held == {HoldReason.DISPUTE}


def an_act_and_its_reversal_change_nothing(moment: Moment) -> str | None:
    """Check that a hold that is lifted at once and a refund that fails at once change nothing."""
    now, before = moment.now, moment.state
    acts: dict[str, dict[str, object]] = {
        "a hold": {"held": Held(key="x", reason=HoldReason.STAFF, since=now, until=now)},
    }
    for paid in moment.world.facts.paid:
        balance = before.money[paid.payment]
        if balance.left.minor:
            refund = Returned(key="x", payment=paid.payment, amount=balance.left, at=now, failed_at=now)
            acts[f"a failed refund of {paid.purchase}"] = {"returned": refund}
    for name, facts in acts.items():
        after = moment.with_facts(**facts)
        old, new = ((each.access, each.billing, each.ends) for each in (before, after))
        if old != new:
            return f"{name} changes {old} to {new}"
    return None


def order_and_repetition_do_not_matter(moment: Moment) -> str | None:
    """Check that the same facts in another order, and repeated, give the same state."""
    facts = moment.world.facts
    turned = Facts(**{name: (*value[::-1], *value) for name, value in vars(facts).items()})
    after = timeline(turned, TERMS).at(moment.now)
    return None if after == moment.state else f"{moment.state} or {after}"


def the_charge_is_announced(moment: Moment) -> str | None:
    """Check that the state before a charge names its date and its amount."""
    before = moment.before
    if before is None or moment.event not in CHARGES or before.world.provider is None:
        return None
    provider, billing = before.world.provider, before.state.billing
    due = provider.pause_until or provider.end
    if isinstance(before.state.access, Outside) and before.state.access.held:
        return None  # Billing is paused. A provider that cannot pause it charges for the time after the hold.
    if not isinstance(billing, Charge) or billing.at != due or billing.amount != before.world.price:
        return f"{moment.event} on {due} of {before.world.price}, announced was {billing}"
    return None


def value_is_conserved(moment: Moment) -> str | None:
    """Check that a change of plan by value, there and back, leaves the same time up to a second."""
    facts, now = moment.world.facts, moment.now
    if moment.world.provider is not None or not facts.bought:
        return None
    for price in (Money(1499, "EUR"), Money(8900, "EUR")):
        other, plan, first = PlanId(UUID(int=3)), moment.world.plan, facts.bought[0]
        there = Switched(key="x1", at=now, plan=other, price=price, length=MONTH, converted=first.key)
        price_now, length = (facts.switched[-1].price, MONTH) if facts.switched else (first.worth, first.length)
        back = Switched(key="x2", at=now, plan=plan, price=price_now, length=length, converted=first.key)
        after = replace(facts, switched=(*facts.switched, there, back))
        before, returned = moment.state, timeline(after, TERMS).at(now)
        for key, use in before.uses.items():
            if not timedelta() <= use.left - returned.uses[key].left < timedelta(seconds=1):
                return f"{key} has {use.left} before, {returned.uses[key].left} after a change there and back"
    return None


def a_final_state_outranks_notes(moment: Moment) -> str | None:
    """Check that nothing is charged, and that no pause keeps the customer waiting, after the provider ended the
    subscription.
    """
    provider = moment.world.provider
    if provider is None or provider.status is not ProviderStatus.ENDED:
        return None
    billing, access = moment.state.billing, moment.state.access
    if isinstance(billing, Charge | Charging) or (isinstance(billing, Unpaid) and billing.may_retry):
        return f"the subscription ended at the provider, and {billing} follows"
    if isinstance(access, Outside) and access.because in {OutsideBecause.SKIPPED, OutsideBecause.PAUSED}:
        return f"the subscription ended at the provider, and the customer waits: {access}"
    return None


def equal_questions_have_one_threshold(moment: Moment) -> str | None:
    """Check that a dispute ends the time when it is lost exactly if it suspends access when it is opened."""
    facts = moment.world.facts
    before = moment.before.world.facts if moment.before is not None else None
    if facts.disputed or (before is not None and (before.paid, before.returned) == (facts.paid, facts.returned)):
        return None  # Disputes are not hypothetical, or the money is that of the state before.
    accounts = Accounts(facts)
    for paid in facts.paid:
        funding = accounts.funding(paid.purchase, moment.now)
        for share in (30, 50, 51, 99, 100):
            amount = Money(paid.amount.minor * share // 100, "EUR")
            dispute = Disputed(key="x", payment=paid.payment, state=DisputeState.OPEN, at=moment.now, amount=amount)
            opened = Accounts(replace(facts, disputed=(dispute,))).funding(paid.purchase, moment.now)
            decided = replace(dispute, state=DisputeState.LOST)
            lost = Accounts(replace(facts, disputed=(decided,))).funding(paid.purchase, moment.now)
            if not funding.is_gone and opened.is_at_stake is not lost.is_gone:
                return f"a dispute of {share} %: at stake {opened.is_at_stake}, gone {lost.is_gone}"
    return None


def nothing_changes_before_the_next_change(moment: Moment) -> str | None:
    """Check that access and billing stay the same until the next change, so that the schedule misses nothing."""
    until = moment.timeline.next_change(moment.now)
    for at in _between(moment.now, until):
        old, new = _lasting(moment.state), _lasting(moment.timeline.at(at))
        if old != new:
            return f"at {at}, before {until}: {old} became {new}"
    return None


def _between(now: datetime, until: datetime | None) -> Iterator[datetime]:
    end = until or now + 400 * DAY
    yield from (now + (end - now) / 2, end - timedelta(seconds=1))


def _lasting(state: State) -> tuple[object, object]:
    """Return access and billing without what moves with the clock: grace days stand still during a hold."""
    access, billing = state.access, state.billing
    if isinstance(access, Inside):
        return access, billing
    return access.because, (billing.since, billing.amount) if isinstance(billing, Unpaid) else billing


LAWS: Final[Mapping[str, Law]] = {
    law.__name__: law
    for law in (
        money_is_conserved,
        no_bought_time_runs_without_money,
        nobody_is_inside_without_reason,
        no_charge_after_all_money_went_back,
        giving_never_shortens,
        returning_never_lengthens,
        an_act_and_its_reversal_change_nothing,
        order_and_repetition_do_not_matter,
        the_charge_is_announced,
        value_is_conserved,
        a_final_state_outranks_notes,
        equal_questions_have_one_threshold,
        nothing_changes_before_the_next_change,
    )
}
