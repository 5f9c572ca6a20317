"""The lifecycle as one table: the result of each event, by the gateway's capabilities. Each row is played.

`python -m tests.lives.life_cycle` writes docs/life-cycle.md; test_life_cycle.py keeps table, page and product
consistent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import structlog

from subscriptions.domain.ids import identifiers_from
from subscriptions.domain.ports.payment_gateway import ProviderStatus
from tests.lives.life import ME, Life, Step

PAGE = Path("docs/life-cycle.md")
DAYS = 24
RENEWS, FIXED, ONCE = "renews, and can wait", "renews on its day", "once"
"""A gateway that charges automatically, skips months, holds charges and reschedules them; a gateway that charges
automatically and cannot reschedule; and one-time payments, at any gateway.
"""


@dataclass(frozen=True)
class Row:
    """One row. before: steps that lead to the state. steps: the event, with the time that passes. plan: the plan in the
    columns.
    """

    event: str
    gateway: str
    before: Sequence[Step]
    steps: Sequence[Step]
    plan: str = "month"


@dataclass(frozen=True)
class Following:
    """Result of a row. subscription, access: before and after. ledger: days by which the end moved. charge: days until
    the next charge, before and after. said: the messages, in order.
    """

    subscription: str
    access: str
    ledger: str
    charge: str
    said: Sequence[str] = field(default=())


BUY, BUY_ONCE, TRIAL = Step("buy", 0, 10 * DAYS), Step("buy", 4, 10 * DAYS), Step("buy", 3, 1)
REFUND, BANK = Step("refund", 0, 0), Step("bank", 0, 0)
DISPUTE, PART = Step("dispute", 0, 0), Step("part_refund", 0, 0)


def _both(event: str, before: Sequence[Step], *steps: Step, plan: str = "month") -> list[Row]:
    return [Row(event, gateway, before, steps, plan) for gateway in (RENEWS, FIXED)]


def _once(event: str, before: Sequence[Step], *steps: Step, plan: str = "once") -> Row:
    return Row(event, ONCE, before, steps, plan)


ROWS: Sequence[Row] = (
    *_both("first payment", [], Step("buy", 0, 0)),
    _once("first payment", [], Step("buy", 4, 0)),
    _once("first payment, for life", [], Step("buy", 6, 0), plan="forlife"),
    *_both("a trial begins", [], Step("buy", 3, 0), plan="taste"),
    *_both("a trial is over", [TRIAL], Step("nothing", 0, 14 * DAYS), plan="taste"),
    *_both("the next period is charged", [BUY], Step("nothing", 0, 21 * DAYS)),
    _once("the time is over", [BUY_ONCE], Step("nothing", 0, 21 * DAYS)),
    _once("more of it is bought", [BUY_ONCE], Step("buy", 4, 0)),
    *_both(
        "the next period is charged at less, for a credit there",
        [BUY, Step("credit", 0, 0)],
        Step("nothing", 0, 21 * DAYS),
    ),
    *_both("a charge fails", [BUY, BANK], Step("nothing", 0, 21 * DAYS)),
    *_both("a charge that failed is paid", [BUY, Step("bank", 0, 21 * DAYS)], Step("retry", 0, 0)),
    *_both("a charge that failed is not paid", [BUY, Step("bank", 0, 21 * DAYS)], Step("nothing", 0, 9 * DAYS)),
    *_both("cancelled", [BUY], Step("cancel", 0, 0)),
    *_both("cancelled at the provider", [BUY], Step("cancel_there", 0, 0)),
    *_both("kept after all", [BUY, Step("cancel", 0, 1)], Step("keep", 0, 0)),
    *_both("cancelled, and the period is over", [BUY, Step("cancel", 0, 0)], Step("nothing", 0, 21 * DAYS)),
    Row("a month is to be left out", RENEWS, [BUY], [Step("pause", 0, 0)]),
    Row("the month left out begins", RENEWS, [BUY, Step("pause", 0, 0)], [Step("nothing", 0, 21 * DAYS)]),
    Row("the month left out is over", RENEWS, [BUY, Step("pause", 0, 21 * DAYS)], [Step("nothing", 0, 31 * DAYS)]),
    Row("goes on before the month left out is over", RENEWS, [BUY, Step("pause", 0, 21 * DAYS)], [Step("go_on", 0, 0)]),
    *_both("a dearer plan", [BUY], Step("change", 0, 0), plan="gold"),
    *_both("a cheaper plan is agreed", [BUY], Step("change", 1, 0)),
    *_both("the cheaper plan begins", [BUY, Step("change", 1, 0)], Step("nothing", 0, 21 * DAYS), plan="lite"),
    _once("what is left goes over to another plan", [BUY_ONCE], Step("change", 0, 0), plan="half"),
    *_both("days by a code", [BUY], Step("code", 7 * 6, 0)),
    _once("days by a code", [BUY_ONCE], Step("code", 4, 0)),
    *_both("a gift is opened", [BUY], Step("gift", 3, 0)),
    *_both("staff adds twenty days", [BUY], Step("staff_days", 6, 0)),
    *_both("staff takes three days of a paid period", [BUY], Step("staff_days", 3, 0)),
    _once("staff takes three days", [BUY_ONCE], Step("staff_days", 3, 0)),
    Row("the charge after days given", RENEWS, [BUY, Step("staff_days", 6, 0)], [Step("nothing", 0, 21 * DAYS)]),
    Row("the charge after days given", FIXED, [BUY, Step("staff_days", 6, 0)], [Step("nothing", 0, 21 * DAYS)]),
    *_both("staff shuts out", [BUY], Step("suspend", 0, 0)),
    *_both("a period passes while staff shuts out", [BUY, Step("suspend", 0, 0)], Step("nothing", 0, 24 * DAYS)),
    *_both("staff lets in again after five days", [BUY, Step("suspend", 0, 5 * DAYS)], Step("restore", 0, 0)),
    _once("staff lets in again after five days", [BUY_ONCE, Step("suspend", 0, 5 * DAYS)], Step("restore", 0, 0)),
    *_both("part of a payment goes back", [BUY], PART),
    *_both("all of the running payment goes back", [BUY], REFUND),
    *_both("all of an earlier payment goes back", [Step("buy", 0, 40 * DAYS)], REFUND),
    _once("all of the running payment goes back", [BUY_ONCE], REFUND),
    *_both("a bank asks about the running payment", [BUY], DISPUTE),
    _once("a bank asks about the running payment", [BUY_ONCE], DISPUTE),
    *_both("a bank asks about an earlier payment", [Step("buy", 0, 40 * DAYS)], DISPUTE),
    *_both("the dispute is won after five days", [BUY, Step("dispute", 0, 5 * DAYS)], Step("dispute_won", 0, 0)),
    *_both("the dispute is lost", [BUY, Step("dispute", 0, 5 * DAYS)], Step("dispute_lost", 0, 0)),
    _once("the dispute is lost", [BUY_ONCE, Step("dispute", 0, 5 * DAYS)], Step("dispute_lost", 0, 0)),
    *_both("the seller changes the price", [BUY], Step("edit", 0, 0)),
    *_both("asks to be erased", [BUY], Step("erase", 0, 0)),
    _once("asks to be erased", [BUY_ONCE], Step("erase", 0, 0)),
)


async def played(row: Row) -> Following:
    """Play a row and return its result. Raises Broken."""
    with identifiers_from(Random(1).randbytes):
        life = Life(moves=row.gateway != FIXED)
        await life.open(referred=False, shared=False)
        for step in row.before:
            await life.do(step)
        before, heard = _stand(life, row), len(life.judge.said)
        for step in row.steps:
            await life.do(step)
        after = _stand(life, row)
    passed = sum(step.wait for step in row.steps) / DAYS
    said = [_kind(message) for _, message in life.judge.said[heard:]]
    ends = [each[2] for each in (before, after)]
    moved = "" if None in ends or ends[0] == ends[1] else f"{(ends[1] - ends[0]) / timedelta(days=1):+.0f} d"
    if ends[0] is None and ends[1] is not None:
        moved = f"+{(ends[1] - life.town.clock.now()) / timedelta(days=1) + passed:.0f} d"
    return Following(
        _step(before[0], after[0]), _step(before[1], after[1]), moved or "–", _step(before[3], after[3]), tuple(said)
    )


def _step(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def _kind(message: object) -> str:
    kind, word = getattr(message, "kind", ""), getattr(message, "word", "")
    return f"{kind} ({word})" if word and word != "other" else str(kind)


def _stand(life: Life, row: Row) -> tuple[str, str, object, str]:
    memory = life.shop.memory
    plans = {each.id: each.soft_id for each in memory.rows("service_plans")}
    people = {each.id for each in memory.rows("customers") if each.telegram_id == ME}
    mine = [each for each in memory.rows("subscriptions") if each.customer_id in people]
    live = [each for each in mine if plans[each.plan_id] == row.plan] or mine
    held = live[-1] if live else None
    status = str(held.status) if held is not None else "none"
    inside = "inside" if held is not None and life.judge.inside(plans[held.plan_id]) else "outside"
    end = held.access_until if held is not None else None
    return status, inside, end, _charge(life)


def _charge(life: Life) -> str:
    for ref, known in life.biller.subscriptions.items():
        if known.status is ProviderStatus.ENDED:
            continue
        if known.status is ProviderStatus.PAST_DUE:
            return "owed"
        if ref in life.biller.held:
            return "held"
        coming = life.biller.coming(ref)
        if coming is not None:
            return f"{(coming[0] - life.town.clock.now()) / timedelta(days=1):.0f} d"
    return "none"


HEAD = """# The life cycle

What follows from each event, by what a gateway can do. `python -m tests.lives.life_cycle` writes this page from the
table in `tests/lives/life_cycle.py`, every row of which is played on the real use cases, and a test holds page, table
and product together. What is to hold in every order of events is played by random lives, see
[reliability](reliability.md#random-lives).

The customer paid for thirty days ten days before the event, unless it says otherwise. *Subscription* and *access*:
before → after. *Ledger*: by how many days the end of what they have moves. *Next charge*: in how many days, before →
after (*held*: nothing is charged for now; *owed*: a charge failed). *Said*: the kinds of message, with the word that
chooses the text.

Gateways: **renews, and can wait** charges again by itself, leaves out months, holds charges and puts them off (Stripe);
**renews on its day** holds charges and moves none (PayPal); **once** is what is paid once or by the period, at any.

| event | gateway | subscription | access | ledger | next charge | said |
|---|---|---|---|---|---|---|
"""


PARTS = (
    ("a part is refunded", "the time stays"),
    ("a bank asks about exactly half of the payment, or less", "the customer stays inside; the alarm names the part"),
    ("banks ask about more than half, all disputes added up", "access is suspended, as with a dispute about all of it"),
    ("the amount of an open dispute changes", "access is suspended or given back by the new amount"),
    ("a part is lost", "the time stays, and days out are added"),
    ("a dispute is won", "days out are added"),
    ("nothing is left, by refunds and lost disputes together", "as with a full refund: the time that did not run ends"),
)
TAIL = f"""
## Parts of a payment

What is left of a payment is what was paid, less its refunds and less what banks took in lost disputes. A refund by
which a provider carries out a dispute counts once, with the dispute. Disputes add up, those that were lost included.
What was paid together is measured together.

| event | follows |
|---|---|
{chr(10).join(f"| {event} | {follows} |" for event, follows in PARTS)}

## Leaving, and bans by hand

| event | follows |
|---|---|
| the customer leaves a chat | the access is *left*: no reminder, no alarm; /estado says since when, and makes a link |
| the customer comes back | the access is inside again |
| somebody bans the customer from a chat | the access is *banned*: no link, no entry; customer and owners are told |
| the plan opens nothing else | it is paused as well: nothing is charged where the provider can wait, and no time runs |
| the plan opens other chats | these stay open, and charges go on; the owners decide |
| the ban is lifted at Telegram, or by staff | a new link; a plan that was paused goes on, the days out added |
| the ban is lifted while something else keeps the customer out | they stay out until that is over; then a new link |
| the plan changes, or opens another chat | the hold follows what the plan opens now; so does a further purchase |
| the customer wants to move to another account | refused until the ban is lifted |
| staff bars and refunds | the last payment goes back, access ends, and the customer can buy nothing more |

A removal of ours ends in an unban, and is noted before its ban, so that any other ban is known as a person's decision.
The same follows for somebody who was banned before they bought: the ban is found when their link is to be made.

## Given days and further charges

Days for a friend, by staff, by a code or for staying are given, not bought. Once nothing paid is left, the provider
charges no more, whatever given days come after the paid period: the customer keeps those to their end. Days for a
friend go back with the payment that brought them. Billing goes on only if a later period is paid, or if the provider
has charged one that is not on record yet. What a customer reads about further charges, the preview of a refund and the
refund itself follow from this one decision (`domain/services/reversal_decisions.py`, `Subscription.renews`).
"""


def page(table: Sequence[tuple[Row, Following]]) -> str:
    """Return the table as Markdown: gateways with the same result share a line."""
    lines, seen = list[str](), dict[tuple[str, Following], list[str]]()
    for row, then in table:
        seen.setdefault((row.event, then), []).append(row.gateway)
    for (event, then), gateways in seen.items():
        kinds = "; ".join(gateways)
        said = ", ".join(f"`{each}`" for each in then.said) or "–"
        lines.append(
            f"| {event} | {kinds} | {then.subscription} | {then.access} | {then.ledger} | {then.charge} | {said} |"
        )
    return HEAD + "\n".join(lines) + "\n" + TAIL


async def table() -> list[tuple[Row, Following]]:
    """Return every row with its result."""
    return [(row, await played(row)) for row in ROWS]


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    PAGE.write_text(page(asyncio.run(table())), encoding="utf-8")
