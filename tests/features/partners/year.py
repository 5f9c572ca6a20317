"""Partners in the simulated year: the customers they refer, their attempts at self-dealing, and a recalculation of
their ledgers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from features.partners.use_cases.arrive_by_partner import ReferralOutcome
from features.partners.wiring import PartnersContainer
from subscriptions.application.people.customers import Person as Writer
from subscriptions.domain.ids import TelegramId, new_uuid
from tests.fakes.clock import ManualClock
from tests.year.agenda import Agenda
from tests.year.chance import Stream
from tests.year.house import OWNER, House
from tests.year.journal import Journal
from tests.year.line import Line
from tests.year.promises import Broken
from tests.year.reading import Row

PAYOUTS_EVERY: Final = timedelta(days=30)
COMES_BY_LINK: Final = 0.5
_PAYMENTS: Final = """
SELECT pay.id, c.telegram_id AS person, plan.soft_id AS plan, pay.amount_minor - coalesce(pay.excess_minor, 0) AS base,
       pay.amount_currency AS currency, pay.flag, pay.occurred_at AS at,
       (SELECT coalesce(sum(amount_minor), 0) FROM refunds WHERE payment_id = pay.id AND status = 'given') AS back,
       EXISTS (SELECT FROM disputes WHERE payment_id = pay.id AND status IN ('open', 'lost')) AS disputed
FROM payments AS pay JOIN customers AS c ON c.id = pay.customer_id JOIN orders AS o ON o.id = pay.order_id
LEFT JOIN LATERAL (SELECT to_plan_id AS id FROM plan_changes WHERE plan_changes.subscription_id = pay.subscription_id
                   AND changed_at <= pay.recorded_at AND NOT o.gift ORDER BY changed_at DESC LIMIT 1) AS after ON true
LEFT JOIN LATERAL (SELECT from_plan_id AS id FROM plan_changes WHERE plan_changes.subscription_id = pay.subscription_id
                   AND NOT o.gift ORDER BY changed_at LIMIT 1) AS began ON true
JOIN service_plans AS plan ON plan.id = coalesce(after.id, began.id, o.plan_id) ORDER BY pay.occurred_at, pay.id
"""
_ENTRIES: Final = """
SELECT p.code, e.kind, e.payment_id, e.amount_minor AS minor, e.amount_currency AS currency, e.held_until
FROM partner_entries AS e JOIN partners AS p ON p.id = e.partner_id ORDER BY e.at, e.payment_id, e.number
"""
_WAS_CUSTOMER: Final = """
SELECT EXISTS (SELECT FROM subscriptions JOIN customers AS c ON c.id = customer_id WHERE c.telegram_id = $1)
"""
_REFUSED: Final = "SELECT facts ->> 'code' AS code, why FROM audit_log WHERE action = 'partner.refuse'"


@dataclass(frozen=True)
class Deal:
    """Partner with the agreed terms.

    basis: commission in basis points; 0 for a fixed commission
    cents: fixed commission for each payment in euros, in cents
    first: True if only the first payment of each person counts
    """

    number: int
    code: str
    basis: int = 0
    cents: int = 0
    first: bool = False
    plans: frozenset[str] = frozenset()
    hold: timedelta = timedelta(days=14)

    def answers(self) -> dict[str, str]:
        """Return the inputs of the staff command that adds this partner."""
        commission = f"{self.basis / 100:.2f} %" if self.basis else f"{self.cents / 100:.2f} EUR"
        when = "first" if self.first else "each"
        days = str(self.hold.days)
        return {"code": self.code, "commission": commission, "when": when, "plans": ", ".join(self.plans), "hold": days}

    def earns(self, payment: Row) -> int:
        """Return the commission of a counted payment, in cents."""
        if payment["flag"] is not None or payment["person"] == self.number:
            return 0
        if self.plans and payment["plan"] not in self.plans:
            return 0
        if self.basis:
            return int(payment["base"] * self.basis // 10_000)
        return min(self.cents, payment["base"]) if payment["currency"] == "EUR" else 0


def deals(first_number: int) -> list[Deal]:
    """Return the partners: the first customers of the year, who may also buy plans."""
    return [
        Deal(first_number, "CADA", basis=2000),
        Deal(first_number + 1, "PRIMERA", cents=500, first=True, hold=timedelta(days=30)),
        Deal(first_number + 2, "PARTES", basis=1234, plans=frozenset({"diario", "mensual", "semanal"})),
    ]


class Partners:
    """Simulation that adds partners, sends customers through their links, pays out, and checks the balances."""

    def __init__(
        self,
        house: House,
        line: Line,
        agenda: Agenda,
        clock: ManualClock,
        journal: Journal,
        chance: Stream,
        first_customer: int,
    ) -> None:
        self._house, self._line, self._agenda = house, line, agenda
        self._clock, self._journal, self._chance = clock, journal, chance
        self._deals = {deal.code: deal for deal in deals(first_customer)}
        self._brought: dict[int, str] = {}
        self._refused: list[tuple[str, str]] = []
        self._paid: dict[tuple[str, str], int] = defaultdict(int)

    async def begin(self) -> None:
        """Make customers partners by staff commands."""
        for deal in self._deals.values():
            writer = Writer(telegram_id=TelegramId(deal.number), first_name="Socia", username=None, language_code="es")
            customer = await self._house.core.meet_customer()(writer)
            await self._act("add_partner", str(customer.id), deal.answers())
        self._agenda.after(PAYOUTS_EVERY, self._pay_out)

    async def come(self, person: int) -> None:
        """Let some new customers open a partner's link. A partner also opens their own link, and then another
        partner's.
        """
        codes = list(self._deals)
        own = next((code for code, deal in self._deals.items() if deal.number == person), None)
        if own is not None:
            await self._open(person, own)
            await self._open(person, codes[(codes.index(own) + 1) % len(codes)])
        elif self._chance.happens(COMES_BY_LINK):
            await self._open(person, self._chance.choice(codes))

    async def _open(self, person: int, code: str) -> None:
        expected = await self._expected(person, code)
        outcome = await PartnersContainer(core=self._house.core).arrive_by_partner()(TelegramId(person), code)
        self._journal.log(f"link {outcome}", code, person=person)
        if outcome is not expected:
            raise Broken("a link brings who is nobody's, and no circle", [code, outcome, expected], person)
        if outcome is ReferralOutcome.BROUGHT:
            self._brought[person] = code
        elif outcome in {ReferralOutcome.OWN, ReferralOutcome.CIRCLE}:
            self._refused.append((code, str(outcome)))

    async def _expected(self, person: int, code: str) -> ReferralOutcome:
        if self._deals[code].number == person:
            return ReferralOutcome.OWN
        if person in self._brought or await self._line.fetchval(_WAS_CUSTOMER, person):
            return ReferralOutcome.KNOWN
        above: str | None = code
        while above is not None:
            above = self._brought.get(self._deals[above].number)
            if above is not None and self._deals[above].number == person:
                return ReferralOutcome.CIRCLE
        return ReferralOutcome.BROUGHT

    async def _pay_out(self) -> None:
        """Pay out every payable balance of the statements."""
        for deal in self._deals.values():
            for balance in (await self._statement(deal)).balances:
                if balance.payable:
                    amount = balance.money(balance.payable)
                    answers = {"payout": f"{amount.plain} {amount.currency}", "reference": str(new_uuid())}
                    await self._act("record_payout", deal.code, answers)
                    self._paid[deal.code, balance.currency] += balance.payable
        self._agenda.after(PAYOUTS_EVERY, self._pay_out)

    async def hold(self) -> None:
        """Raise Broken if a ledger or its statement differs from the partner's payments."""
        entries = [dict(row) for row in await self._line.fetch(_ENTRIES)]
        payments = [dict(row) for row in await self._line.fetch(_PAYMENTS)]
        refused = sorted((row["code"], row["why"]) for row in await self._line.fetch(_REFUSED))
        if refused != sorted(self._refused):
            raise Broken("who deals with oneself is listed", [refused, sorted(self._refused)], None)
        for deal in self._deals.values():
            own = [entry for entry in entries if entry["code"] == deal.code]
            theirs = [each for each in payments if self._brought.get(each["person"]) == deal.code]
            self._hold_payments(deal, own, theirs)
            await self._hold_statement(deal, own)

    def _hold_payments(self, deal: Deal, entries: list[Row], payments: list[Row]) -> None:
        known = {each["id"] for each in payments}
        if any(entry["payment_id"] not in known for entry in entries if entry["kind"] != "paid"):
            raise Broken("a partner earns by whom they brought", [deal.code, entries], None)
        earning: dict[int, int] = defaultdict(int)
        waiting: dict[int, list[Row]] = defaultdict(list)
        for payment in payments:
            lines = [(entry["kind"], entry["minor"]) for entry in entries if entry["payment_id"] == payment["id"]]
            earned = sum(minor for kind, minor in lines if kind == "earned")
            left = earned - sum(minor for kind, minor in lines if kind == "reversed")
            whole, back = deal.earns(payment), self._back(payment)
            kept = whole - whole * back // payment["base"]
            if deal.first:
                earning[payment["person"]] += left > 0
                waiting[payment["person"]] += [payment] if kept and not earned else []
            elif (left, earned) not in {(kept, whole), (kept, 0) if back == payment["base"] else (kept, whole)}:
                raise Broken(
                    "a commission is the agreed part of what stayed", [deal, payment, lines], payment["person"]
                )
            if deal.first and earned and (earned != whole or left not in {kept, 0}):
                raise Broken(
                    "a commission is the agreed part of what stayed", [deal, payment, lines], payment["person"]
                )
        for person, rows in waiting.items():
            if rows and earning[person] != 1:
                raise Broken("the first payment that stayed earns, and no other", [deal, *rows], person)
        if any(count > 1 for count in earning.values()):
            raise Broken("the first payment that stayed earns, and no other", [deal, dict(earning)], None)

    def _back(self, payment: Row) -> int:
        return int(payment["base"] if payment["disputed"] else min(payment["back"], payment["base"]))

    async def _hold_statement(self, deal: Deal, entries: list[Row]) -> None:
        sums: dict[str, dict[str, int]] = {}
        for entry in entries:
            of_currency = sums.setdefault(entry["currency"], {"earned": 0, "reversed": 0, "paid": 0})
            of_currency[entry["kind"]] += entry["minor"]
        statement = await self._statement(deal)
        reported = {
            balance.currency: {"earned": balance.earned, "reversed": balance.reversed, "paid": balance.paid}
            for balance in statement.balances
        }
        if reported != sums:
            raise Broken("a statement says what stands in the ledger", [deal.code, reported, sums], None)
        for balance in statement.balances:
            if balance.owed != balance.earned - balance.reversed - balance.paid:
                raise Broken("earned less reversed less paid is owed", [balance], None)
            if balance.paid != self._paid[deal.code, balance.currency]:
                raise Broken("what was handed on is in the ledger, once", [balance, dict(self._paid)], None)
            held = self._held(entries, balance.currency, self._clock.now())
            if (balance.held, balance.payable) != (held, max(balance.owed - held, 0)):
                raise Broken("nothing is paid before its hold is over", [balance, held], None)
        came = sum(code == deal.code for code in self._brought.values())
        if statement.reach.came != came:
            raise Broken("a statement counts who came", [statement.reach, came], None)

    def _held(self, entries: list[Row], currency: str, now: datetime) -> int:
        open_lines = [e for e in entries if e["currency"] == currency and e["held_until"] and now < e["held_until"]]
        return sum(entry["minor"] if entry["kind"] == "earned" else -entry["minor"] for entry in open_lines)

    async def _statement(self, deal: Deal) -> Any:
        statement = await PartnersContainer(core=self._house.core).show_statement()(TelegramId(deal.number))
        if statement is None:
            raise Broken("a partner has a statement", [deal], deal.number)
        return statement

    async def _act(self, command: str, subject: str, answers: dict[str, str]) -> None:
        await self._house.bot.panel().run_command()(OWNER, command, subject, answers, new_uuid())


PARTS = {"partners": Partners}
COUNTS = {"link brought": None}
"""Events that must occur when the test simulates a busy week."""
