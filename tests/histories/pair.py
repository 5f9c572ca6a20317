"""Two customers whose subscriptions a gift, a referral or a transfer joins: events, consequences and laws.

A giver pays a gift, which a recipient opens; the recipient was invited by the giver, who earns days with the
recipient's first payment; and a customer's subscription is transferred to another account. Each customer's own events
are those of `events.py` that touch money, billing or a hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, Literal
from uuid import UUID

from subscriptions.domain.ids import PaymentId
from subscriptions.domain.timeline.facts import (
    Bought,
    Disputed,
    DisputeState,
    Facts,
    Given,
    Paid,
    Purchase,
    Returned,
    Source,
    Taken,
)
from subscriptions.domain.timeline.money import Accounts
from subscriptions.domain.timeline.state import Inside, Outside
from tests.histories import events
from tests.histories.laws import LAWS, Moment
from tests.histories.world import CHEAP_PLAN, DAY, MONTH, NO_FACTS, PRICE, Event, World, settled

_GIFT, _EARNED = "gift", Source.EARNED.value
_GIFT_PAYMENT: Final = PaymentId(UUID(int=100))
_NO_TIME: Final = 0 * DAY
_NOBODY: Final = World()
_Side = Literal["giver", "recipient"]


@dataclass(frozen=True)
class Pair:
    """State of a history of two customers, whose clocks are equal.

    gift: money of a gift that is not opened yet
    referred: purchase of the recipient for which the giver earned days; None before
    """

    giver: World = _NOBODY
    recipient: World = _NOBODY
    gift: Facts = NO_FACTS
    referred: str | None = None

    @property
    def now(self) -> datetime:
        """Time of both customers."""
        return self.giver.now

    @property
    def is_open(self) -> bool:
        """Return True if the recipient opened the gift."""
        return any(each.key == _GIFT for each in self.recipient.facts.bought)

    @property
    def gift_facts(self) -> Facts:
        """Facts that contain the money of the gift."""
        return self.recipient.facts if self.is_open else self.gift

    def at(self, now: datetime) -> Pair:
        """Return the pair at a time."""
        return replace(self, giver=replace(self.giver, now=now), recipient=replace(self.recipient, now=now))

    def adding_to_gift(self, **facts: object) -> Pair:
        """Return the pair with one more fact about the gift's money."""
        if self.is_open:
            return replace(self, recipient=self.recipient.adding(**facts))
        added = {name: (*getattr(self.gift, name), fact) for name, fact in facts.items()}
        return replace(self, gift=replace(self.gift, **added))


class PairMoment:
    """State of a history of two customers, with the state before its last event."""

    def __init__(self, pair: Pair, before: PairMoment | None = None, event: str = "") -> None:
        self.pair, self.before, self.event = pair, before, event
        side, _, own = event.rpartition(".")
        self.giver = Moment(pair.giver, before.giver if before is not None else None, own if side == "giver" else "")
        self.recipient = Moment(
            pair.recipient, before.recipient if before is not None else None, own if side == "recipient" else ""
        )


PairEvent = Callable[[Pair], Pair | None]
PairLaw = Callable[[PairMoment], str | None]


def _own(side: _Side, event: Event, pair: Pair) -> Pair | None:
    changed = event(pair.giver if side == "giver" else pair.recipient)
    if changed is None:
        return None
    both = replace(pair, giver=changed) if side == "giver" else replace(pair, recipient=changed)
    return both.at(changed.now)


def pass_time(pair: Pair) -> Pair | None:
    """Let ten days pass, or less if the provider of one of the customers acts before."""
    if pair.giver.is_due or pair.recipient.is_due:
        return None
    moved = {"giver": events.pass_time(pair.giver), "recipient": events.pass_time(pair.recipient)}
    times = [each.now for each in moved.values() if each is not None]
    if not times:
        return None
    until = min(times)
    # The provider of the customer who is not there yet has not acted.
    acted = {name: each for name, each in moved.items() if each is not None and each.now == until}
    return replace(pair.at(until), **acted)


def pay_gift(pair: Pair) -> Pair | None:
    """Let the giver pay a gift."""
    if pair.gift.paid or pair.is_open:
        return None
    return replace(pair, gift=Facts(paid=(Paid(payment=_GIFT_PAYMENT, purchase=_GIFT, amount=PRICE, at=pair.now),)))


def open_gift(pair: Pair) -> Pair | None:
    """Let the recipient open the gift, while its money is there and no bank asks for it."""
    funding = Accounts(pair.gift).funding(_GIFT, pair.now)
    if not pair.gift.paid or funding.is_gone or funding.is_open:
        return None
    bought = Bought(
        key=_GIFT,
        purchase=_GIFT,
        plan=CHEAP_PLAN,
        start=pair.now,
        length=MONTH,
        kind=Purchase.BY_ANOTHER,
        worth=PRICE,
    )
    known, gift = pair.recipient.facts, pair.gift
    facts = replace(
        known,
        bought=(*known.bought, bought),
        paid=(*gift.paid, *known.paid),
        returned=(*gift.returned, *known.returned),
        disputed=(*gift.disputed, *known.disputed),
    )
    return replace(pair, recipient=replace(pair.recipient, facts=facts), gift=NO_FACTS)


def refund_gift(pair: Pair) -> Pair | None:
    """Refund the gift to the giver."""
    facts = pair.gift_facts
    is_paid = any(each.payment == _GIFT_PAYMENT for each in facts.paid)
    left = Accounts(facts).balances(pair.now)[_GIFT_PAYMENT].left if is_paid else None
    if left is None or not left.minor:
        return None
    return pair.adding_to_gift(returned=Returned(key="rg", payment=_GIFT_PAYMENT, amount=left, at=pair.now))


def dispute_gift(pair: Pair) -> Pair | None:
    """Open a dispute about the gift at the giver's bank."""
    is_paid = any(each.payment == _GIFT_PAYMENT for each in pair.gift_facts.paid)
    if not is_paid or _gift_dispute(pair) is not None:
        return None
    return pair.adding_to_gift(
        disputed=Disputed(key="dg", payment=_GIFT_PAYMENT, state=DisputeState.OPEN, at=pair.now, amount=None)
    )


def gift_won(pair: Pair) -> Pair | None:
    """Decide the dispute about the gift for the seller."""
    return _decide(pair, DisputeState.WON)


def gift_lost(pair: Pair) -> Pair | None:
    """Decide the dispute about the gift for the giver."""
    return _decide(pair, DisputeState.LOST)


def _gift_dispute(pair: Pair) -> Disputed | None:
    own = [each for each in pair.gift_facts.disputed if each.key == "dg"]
    return own[-1] if own else None


def _decide(pair: Pair, state: DisputeState) -> Pair | None:
    last = _gift_dispute(pair)
    if last is None or last.state is not DisputeState.OPEN:
        return None
    later = pair.at(pair.giver.later().now)
    return later.adding_to_gift(disputed=replace(last, state=state, at=later.now))


def count_referral(pair: Pair) -> Pair | None:
    """Give the giver a week for the recipient's first own payment."""
    own = next((each for each in pair.recipient.facts.bought if each.kind is not Purchase.BY_ANOTHER), None)
    has_time = bool(pair.giver.facts.bought or pair.giver.facts.given)
    if own is None or not has_time or pair.referred is not None or _is_earned(pair.giver):
        return None
    if Accounts(pair.recipient.facts).funding(own.purchase, pair.now).is_gone:
        return None
    days = Given(key=_EARNED, plan=CHEAP_PLAN, start=pair.now, length=7 * DAY, source=Source.EARNED, worth=PRICE)
    return replace(pair, giver=pair.giver.adding(given=days), referred=own.purchase)


def _is_earned(world: World) -> bool:
    return any(each.source is Source.EARNED for each in world.facts.given)


def transfer(pair: Pair) -> Pair | None:
    """Transfer the giver's subscription to another account, which had none."""
    if pair.recipient.facts != NO_FACTS or pair.giver.facts == NO_FACTS or pair.referred is not None:
        return None
    return replace(pair, giver=World(now=pair.now), recipient=pair.giver)


def pair_settled(pair: Pair) -> Pair:
    """Return the pair after the consequences of an event: each provider executes Umbral's decisions, and the giver
    loses the days earned with a payment that is gone.
    """
    both = {"giver": settled(pair.giver), "recipient": settled(pair.recipient)}
    pair = replace(pair, **both).at(max(each.now for each in both.values()))
    is_lost = pair.referred is not None and Accounts(pair.recipient.facts).funding(pair.referred, pair.now).is_gone
    if is_lost and not any(each.of == _EARNED for each in pair.giver.facts.taken):
        taken = Taken(key=f"{_EARNED}:back", at=pair.now, length=7 * DAY, of=_EARNED)
        pair = replace(pair, giver=pair.giver.adding(taken=taken))
    return pair


def each_customer_obeys_every_law(moment: PairMoment) -> str | None:
    """Check the laws of one subscription for both customers."""
    for side, own in (("giver", moment.giver), ("recipient", moment.recipient)):
        if own.before is not None and own.before.world.facts == own.world.facts and own.event == "":
            # Nothing happened to this customer but the time that passed.
            continue
        for name, law in LAWS.items():
            contradiction = law(own)
            if contradiction is not None:
                return f"{side}: {name}: {contradiction}"
    return None


def other_peoples_money_decides_about_nobodys_billing(moment: PairMoment) -> str | None:
    """Check that a gift's refund and disputes leave the billing of both customers as it was."""
    if moment.before is None or moment.event not in {"refund_gift", "dispute_gift", "gift_won", "gift_lost"}:
        return None
    for side, own, before in (
        ("giver", moment.giver, moment.before.giver),
        ("recipient", moment.recipient, moment.before.recipient),
    ):
        is_billed = own.world.provider is not None
        if is_billed and own.timeline.at(own.now).billing != before.timeline.at(own.now).billing:
            return f"{side}: {before.state.billing}, then {own.state.billing}"
    return None


def a_givers_bank_keeps_no_payer_out(moment: PairMoment) -> str | None:
    """Check that a dispute about a gift suspends no recipient who pays for the plan."""
    if moment.before is None or moment.event != "dispute_gift":
        return None
    before, after = moment.before.recipient, moment.recipient.state
    pays = before.world.is_billed and before.world.provider is not None and not before.world.provider.is_canceled
    is_kept_out = isinstance(before.state.access, Inside) and isinstance(after.access, Outside)
    return f"{after.access}" if pays and is_kept_out else None


def a_giver_keeps_their_own_access(moment: PairMoment) -> str | None:
    """Check that nothing about the gift changes the giver's own access."""
    if moment.before is None or moment.event not in GIFT_EVENTS:
        return None
    before = moment.before.giver.timeline.at(moment.giver.now)
    return None if moment.giver.state == before else f"{before.access}, then {moment.giver.state.access}"


def a_gift_of_gone_money_has_no_time_left(moment: PairMoment) -> str | None:
    """Check that a gift whose money is gone gives no time, and an opened gift whose money is there loses none."""
    pair, state = moment.pair, moment.recipient.state
    if not pair.is_open:
        return None
    funding, use = Accounts(pair.recipient.facts).funding(_GIFT, pair.now), state.uses[_GIFT]
    if funding.is_gone and use.left:
        return f"{use.left} of it are left"
    is_whole = not funding.is_gone and not funding.is_open and not pair.recipient.facts.taken
    if is_whole and use.used + use.left != MONTH and not pair.recipient.facts.switched:
        return f"{use.used} and {use.left} are not a month"
    return None


def days_earned_with_gone_money_are_gone(moment: PairMoment) -> str | None:
    """Check that no earned day is left once the payment that earned it is gone."""
    pair, uses = moment.pair, moment.giver.state.uses
    if pair.referred is None or _EARNED not in uses:
        return None
    is_gone = Accounts(pair.recipient.facts).funding(pair.referred, pair.now).is_gone
    return f"{uses[_EARNED].left} are left" if is_gone and uses[_EARNED].left > _NO_TIME else None


def a_transfer_changes_nothing_but_the_account(moment: PairMoment) -> str | None:
    """Check that the new account has what the old one had, and the old one nothing."""
    if moment.before is None or moment.event != "transfer":
        return None
    had, has = moment.before.giver.timeline.at(moment.recipient.now), moment.recipient.state
    if had != has:
        return f"{had.access}, then {has.access}"
    return None if not moment.giver.state.uses else "the old account has time"


_OWN: Final = (
    events.subscribe, events.buy_once, events.renew, events.fail_charge, events.retry_paid, events.cancel,
    events.end_at_provider, events.refund_last, events.dispute_last, events.dispute_won, events.dispute_lost,
    events.suspend, events.lift, events.give_days,
)  # fmt: skip
GIFT_EVENTS: Final = frozenset({"pay_gift", "open_gift", "refund_gift", "dispute_gift", "gift_won", "gift_lost"})
PAIR_EVENTS: Final[Mapping[str, PairEvent]] = {
    **{f"giver.{event.__name__}": partial(_own, "giver", event) for event in _OWN},
    **{f"recipient.{event.__name__}": partial(_own, "recipient", event) for event in _OWN},
    **{
        event.__name__: event
        for event in (
            pass_time, pay_gift, open_gift, refund_gift, dispute_gift, gift_won, gift_lost, count_referral, transfer,
        )
    },
}  # fmt: skip
PAIR_LAWS: Final[Mapping[str, PairLaw]] = {
    law.__name__: law
    for law in (
        each_customer_obeys_every_law,
        other_peoples_money_decides_about_nobodys_billing,
        a_givers_bank_keeps_no_payer_out,
        a_giver_keeps_their_own_access,
        a_gift_of_gone_money_has_no_time_left,
        days_earned_with_gone_money_are_gone,
        a_transfer_changes_nothing_but_the_account,
    )
}
