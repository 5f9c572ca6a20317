"""Seven guarantees, checked against the simulated events: value, charges, access, messages, alarms, answers that follow
from the stored facts, and the laws of the timeline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from subscriptions.application.messages import (
    channel_messages,
    dispute_messages,
    payment_messages,
    subscription_messages,
)
from subscriptions.domain.entities.notification import Message, Notification
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.resource import PERSONAL
from subscriptions.domain.ids import SubscriptionId, TelegramId
from subscriptions.domain.ports.payment_gateway import ProviderStatus
from subscriptions.domain.services.state_comparison import differences
from subscriptions.domain.timeline.facts import Facts, Terms
from tests.histories.stored import broken_laws, stored
from tests.lives.biller import Capture
from tests.lives.book import NOTHING, Account, Credit
from tests.lives.person_view import PersonView, Tables
from tests.lives.town import Town
from tests.support.stored_rows import rows_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EXACT = timedelta(hours=25)
"""Accuracy of the comparison: one day, with an hour of tolerance."""
AT_ONCE = timedelta(hours=1)
WEEK = timedelta(days=7)
GRACE = timedelta(days=5)
LONGEST_WAIT = timedelta(days=3)
"""Longest time for which an event may wait to be processed. An event may need another event, which arrives at most 30
hours later.
"""
NOTICE = timedelta(hours=20)
"""Minimum notice before a charge. The product aims for three days, less a night."""
LONG_AGO = timedelta(days=17)
"""Longest time between the announcement of a charge and the charge, and the time for which a charge may be awaited."""
LOOK = timedelta(minutes=6)
"""Interval of the product's checks of a subscription whose paid time is over but which continues at the provider: five
minutes plus a tolerance.
"""
SELDOM = timedelta(hours=4)
"""Interval of those checks once the paid time is over for a day."""
OWN_DOING = timedelta(days=5)
"""Time before a charge in which the customer's own change needs no separate notice, because a message confirmed the
change.
"""
FOR_LIFE = timedelta(days=9999)
FALSE_ALARMS = frozenset({"payment_event_missing", "amount_mismatch"})
"""Alarms that no step of a simulated customer can cause."""

NEVER_SET_ASIDE = frozenset({FlagReason.AMOUNT_MISMATCH, FlagReason.CUSTOMER_MISMATCH})
"""Reasons that no payment of a simulated customer can have."""


class Broken(AssertionError):
    """Raised if a guarantee is violated. promise: letter of the guarantee."""

    def __init__(self, promise: str, at: datetime, expected: str, found: str) -> None:
        super().__init__(f"{at:%d %b %Y %H:%M} ({promise}) expected: {expected}; found: {found}")
        self.promise, self.at, self.expected, self.found = promise, at, expected, found


@dataclass
class Judge:
    """Checker of the guarantees for one simulated customer. person: Telegram id that receives the messages. log:
    function that writes a line of the report.
    """

    checks_answers: ClassVar[bool] = False
    """True to check the answers against the stored facts, and the laws, too."""
    town: Town
    person: TelegramId
    log: Callable[[str], None]
    read: Callable[[Judge, Any], None] = lambda judge, message: None
    """Function that compares the end of access in a message with the owed time."""
    accounts: dict[str, Account] = field(default_factory=dict)
    said: list[tuple[datetime, Message]] = field(default_factory=list)
    captures: dict[str, Capture] = field(default_factory=dict)
    flagged: set[str] = field(default_factory=set)
    stirred: dict[str, datetime] = field(default_factory=dict)
    arrears: set[str] = field(default_factory=set)
    replaced: dict[str, str] = field(default_factory=dict)
    """Subscription whose failed charge a payment took the place of, by payment."""
    empty_since: dict[str, datetime] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    """Subscriptions of the customer before the data were erased: a charge that was at the bank goes back."""
    forgotten_at: datetime | None = None
    """Time at which the data were erased: a purchase that was at the bank goes back too."""
    given_back: set[str] = field(default_factory=set)
    back_at: dict[str, datetime] = field(default_factory=dict)
    """Time of the full refund of a payment."""
    had: set[str] = field(default_factory=set)
    agreed: dict[str, str] = field(default_factory=dict)
    """Plan that a customer changes to at the next charge, by subscription."""
    canceled_there: dict[str, datetime] = field(default_factory=dict)
    """Time of a cancellation on the provider's page, by subscription."""
    refused_at: dict[str, datetime] = field(default_factory=dict)
    """Time of the last refused charge, by subscription."""
    refused_late: set[str] = field(default_factory=set)
    """Subscriptions whose last charge was refused after it had been at the bank."""
    shortened: set[str] = field(default_factory=set)
    """Subscriptions that lost days, taken back by staff or with a refund."""
    no_more: dict[str, datetime] = field(default_factory=dict)
    """Time of the message that announced no further charge, by subscription."""
    outside: dict[str, datetime] = field(default_factory=dict)
    """Time at which the customer was last seen outside a plan's channel, by plan."""
    weeks: list[tuple[str, bool]] = field(default_factory=list)
    """Weeks granted for referred friends who paid: the key of the grant, and whether there was a subscription to
    extend. Each grant is announced.
    """
    waits_since: datetime | None = None
    """Time since which an event has not been processed."""
    current: Notification = field(init=False)
    """Notification of the message that is being sent."""
    resumed: dict[str, datetime] = field(default_factory=dict)
    """Time at which the waiting time of a plan was last due to run again."""
    prices: Callable[[str], float] = lambda plan: 0
    """Function that returns the price of a day of a plan."""
    _alarms_seen: int = 0
    _facts: dict[SubscriptionId, Facts] = field(default_factory=dict)
    """Facts about each subscription when the laws were last checked."""
    _view: PersonView = field(default_factory=PersonView)
    _viewed: Tables = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.town.clock.now()

    def account(self, plan: str) -> Account:
        return self.accounts.setdefault(plan, Account(plan))

    def of_ref(self, ref: str) -> Account | None:
        return next((each for each in self.accounts.values() if each.ref == ref), None)

    # Events of the world.

    def switched(self, ref: str, new: str) -> None:
        """Record that the provider charges another plan for a subscription."""
        account = self.of_ref(ref)
        if account is None or account.plan == new:
            return
        running = [each for each in self.captures.values() if each.ref == ref and each.start and each.start <= self.now]
        last = max(running, key=lambda each: each.start or each.at, default=None)
        rest = max(last.end - self.now, NOTHING) if last is not None and last.end is not None else NOTHING
        is_cheaper = self.prices(new) < self.prices(account.plan)
        key = last.key if last is not None else None
        account.switch_to(self.account(new), key, rest, self.now, is_cheaper=is_cheaper)
        for name in [each for each in self.account(new).first if self.prices(each) < self.prices(new)]:
            # The new plan begins at once, and the days that were used first wait.
            self.account(name).make_way(self.account(new))
            self.empty_since.setdefault(name, self.now)
        if account.plan in self.empty_since:
            self.empty_since[new] = self.empty_since[account.plan]
        else:
            self.empty_since.pop(new, None)
        if not account.owed:
            self.empty_since.setdefault(account.plan, self.now)

    def waits(self, account: Account) -> bool:
        """Return True if time of the plan has to wait for the time of other plans of the same subscription."""
        return self._waits_in(account, account.line)

    def _waits_in(self, account: Account, line: str | None) -> bool:
        """Return True if time of the plan that is left in a subscription has to wait for that of other plans."""
        ahead = [self.accounts[each] for each in account.first]
        holders = (each for each in self.accounts.values() if line in {each.ref, *each.refs_before})
        holder = next(holders, None) if line is not None else None
        if holder is not None and holder is not account:
            known = self.town.biller.subscriptions.get(line or "")
            goes_on = known is not None and known.status is not ProviderStatus.ENDED
            # A provider may give up before the announced grace days are over, which rest during a suspension.
            announced = holder.grace_announced if line in self.arrears else None
            is_in_grace = announced is not None and (bool(holder.kept_out) or self.now < announced - AT_ONCE)
            if goes_on or holder.owed or is_in_grace:
                return True
        return any(each.owed for each in ahead)

    def _resume(self, at: datetime) -> None:
        """Let waiting time run once its turn has come, that of the most expensive plan first."""
        waiting = [each for each in self.accounts.values() if self._over(each)]
        for account in sorted(waiting, key=lambda each: self.prices(each.plan), reverse=True):
            lines = self._over(account)
            if not lines:
                continue
            for name in account.first:
                account.kept_out |= self.accounts[name].kept_out
            account.first = set()
            self.resumed[account.plan] = at
            account.resume(at, lines)
            self.empty_since.pop(account.plan, None)
            for other in waiting:
                if other is not account and any(each.line in lines for each in other.waiting):
                    other.first.add(account.plan)

    def _over(self, account: Account) -> set[str | None]:
        """Return the subscriptions in which waiting time of the plan waits for nothing any more."""
        return {each.line for each in account.waiting if not self._waits_in(account, each.line)}

    def passed(self, since: datetime, until: datetime) -> None:
        self._resume(since)
        if any(each.waiting for each in self.accounts.values()):
            # Waiting time may begin in between, when the time before it is used.
            running = [each for each in self.accounts.values() if not each.kept_out]
            turns = [since + each.owed for each in running if NOTHING < each.owed < until - since]
            if turns:
                self.passed(since, min(turns))
                self.passed(min(turns), until)
                return
        for account in self.accounts.values():
            if not self.inside(account.plan):
                self.outside[account.plan] = until
            if account.ref in self.arrears and not account.awaits_money:
                account.grace_until = max(self.empty_since.get(account.plan, until), since) + GRACE
                if account.plan in self.empty_since:
                    account.grace_until = self.empty_since[account.plan] + GRACE
            else:
                account.grace_until = None
            begun = since + account.owed
            uses_other = any(self.accounts[each].owed for each in account.first)
            is_charged = not uses_other and (self.is_at_bank(account) or account.ref in self.arrears)
            is_waiting = not account.owed and self.waits(account)
            if is_charged or not (is_waiting or self._is_paused(account)):
                account.pass_time(since, until)
            self._dispute_grace(account, until)
            if account.owed or any(self.accounts[each].owed for each in account.first):
                self.empty_since.pop(account.plan, None)
            else:
                self.empty_since.setdefault(account.plan, min(begun, until))

    def asked(self, ref: str, until: datetime) -> None:
        """Record that a charge is at the customer's bank. until: end of the period that the charge pays for."""
        account = self.of_ref(ref)
        has_grace = account is not None and self.is_in_grace(account)
        self.arrears.discard(ref)
        if account is None:
            return
        is_empty = not account.owed and self.now - self.empty_since.get(account.plan, self.now) > EXACT
        if is_empty and not has_grace and ref not in self.town.biller.moved:
            # The customer is outside, as in a skipped month, and the time begins with the money.
            account.awaits_money = True
        else:
            account.at_bank = (self.now, until)

    def refused(self, ref: str) -> None:
        """Record that a charge failed, at once or when the customer's bank decided."""
        account = self.of_ref(ref)
        self.refused_at[ref] = self.now
        known = self.town.biller.subscriptions.get(ref)
        if known is not None and known.status is ProviderStatus.PAST_DUE:
            self.arrears.add(ref)
        self.refused_late.discard(ref)
        if account is not None:
            self._dispute_grace(account, self.now)
        if account is None or (account.at_bank is None and not account.awaits_money):
            return
        self.refused_late.add(ref)
        is_late = account.at_bank is not None and self.now - self.empty_since.get(account.plan, self.now) > DAY
        account.at_bank = None
        if is_late:
            # The grace days begin with the refusal.
            self.empty_since[account.plan] = self.now

    def _dispute_grace(self, account: Account, at: datetime) -> None:
        """Keep the customer out of grace days within a day if a dispute about the last payment is open."""
        key = f"dispute about {account.disputed_last}"
        if account.disputed_last is None or account.owed or account.ref not in self.arrears or key in account.kept_out:
            return
        account.kept_out[key] = at + DAY
        account.slack += DAY

    def is_at_bank(self, account: Account) -> bool:
        """Return True if the customer has access because a charge is at the bank."""
        return account.at_bank is not None and self.now < account.at_bank[1]

    def stir(self, ref: str | None) -> None:
        """Record that the customer is changing the charges of a subscription."""
        if ref is not None:
            self.stirred[ref] = self.now

    def took(self, capture: Capture, plan: str, length: timedelta | None) -> None:
        """Record a captured payment of a plan. length: duration that a one-time payment pays for."""
        self.captures[capture.key] = capture
        asked_at, forgotten_at = capture.asked_at, self.forgotten_at
        is_earlier = asked_at is not None and forgotten_at is not None and asked_at < forgotten_at
        if capture.ref not in self.forgotten and not is_earlier:
            self._credit(capture, plan, length)

    def _credit(self, capture: Capture, plan: str, length: timedelta | None) -> None:
        account = self.account(plan)
        is_trial = capture.key.startswith("trial-")
        if is_trial and plan in self.had and not self.town.delayed:
            # While the first trial is unreported, another one can begin, and its charge is refunded automatically.
            raise Broken("a", self.now, f"no second trial of {plan}", "a trial")
        self.had.add(plan)
        if capture.ref is not None and capture.start is None:
            return
        if capture.renewal:
            self._check_charge(capture, account)
        else:
            self._replace(capture, account)
        if capture.ref is not None:
            assert capture.start is not None
            if not capture.renewal:
                account.subscribe(capture.ref, capture.at - capture.start)
            self.arrears.discard(capture.ref)
            # The dispute is about time that is over now.
            account.kept_out.pop(f"dispute about {account.disputed_last}", None)
            account.disputed_last = None
            if capture.renewal:
                account.at_bank, account.awaits_money = None, False
            length = self._moved_along(capture, account, self._bought(capture, account))
            if any(self.accounts[each].owed for each in account.first):
                account.waiting.append(Credit(capture.key, capture.start, length, capture.ref))
            elif not (is_trial and account.owed):
                account.first = set()
                account.add(capture.key, capture.start, length)
        elif length is None:
            if account.for_life and account.owed and not self.town.delayed and capture.asked_at is None:
                # While the first payment is unreported or at the bank, a second one is possible and is refunded
                # automatically (`hold`).
                raise Broken(
                    "a", self.now, f"no second payment for {plan}, which is hers for life", f"{capture.amount}"
                )
            account.for_life = True
            account.add(capture.key, self.now, timedelta(days=36_500))
        else:
            account.add(capture.key, self.now, length)
        account.unpaid = NOTHING
        self.empty_since.pop(plan, None)

    def _moved_along(self, capture: Capture, account: Account, length: timedelta) -> timedelta:
        """Return the part of a paid period that goes along with a change of plan while the charge was at the bank: the
        rest of the provider's period. Other time of the earlier plan waits.
        """
        if account.moved_from is None or not capture.renewal or capture.end is None:
            return length
        earlier, account.moved_from = self.account(account.moved_from), None
        assert account.moved_at is not None
        used = account.unpaid - account.unpaid_before
        moved = min(length, max(capture.end - account.moved_at - used, NOTHING))
        if length > moved:
            earlier.waiting.append(Credit(capture.key, self.now, length - moved, capture.ref))
            earlier.line = capture.ref
        return moved

    @staticmethod
    def _bought(capture: Capture, account: Account) -> timedelta:
        """Return the time that is left of a paid period. The period of a purchase begins with the purchase, but time
        until the bank's decision is given back if it was more than a day.
        """
        assert capture.start is not None
        assert capture.end is not None
        if capture.renewal:
            return capture.end - capture.start - account.unpaid
        is_soon = capture.asked_at is not None and capture.at - capture.start <= DAY and not account.owed
        return capture.end - (capture.at if is_soon else capture.start)

    def owes(self, account: Account) -> bool:
        """Return True if the last charge of a plan failed, so that a purchase takes its place."""
        known = self.town.biller.subscriptions.get(account.ref or "")
        # A provider that gave up after a bank's late refusal leaves no grace days.
        has_ended = known is None or known.status is ProviderStatus.ENDED
        is_over = has_ended and account.ref in self.refused_late
        return account.ref in self.arrears and not account.kept_out and not is_over

    def _replace(self, capture: Capture, account: Account) -> None:
        """Record that a purchase takes the place of the failed charge, which is not collected any more. Time of other
        plans still waits in this subscription.
        """
        if account.ref is None or not self.owes(account):
            return
        self.replaced[capture.key] = account.ref
        for each in self.accounts.values() if capture.ref is not None else ():
            each.line = capture.ref if each.line == account.ref else each.line
            for credit in each.waiting:
                credit.line = capture.ref if credit.line == account.ref else credit.line
        self.arrears.discard(account.ref)
        account.refs_before.append(account.ref)
        account.ref = None

    def refunded(self, key: str) -> None:
        """Record the full refund of a payment."""
        self.given_back.add(key)
        self.back_at.setdefault(key, self.now)
        for account in self.accounts.values():
            gone = account.drop(key)
            if gone and account.ref is not None:
                self.shortened.add(account.ref)
            if gone and account.for_life and not account.owed > FOR_LIFE:
                account.for_life = False
            account.kept_out.pop(f"dispute about {key}", None)
            if not account.owed:
                # The subscription is over, and its holds with it.
                account.kept_out = account.kept_out if self.is_at_bank(account) else {}
                self.empty_since.setdefault(account.plan, self.now)

    def is_kept_out(self, plan: str) -> bool:
        """Return True if access to a plan is on hold."""
        return plan in self.accounts and bool(self.accounts[plan].kept_out)

    def has(self, plan: str) -> bool:
        """Return True if the customer has the plan: paid, in grace days, in a skipped month, or after readmission."""
        account = self.accounts.get(plan, Account(plan))
        has_time = bool(account.owed or account.kept_out) or self.is_at_bank(account)
        return has_time or self.is_in_grace(account) or self._is_paused(account)

    def is_in_grace(self, account: Account) -> bool:
        """Return True if a charge of the account failed and its grace days are not over."""
        return account.ref in self.arrears and self.now < self.empty_since.get(account.plan, self.now) + GRACE

    # (b) Charges

    def _check_charge(self, capture: Capture, account: Account) -> None:
        ref, now = capture.ref or "", capture.made_at
        out = min(account.kept_out.values(), default=now)
        if now - out > AT_ONCE and not capture.by_hand:
            raise Broken("b", now, "no charge while they are kept out", f"{capture.amount} for {account.plan}")
        if self._all_went_back(capture):
            raise Broken("b", now, "no charge after all they paid went back", f"{capture.amount} for {account.plan}")
        if self._period_went_back(capture):
            raise Broken("b", now, "no charge after the running period went back", f"{capture.amount}")
        promised = self.no_more.get(ref)
        is_stopped = promised is not None and promised < now and self.stirred.get(ref, promised) <= promised
        if is_stopped and not capture.by_hand:
            raise Broken(
                "b", now, f"no charge, as was told on {promised:%d %b %H:%M}", f"{capture.amount} for {account.plan}"
            )
        if ref in self.agreed and capture.asked_at is None and not capture.recovery:
            raise Broken(
                "b", now, f"a charge for {self.agreed[ref]}, as agreed", f"{capture.amount} for {account.plan}"
            )
        stirred = self.stirred.get(ref)
        if capture.recovery:
            return
        announced = [
            (at, message)
            for at, message in self.said
            if isinstance(
                message, subscription_messages.RenewalComingMessage | subscription_messages.TrialEndingMessage
            )
            and NOTICE <= now - at <= LONG_AGO
            and message.charge is not None
            and abs(message.charge - now) <= EXACT
            and account.is_named({message.plan_name.lower(), message.next_plan.lower()})
        ]
        if stirred is not None and (not announced or announced[-1][0] <= stirred) and now - stirred < OWN_DOING:
            return
        if not announced:
            raise Broken("b", now, "a word about it days before", f"{capture.amount} for {account.plan} untold")
        at, message = self._last_announced(announced[-1], account, now)
        notified, repriced = message.next_amount or message.amount, self.town.biller.repriced.get(ref)
        if repriced is not None and repriced > at:
            # The seller changed the announced charge at the provider.
            return
        if capture.amount != notified:
            raise Broken("b", now, f"a charge of {notified}, as was told", f"{capture.amount} for {account.plan}")

    def _last_announced(
        self, announced: tuple[datetime, Any], account: Account, charge_at: datetime
    ) -> tuple[datetime, Any]:
        """Return the latest message that names the amount of a charge, and its time: the announcement or, after it, the
        confirmation of a planned or dropped plan change.
        """
        later = [
            (at, message)
            for at, message in self.said
            if isinstance(message, _S.PlanSwitchPlannedMessage | _S.PlanSwitchDroppedMessage)
            and at > announced[0]
            and message.charge is not None
            and abs(message.charge - charge_at) <= EXACT
            and account.is_named({message.plan_name.lower(), message.next_plan.lower()})
        ]
        return later[-1] if later else announced

    def _all_went_back(self, charge: Capture) -> bool:
        """Return True if every payment of the subscription before a charge was refunded and no earlier event is
        delayed, so that the provider should have stopped billing. Return False for a charge that the customer paid by
        hand, or if a gift that they paid for themselves gives another paid period.
        """
        before = [each for each in self.captures.values() if each.key != charge.key]
        paid = [each for each in before if each.ref == charge.ref and each.amount.minor]
        gone = {key for key in self.given_back if self.back_at.get(key, charge.made_at) <= charge.made_at}
        is_all = bool(paid) and all(each.key in gone for each in paid)
        return is_all and not charge.by_hand and not self.town.delayed and not self._has_own_gift(charge)

    def _has_own_gift(self, charge: Capture) -> bool:
        account = self.of_ref(charge.ref or "")
        return account is not None and account.has_own_gift

    def _period_went_back(self, charge: Capture) -> bool:
        """Return True if the last payment before a charge was refunded while its period ran, and the provider was
        reached.
        """
        paid = [each for each in self.captures.values() if each.ref == charge.ref and each.start and each.amount.minor]
        last = max((each for each in paid if each.key != charge.key), key=lambda each: each.at, default=None)
        if last is None or last.end is None or charge.by_hand or charge.recovery or self.town.delayed:
            return False
        if self._has_own_gift(charge):
            return False
        back = self.back_at.get(last.key)
        return (
            back is not None
            and back < min(last.end, charge.made_at)
            and self.stirred.get(charge.ref or "", back) <= back
        )

    def _hold_alarms(self) -> None:
        """Check that no false alarm was raised about a missing payment event or a wrong amount."""
        for job in self.town.shop.memory.jobs[self._alarms_seen :]:
            if job.name == "bot.alarm" and job.payload["kind"] in FALSE_ALARMS:
                raise Broken("e", self.now, f"no alarm {job.payload['kind']}", f"{job.payload['key']}")
        self._alarms_seen = len(self.town.shop.memory.jobs)

    # (a) Value and (c) access

    def hold(self) -> None:
        """Check that customers without owed time are outside, that customers with owed time can join, that the shown
        end is correct, and that no failed charge is collected after another payment took its place.
        """
        if self.town.on_its_way:
            self.waits_since = self.waits_since or self.now
            if self.now - self.waits_since > LONGEST_WAIT:
                raise Broken(
                    "e", self.now, "every event is processed", f"one waits since {self.waits_since:%d %b %H:%M}"
                )
            return
        self.waits_since = None
        self._hold_replaced()
        self._hold_tax()
        self._hold_alarms()
        if any(due for _, due in self.weeks) and self.usable():
            raise Broken("a", self.now, "a week for a friend who paid", "nothing")
        for plan, account in self.accounts.items():
            if sum(each.left > FOR_LIFE for each in account.credits) > 1:
                raise Broken("a", self.now, f"{plan} paid for once", "for life, twice")
            chat = plan if PERSONAL in self.view.opens[plan] else self.chats(plan)[0]
            if not self.is_banned(chat):
                self._hold_requests(plan, account)
            elif self.inside(plan):
                raise Broken("c", self.now, f"out of {plan}: banned by hand", "inside")
            self._hold_end(plan, account)
        self._hold_union()
        if self.checks_answers:
            self._hold_answers()

    def _hold_answers(self) -> None:
        """Check that the answers about each subscription follow from the stored facts, and that the laws hold."""
        tables = self.town.shop.memory.tables
        for subscription in tables.get("subscriptions", ()):
            rows = rows_of(tables, subscription)
            for each in differences(rows, Terms(grace=self.town.policy.grace), self.now):
                raise Broken("f", self.now, f"{each.field} {each.computed}, as the facts say", each.stored)
            world = stored(rows, self.now)
            if self._facts.get(subscription.id) != world.facts:
                self._facts[subscription.id] = world.facts
                for contradiction in broken_laws(world):
                    raise Broken("g", self.now, "every law", contradiction)

    def _hold_replaced(self) -> None:
        """Check that a subscription is ended at the provider once its failed charge was replaced."""
        for key, ref in self.replaced.items():
            known = self.town.biller.subscriptions.get(ref)
            is_there = known is not None and known.status is not ProviderStatus.ENDED
            if key not in self.flagged and is_there and not self.town.stops(ref):
                raise Broken("b", self.now, f"{ref} ended, whose charge was paid otherwise", "it goes on")

    def _hold_tax(self) -> None:
        """Check that the parts of a full refund together returned all of the payment's tax."""
        if self.view.tax_left:
            amount, left = self.view.tax_left
            raise Broken("a", self.now, f"all tax of {amount} given back", f"{left} cents of it left")

    def usable(self) -> bool:
        """Return True if the customer has a subscription to which days can be added."""
        return any(
            each.owed > DAY and not each.kept_out and not each.for_life and not self._is_paused(each)
            for each in self.accounts.values()
        )

    @property
    def view(self) -> PersonView:
        """Return the product's records of the customer. The records are read again only after a change."""
        tables = self.town.shop.memory.tables
        if self._viewed is not tables:
            self._viewed = tables
            if not self._view.as_in(tables):
                self._view = PersonView.of(tables, self.person)
        return self._view

    def inside(self, plan: str) -> bool:
        opens = self.view.opens.get(plan, ())
        if PERSONAL not in opens:
            return set(opens) <= self.view.chats
        return plan in self.view.own

    def chats(self, plan: str) -> Sequence[str]:
        """Return the names of a plan's chats in `PersonView.rooms`."""
        return [plan if each == PERSONAL else each for each in self.view.opens.get(plan, ())]

    def is_banned(self, name: str) -> bool:
        """Return True if the customer was banned from a chat manually."""
        return self.view.rooms.get(name) in self.town.bans

    def is_banned_from_all(self, plan: str) -> bool:
        """Return True if the customer is banned from every chat of a plan, which puts the plan on hold."""
        return bool(self.chats(plan)) and all(self.is_banned(each) for each in self.chats(plan))

    def is_beside(self, plan: str) -> bool:
        """Return True if the customer has another plan, paid or in grace days, that opens exactly the same chats."""
        opens = self.view.opens
        others = [each for each in self.accounts.values() if each.plan != plan and opens[each.plan] == opens[plan]]
        return PERSONAL not in opens[plan] and any(
            not each.kept_out and (each.owed or each.ref in self.arrears or self.is_at_bank(each)) for each in others
        )

    def _hold_requests(self, plan: str, account: Account) -> None:
        inside, owed = self.inside(plan), account.owed
        if self.is_beside(plan):
            # Several plans open the same chats; each of them is enough.
            if owed > EXACT + account.slack and not account.kept_out and not inside:
                raise Broken("c", self.now, f"inside {plan}, owed {_days(owed)}", "out")
            return
        if account.kept_out:
            since = min(account.kept_out.values())
            if inside and self.now - since > AT_ONCE:
                raise Broken("c", self.now, f"out of {plan}: {', '.join(account.kept_out)}", "inside")
            return
        paused = self._is_paused(account)
        grace = account.grace_announced if account.ref in self.arrears else None
        if grace is not None and self.now < grace - HOUR and not inside and not self._any_went_back(account):
            raise Broken("d", self.now, f"inside {plan} until {grace:%d %b %H:%M}, as was told", "out")
        is_charged = (
            self.is_at_bank(account) and account.at_bank is not None and self.now - account.at_bank[0] > AT_ONCE
        )
        if is_charged and not inside and not paused and not self.waits(account):
            raise Broken("c", self.now, f"inside {plan}: a charge is at the bank", "out")
        is_new = plan in self.resumed and self.now - self.resumed[plan] <= AT_ONCE
        if owed > EXACT + account.slack and not inside and not paused and not is_new:
            raise Broken("c", self.now, f"inside {plan}, owed {_days(owed)}", "out")
        if owed or not inside:
            return
        if not self._may_stay(plan, account):
            since = self.empty_since[plan]
            raise Broken("c", self.now, f"out of {plan}: nothing is owed since {since:%d %b}", "inside")

    def _any_went_back(self, account: Account) -> bool:
        """Return True if a payment of the account's subscription was refunded."""
        return any(each.key in self.given_back for each in self.captures.values() if each.ref == account.ref)

    def _may_stay(self, plan: str, account: Account) -> bool:
        """Return True if a customer without owed time may still be inside."""
        since = self.empty_since.get(plan, self.now)
        grace = GRACE if account.ref in self.arrears else NOTHING
        if self.is_at_bank(account):
            return True
        known = self.town.biller.subscriptions.get(account.ref or "")
        coming = self.town.biller.coming(known.ref) if known is not None else None
        nearer = known is not None and known.charge_moved_to is not None
        if coming and nearer and account.ref in self.shortened and self.now - since < LONG_AGO:
            # Removed days bring a charge forward, but not before it can be announced.
            return True
        if coming and account.bridged_until is not None and self.now < account.bridged_until:
            # A readmitted customer stays until the next charge, whatever is refunded of other payments.
            return True
        canceled_at = self.canceled_there.get(account.ref or "")
        if nearer and canceled_at is not None and self.now - canceled_at < LOOK:
            return True
        return self.now - since <= grace + EXACT + account.slack

    def _hold_union(self) -> None:
        """Check that a customer is in a shared chat exactly if one of the chat's plans gives access. Plans that open
        nothing else are checked separately.
        """
        for chat in self.view.for_sale:
            opening = [plan for plan, opens in self.view.opens.items() if chat in opens]
            if any(PERSONAL not in self.view.opens[plan] for plan in opening):
                continue
            if self.is_banned(chat):
                if chat in self.view.chats:
                    raise Broken("c", self.now, f"out of {chat}: banned by hand", "inside")
                continue
            by = [plan for plan in opening if self.inside(plan)]
            beside = [plan for plan in opening if self._is_banned_in_part(plan)]
            if any(self.accounts[plan].owed > EXACT + self.accounts[plan].slack for plan in beside):
                by += beside
            elif beside:
                continue
            if chat not in self.view.chats and not any(self._is_owed(plan) for plan in by):
                # A customer who stays until the next charge without payment is not invited to a recreated chat.
                continue
            if bool(by) is not (chat in self.view.chats):
                found = "inside" if chat in self.view.chats else "out"
                raise Broken("c", self.now, f"in {chat} by {', '.join(by) or 'nothing'}", found)

    def _is_banned_in_part(self, plan: str) -> bool:
        """Return True if a ban affects the personal channel only. The customer keeps the plan's other chats as long as
        they would have kept the personal channel.
        """
        account = self.accounts.get(plan)
        if account is None or PERSONAL not in self.view.opens[plan] or self.is_banned_from_all(plan):
            return False
        is_running = self.is_banned(plan) and (self.has(plan) or self._may_stay(plan, account))
        return is_running and not account.kept_out and not self._is_paused(account)

    def _is_owed(self, plan: str) -> bool:
        """Return True if the customer has time for the plan: paid, granted or in grace days."""
        account = self.accounts.get(plan, Account(plan))
        return bool(account.owed) or account.ref in self.arrears or self.is_at_bank(account)

    def _is_paused(self, account: Account) -> bool:
        """Return True if the customer's own pause has begun. During the pause, owed days are used first."""
        known = self.town.biller.subscriptions.get(account.ref or "")
        if account.waiting and not account.owed:
            return True
        return known is not None and known.status is ProviderStatus.PAUSED and not account.owed

    def _hold_end(self, plan: str, account: Account) -> None:
        end, owed = self.view.shown.get(plan), account.owed
        if account.for_life and account.owed > FOR_LIFE and end is not None and end - self.now < FOR_LIFE:
            raise Broken("a", self.now, f"{plan} for life", f"until {end:%d %b %H:%M}")
        if account.kept_out or account.for_life or self._is_paused(account):
            return
        due = self.now + owed
        if end is None or (not owed and end <= due + EXACT):
            return
        if abs(end - due) > EXACT + account.slack:
            raise Broken("a", self.now, f"{plan} until {due:%d %b %H:%M}", f"until {end:%d %b %H:%M}")

    # (d) Messages

    def receive(self, owed: Notification, message: Message) -> None:
        """Check a message at the time it is sent."""
        if owed.recipient != self.person:
            return
        self.current = owed
        self._resume(self.now)
        self.said.append((self.now, message))
        self.log(f"    «{owed.kind}{_facts(message)}»")
        if isinstance(message, payment_messages.PaymentFlaggedMessage):
            self._set_aside(owed)
        check = _CHECKS.get(type(message)) or _CHECKS_OF_FEATURES.get(message.kind)
        if check is not None:
            check(self, message)
        if (type(message) in _NAMES_END or message.kind == _REFERRED) and not self.town.has_unreported:
            self.read(self, message)

    def _false(self, what: str, found: str) -> None:
        raise Broken("d", self.now, f"true words; {what}", found)

    def _set_aside(self, owed: Notification) -> None:
        payments = self.town.shop.memory.tables.get("payments", ())
        payment = next(row for row in payments if row.id == owed.subject)
        self.flagged.add(payment.payment_key)
        aside = self.captures.get(payment.payment_key)
        is_late = aside is not None and aside.ref in self.replaced.values()
        if payment.flag in NEVER_SET_ASIDE or (
            aside is not None and aside.renewal and not aside.by_hand and not is_late
        ):
            raise Broken("a", self.now, f"time for {payment.amount}", f"set aside: {payment.flag}")
        for account in self.accounts.values():
            if account.refs_before and account.refs_before[-1] == self.replaced.get(payment.payment_key):
                # The failed charge was paid before.
                account.ref = account.refs_before.pop()
            elif aside is not None and aside.ref is not None and account.ref == aside.ref and account.refs_before:
                # It was the second payment: the first subscription continues.
                account.ref = account.refs_before.pop()
            if account.drop(payment.payment_key) and account.for_life and not account.owed:
                account.for_life = False
            if not account.owed:
                self.empty_since.setdefault(account.plan, self.now)

    def plan_of(self, message: Any) -> str:
        """Return the slug of the plan named in a message."""
        rows = self.town.shop.memory.tables.get("service_plans", ())
        names: dict[str, str] = {row.name: row.soft_id for row in rows}
        return names.get(message.plan_name, message.plan_name)

    def _named(self, message: Any) -> Account:
        return self.account(self.plan_of(message))

    def _until(self, message: Any, *, whatever_follows: bool = False) -> None:
        account = self._named(message)
        unsure = self.town.has_unreported if whatever_follows else self.town.on_its_way
        if message.until is None or account.kept_out or account.for_life or unsure:
            return
        if not account.owed and message.until <= self.now:
            # The message says how long the paid time lasted.
            return
        due = self.now + account.owed
        # Other messages may precede the one that announces a granted week.
        ends = [due + number * WEEK for number in range(len(self.weeks) + 1)]
        charges = (account.at_bank, *(each.at_bank for each in [self._billed_behind(account)] if each is not None))
        ends += [charge[1] for charge in charges if charge is not None]
        left = sum((self.accounts[each].owed for each in account.first), NOTHING)
        if account.waiting and left <= EXACT:
            # The message may be sent at the moment when waiting time begins.
            ends.append(due + left + sum((each.left for each in account.waiting), NOTHING))
        if account.grace_announced is not None and account.ref in self.arrears:
            # A customer who was promised grace days is not announced an earlier end.
            ends += [account.grace_announced, due + GRACE]
        if all(abs(message.until - end) > EXACT + account.slack for end in ends):
            self._false(f"{account.plan} is paid until {due:%d %b %H:%M}", f"«until {message.until:%d %b %H:%M}»")

    def _hold_captured(self) -> None:
        """Check that the payment of a message about a payment was captured: a bank may still decide about it."""
        payments = self.town.shop.memory.tables.get("payments", ())
        key = next((row.payment_key for row in payments if row.id == self.current.subject), None)
        if key is not None and key not in self.captures:
            self._false(f"{key} is at the bank", "«paid»")

    def _paid(self, message: Any) -> None:
        account = self._named(message)
        self._hold_captured()
        if bool(account.kept_out) is not message.withheld and not self.town.on_its_way:
            self._false(f"kept out: {', '.join(account.kept_out) or 'no'}", f"«kept out: {message.withheld}»")
        self._until(message)

    def _received(self, message: payment_messages.PaymentReceivedMessage) -> None:
        plan = self._named(message).plan
        out = self.outside.get(plan)
        if message.word == "back" and self.inside(plan) and (out is None or self.now - out > AT_ONCE):
            self._false("they are inside", "«welcome back»")
        self._hold_beside(plan, message)
        self._paid(message)

    def _hold_beside(self, plan: str, message: payment_messages.PaymentReceivedMessage) -> None:
        """Check that a customer who bought lifetime access is notified at once of a subscription that still charges for
        the same chat.
        """
        club = self.account("club") if plan == "clublife" else None
        if club is None or self.town.on_its_way:
            return
        coming = self.town.biller.coming(club.ref) if club.ref else None
        if coming is not None and message.charged_plan != club.plan:
            self._false(f"{club.plan} goes on being charged on {coming[0]:%d %b}", "not a word of it")

    def _coming(self, message: Any) -> None:
        account = self._named(message)
        # The last of two subscriptions may have been ended because it was a second trial.
        # The charge may be that of a cheaper plan, which begins once the time of the named plan is used.
        later = (each.ref for each in self.accounts.values() if account.plan in each.first)
        every = [self.town.biller.coming(ref) for ref in (account.ref, *later, *reversed(account.refs_before)) if ref]
        coming = next(filter(None, every), None)
        if self.town.on_its_way:
            return
        if coming is None or message.charge is None:
            self._false(f"nothing is charged for {account.plan}", f"«charged on {message.charge:%d %b}»")
        elif abs(coming[0] - message.charge) > EXACT:
            self._false(f"charged on {coming[0]:%d %b}", f"«charged on {message.charge:%d %b}»")
        elif coming[1] != (message.next_amount or message.amount):
            self._false(f"{coming[1]} is charged", f"«{message.next_amount or message.amount}»")

    def paid_by(self, owed: Notification) -> tuple[str, TelegramId | None]:
        """Return the payment for which a week is granted, and its payer."""
        tables = self.town.shop.memory.tables
        payment = next(row for row in tables["payments"] if str(row.id) in owed.key)
        payer = next(row for row in tables["customers"] if row.id == payment.customer_id)
        return payment.payment_key, payer.telegram_id

    def _referred(self, message: Any) -> None:
        key, payer = self.paid_by(self.current)
        if key in self.given_back and self.town.on_its_way:
            # The refund was reported before its payment, and is about to be applied.
            return
        whose = f"referral of {payer}"
        week = next((each for each in self.weeks if each[0] == whose), None)
        if week is None:
            self._false(f"no {whose} is owed", "«a week for a friend»")
        self.weeks.remove(week)
        if self._named(message).for_life:
            self._false(f"{self._named(message).plan} is theirs for life", "«it is a week longer»")
        self._named(message).add(week[0], self.now, timedelta(days=7))
        self._until(message)

    def _trial(self, message: subscription_messages.TrialEndingMessage) -> None:
        if message.renews:
            self._coming(message)

    def _ending(self, message: Any) -> None:
        account = self._named(message)
        if account.ref and self.town.biller.coming(account.ref) is not None and not self.town.on_its_way:
            self._false(f"{account.plan} goes on", "«it ends soon»")
        self._until(message)

    def _expired(self, message: Any) -> None:
        account = self._named(message)
        # A payment whose event is still on its way is unknown here.
        owed = account.owed_but(self.town.unreported_payments)
        if owed > EXACT + account.slack and not account.kept_out:
            self._false(f"{_days(owed)} of {account.plan} are owed", "«it is over»")
        if account.ref and self.town.biller.coming(account.ref) is not None and not self.town.stopping(account.ref):
            self._false(f"{account.plan} goes on being charged", "«it is over»")
        if self.is_at_bank(account) and not account.kept_out and not self.town.stopping(account.ref):
            self._false(f"a charge for {account.plan} is at the bank", "«it is over»")
        if account.ref in self.refused_late:
            # The bank's late refusal was the provider's last attempt.
            account.grace_announced = None
        if account.end_announced:
            self._false(f"the end of {account.plan} was told with the money that went back", "«it is over»")

    def _ended(self, account: Account, message: Any) -> None:
        """Check the message with a refund that says that access has ended: no time may be owed."""
        if message.word in {"ended", "over"}:
            if account.owed > EXACT + account.slack:
                self._false(f"{_days(account.owed)} of {account.plan} are owed", "«access ended»")
            account.end_announced = not account.owed

    def _canceled(self, message: Any) -> None:
        account = self._named(message)
        if account.ref and self.town.biller.coming(account.ref) is not None:
            self._false("it is charged again", "«no further charge»")
        is_charging = self.is_at_bank(account) or bool(self._billed_behind(account))
        if is_charging is not message.charging and not self.town.on_its_way:
            self._false(f"a charge at the bank: {is_charging}", f"«under way: {message.charging}»")
        account.grace_announced = None
        self._stopped(account)
        if message.charging and account.ref is not None:
            # The charge of the running period may be retried.
            self.no_more[account.ref] = message.until
        self._until(message)

    def _kept(self, message: Any) -> None:
        account = self._named(message)
        self.no_more.pop(account.ref or "", None)
        known = self.town.biller.subscriptions.get(account.ref or "")
        if known is not None and (known.cancel_at_period_end or known.status is ProviderStatus.ENDED):
            self._false("it ends", "«it goes on»")
        if known is not None and message.next_plan and known.next_price_ref is None and not self.town.on_its_way:
            self._false("no other plan is agreed", f"«{message.next_plan} from the next charge on»")

    def _dunned(self, message: Any) -> None:
        account = self._named(message)
        # The charge may be that of a cheaper plan, which begins once the time of the named plan is used.
        refs = {account.ref} | {each.ref for each in self.accounts.values() if account.plan in each.first}
        owing = next((ref for ref in refs if ref in self.arrears), None)
        if owing is None:
            self._false("nothing is owed", "«a charge failed»")
        bill = self.town.biller.bills.get(owing or "")
        if bill is not None and message.amount != bill:
            self._false(f"{bill} are owed", f"«{message.amount}»")
        account.grace_announced = None if message.word == "rests" else message.until

    def _refunded(self, message: payment_messages.RefundedMessage) -> None:
        account = self._named(message)
        if self.town.has_unreported:
            return
        coming = self.town.biller.coming(account.ref) if account.ref else None
        if message.word in {"ended", "shorter"} and coming is not None and not self.town.stopping(account.ref):
            self._false(f"{account.plan} is charged on {coming[0]:%d %b}", "«no further charge»")
        self._ended(account, message)
        if message.word == "shorter":
            if not account.owed and account.ref not in self.arrears and not self.is_at_bank(account):
                self._false("nothing is owed any more", "«access goes on»")
            self._until(message, whatever_follows=True)

        if message.word in {"ended", "shorter", "withheld"}:
            self._stopped(account)
        if message.word == "goes_on" and not self.has(account.plan) and not self._billed_behind(account):
            self._false(f"nothing of {account.plan} is left", "«your access continues as before»")
        if message.word == "goes_on_later" and self.town.stops(account.ref):
            self._false(f"{account.plan} is charged no more", "«its charges continue»")

    def _billed_behind(self, account: Account) -> Account | None:
        """Return the account of the cheaper plan whose charge is at the bank, and which begins once nothing of the
        given plan is left; None if there is none.
        """
        behind = (each for each in self.accounts.values() if account.plan in each.first)
        return next((each for each in behind if self.is_at_bank(each)), None)

    def _stopped(self, account: Account) -> None:
        """Check that nothing is charged any more: neither an outstanding charge nor a charge after readmission."""
        known = self.town.biller.subscriptions.get(account.ref or "")
        is_there = known is not None and known.status is not ProviderStatus.ENDED
        goes_on = known is not None and is_there and not self.town.biller.ends_with_period(known.ref)
        if goes_on and not self.town.stops(account.ref):
            self._false(f"{account.plan} goes on being charged", "«no further charge»")
        if account.ref is not None:
            self.no_more[account.ref] = self.now

    def _lost(self, message: payment_messages.DisputeLost) -> None:
        account = self._named(message)
        if self.town.has_unreported:
            return
        self._ended(account, message)
        if message.word in {"goes_on", "other"}:
            if account.kept_out:
                self._false(f"kept out: {', '.join(account.kept_out)}", "«your access lasts»")
            self._until(message, whatever_follows=True)
        if message.word.startswith("goes_on") and self.town.stops(account.ref):
            self._false(f"{account.plan} is charged no more", "«it goes on renewing»")
        if message.word in {"ended", "other", "withheld"}:
            self._stopped(account)
        if message.word == "withheld" and not account.kept_out:
            self._false(f"inside {account.plan}", "«your access stays paused»")

    def _taken(self, message: Any) -> None:
        account = self._named(message)
        if self.town.has_unreported:
            return
        self._ended(account, message)
        if message.word == "shorter":
            if account.kept_out:
                self._false(f"kept out: {', '.join(account.kept_out)}", "«the rest lasts»")
            self._until(message, whatever_follows=True)
        if message.word == "withheld" and not account.kept_out:
            self._false(f"inside {account.plan}", "«your access stays paused»")

    def _out(self, message: Any) -> None:
        account = self._named(message)
        # Another plan of the same chat may still give access, and disputed time may begin at this moment.
        grace_begins = account.disputed_last is not None and account.owed <= EXACT
        if account.disputes_begin(EXACT) or grace_begins:
            return
        if (self.inside(account.plan) and not self.is_beside(account.plan)) or not account.kept_out:
            self._false("they are inside", "«you are out for now»")

    def _in(self, message: Any) -> None:
        account = self._named(message)
        if account.kept_out and not self.town.has_unreported:
            self._false(f"kept out: {', '.join(account.kept_out)}", "«it goes on»")

    def _planned(self, message: Any) -> None:
        account = self._named(message)
        known = self.town.biller.subscriptions.get(account.ref or "")
        if known is not None and known.next_price_ref is None and not self.town.on_its_way:
            self._false("no other plan is agreed", "«another plan from the next charge on»")
        since = self.stirred.get(account.ref or "", datetime.min.replace(tzinfo=UTC))
        if any(at > since and at < self.now and earlier == message for at, earlier in self.said):
            self._false(
                "this was said before, and nobody has changed it since", "«another plan from the next charge on»"
            )

    def _dropped(self, message: Any) -> None:
        account = self._named(message)
        known = self.town.biller.subscriptions.get(account.ref or "")
        self.agreed.pop(account.ref or "", None)
        if known is not None and known.next_price_ref is not None and not self.town.on_its_way:
            self._false("another plan is agreed", "«it stays as it is»")

    def _paused(self, message: subscription_messages.PausedMessage) -> None:
        account = self._named(message)
        coming = self.town.biller.coming(account.ref) if account.ref else None
        if message.word not in {"wanted", "uncharged"} or self.town.on_its_way:
            return
        if coming is None or message.back is None:
            self._false(f"nothing is charged for {account.plan}", f"«{message.amount} on {message.back}»")
        elif abs(coming[0] - message.back) > HOUR or coming[1] != message.amount:
            self._false(f"{coming[1]} on {coming[0]:%d %b}", f"«{message.amount} on {message.back:%d %b}»")

    def _joined(self, message: channel_messages.JoinedMessage) -> None:
        # The message about a shared chat names the chat, which may have the name of a plan.
        account = self.accounts.get(self.plan_of(message))
        if account is None or account.plan in self.view.for_sale:
            return
        if account.bridged_until is None or self.now >= account.bridged_until:
            # The unpaid days after a readmission are granted when the provider charges again.
            self._until(message)

    def _banned(self, message: channel_messages.BannedMessage) -> None:
        plan = self.plan_of(message)
        account = self.accounts.get(plan, Account(plan))
        if (message.word == "rests") is not ("ban" in account.kept_out) and not self.town.on_its_way:
            self._false(f"kept out: {', '.join(account.kept_out) or 'no'}", f"«{message.word}»")

    def _switched(self, message: subscription_messages.PlanSwitchedMessage) -> None:
        account = self._named(message)
        coming = self.town.biller.coming(account.ref) if account.ref else None
        if self.town.on_its_way or account.ref in self.arrears:
            return
        if message.word == "once":
            self._until(message)
        elif message.word == "rests":
            if not account.kept_out and not self._is_paused(account):
                self._false("they are inside", "«your access stays paused»")
        elif account.kept_out:
            self._false(f"kept out: {', '.join(account.kept_out)}", "«you now have everything»")
        elif message.word == "ends":
            self._stopped(account)
            self._until(message)
        elif message.charge is not None and coming is not None:
            if abs(coming[0] - message.charge) > HOUR or coming[1] != message.amount:
                self._false(f"{coming[1]} on {coming[0]:%d %b}", f"«{message.amount} on {message.charge:%d %b}»")
        elif message.charge is not None:
            self._false("no further charge", f"«{message.amount} on {message.charge:%d %b}»")


_S, _P, _D, _C = subscription_messages, payment_messages, dispute_messages, channel_messages
_CHECKS: dict[type[Message], Callable[[Judge, Any], None]] = {
    _P.PaymentReceivedMessage: Judge._received,
    _P.RenewedMessage: Judge._paid,
    _P.RecoveredMessage: Judge._paid,
    _P.RefundedMessage: Judge._refunded,
    _P.DisputeLost: Judge._lost,
    _S.RenewalComingMessage: Judge._coming,
    _S.TrialEndingMessage: Judge._trial,
    _S.EndingSoon: Judge._ending,
    _S.ExpiredMessage: Judge._expired,
    _S.CanceledMessage: Judge._canceled,
    _S.CancelUndone: Judge._kept,
    _S.PaymentFailedMessage: Judge._dunned,
    _S.DunningMessage: Judge._dunned,
    _S.SuspendedMessage: Judge._out,
    _D.DisputeOpenedMessage: Judge._out,
    _D.DisputeWon: Judge._in,
    _S.ResumedMessage: Judge._in,
    _S.AccessMovedMessage: Judge._until,
    _C.BannedMessage: Judge._banned,
    _C.JoinedMessage: Judge._joined,
    _S.PausedMessage: Judge._paused,
    _S.PlanSwitchedMessage: Judge._switched,
    _S.PlanSwitchPlannedMessage: Judge._planned,
    _S.PlanSwitchDroppedMessage: Judge._dropped,
}

_REFERRED = "referred"
_CHECKS_OF_FEATURES: dict[str, Callable[[Judge, Any], None]] = {"gift_taken": Judge._taken, _REFERRED: Judge._referred}
"""Checks of messages of features, by kind. The message classes exist only while the folders of the features exist."""

_NAMES_END = frozenset(
    {
        _P.PaymentReceivedMessage,
        _P.RenewedMessage,
        _P.RecoveredMessage,
        _S.EndingSoon,
        _S.AccessMovedMessage,
        _S.RenewalComingMessage,
        _S.CanceledMessage,
    }
)
"""Messages that contain the current end of access."""


def _facts(message: Message) -> str:
    parts = []
    for name in ("word", "amount", "until", "charge"):
        value = getattr(message, name, None)
        if value:
            parts.append(f"{name} {value:%d %b}" if isinstance(value, datetime) else f"{name} {value}")
    return f": {', '.join(parts)}" if parts else ""


def _days(length: timedelta) -> str:
    return f"{length / DAY:.1f} days"
