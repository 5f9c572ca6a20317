"""The lifecycle of a subscription as one table: the result of each event, by the gateway's capabilities. The result of
each row is determined by running its steps.

`python -m tests.lives.life_cycle` writes docs/life-cycle.md; test_life_cycle.py checks that table, page and product
agree.
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
RENEWS, FIXED, ONCE = "renews, reschedulable", "renews, fixed date", "one-time"
"""Three columns: a gateway that charges automatically, skips months, pauses billing and reschedules charges; a gateway
that charges automatically and cannot reschedule; and one-time payments, at any gateway.
"""


@dataclass(frozen=True)
class Row:
    """One row. before: steps that lead to the initial state. steps: the event, with the time that passes. plan: slug of
    the plan whose subscription is shown.
    """

    event: str
    gateway: str
    before: Sequence[Step]
    steps: Sequence[Step]
    plan: str = "month"


@dataclass(frozen=True)
class Following:
    """Result of a row. subscription, access: status before and after. ledger: days by which the end moved. charge: days
    until the next charge, before and after. said: the messages, in order.
    """

    subscription: str
    access: str
    ledger: str
    charge: str
    said: Sequence[str] = field(default=())


BUY, BUY_ONCE, TRIAL = Step("buy", 0, 10 * DAYS), Step("buy", 4, 10 * DAYS), Step("buy", 3, 1)
FAILED, LATER = Step("bank", 0, 20 * DAYS), Step("nothing", 0, 2 * DAYS)
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
    *_both("a trial ends", [TRIAL], Step("nothing", 0, 14 * DAYS), plan="taste"),
    *_both("the next period is charged", [BUY], Step("nothing", 0, 21 * DAYS)),
    _once("the paid time ends", [BUY_ONCE], Step("nothing", 0, 21 * DAYS)),
    _once("another period is bought", [BUY_ONCE], Step("buy", 4, 0)),
    *_both(
        "the next period is charged, reduced by a credit",
        [BUY, Step("credit", 0, 0)],
        Step("nothing", 0, 21 * DAYS),
    ),
    *_both("a charge fails", [BUY, BANK], Step("nothing", 0, 21 * DAYS)),
    *_both("a failed charge is paid", [BUY, Step("bank", 0, 21 * DAYS)], Step("retry", 0, 0)),
    *_both("a failed charge stays unpaid", [BUY, Step("bank", 0, 21 * DAYS)], Step("nothing", 0, 9 * DAYS)),
    *_both("another method pays during the grace period", [BUY, FAILED, LATER], Step("buy", 14, 0)),
    *_both("a new subscription is bought during the grace period", [BUY, FAILED, LATER], Step("buy", 0, 0)),
    *_both("the customer cancels", [BUY], Step("cancel", 0, 0)),
    *_both("the customer cancels at the provider", [BUY], Step("cancel_there", 0, 0)),
    *_both("the customer undoes the cancellation", [BUY, Step("cancel", 0, 1)], Step("keep", 0, 0)),
    *_both("a canceled period ends", [BUY, Step("cancel", 0, 0)], Step("nothing", 0, 21 * DAYS)),
    Row("the customer plans a pause of one month", RENEWS, [BUY], [Step("pause", 0, 0)]),
    Row("the pause begins", RENEWS, [BUY, Step("pause", 0, 0)], [Step("nothing", 0, 21 * DAYS)]),
    Row("the pause ends", RENEWS, [BUY, Step("pause", 0, 21 * DAYS)], [Step("nothing", 0, 31 * DAYS)]),
    Row("the customer resumes during the pause", RENEWS, [BUY, Step("pause", 0, 21 * DAYS)], [Step("go_on", 0, 0)]),
    *_both("upgrade to a more expensive plan", [BUY], Step("change", 0, 0), plan="gold"),
    *_both("downgrade to a cheaper plan is scheduled", [BUY], Step("change", 1, 0)),
    *_both("the downgrade takes effect", [BUY, Step("change", 1, 0)], Step("nothing", 0, 21 * DAYS), plan="lite"),
    _once("change of a one-time plan, with credit", [BUY_ONCE], Step("change", 0, 0), plan="half"),
    *_both("a code adds days", [BUY], Step("code", 7 * 6, 0)),
    _once("a code adds days", [BUY_ONCE], Step("code", 4, 0)),
    *_both("the customer redeems a gift", [BUY], Step("gift", 3, 0)),
    *_both("staff adds twenty days", [BUY], Step("staff_days", 6, 0)),
    *_both("staff deducts three days of a paid period", [BUY], Step("staff_days", 3, 0)),
    _once("staff deducts three days", [BUY_ONCE], Step("staff_days", 3, 0)),
    Row("the charge after granted days", RENEWS, [BUY, Step("staff_days", 6, 0)], [Step("nothing", 0, 21 * DAYS)]),
    Row("the charge after granted days", FIXED, [BUY, Step("staff_days", 6, 0)], [Step("nothing", 0, 21 * DAYS)]),
    *_both("staff suspends the customer", [BUY], Step("suspend", 0, 0)),
    *_both("a period ends during the suspension", [BUY, Step("suspend", 0, 0)], Step("nothing", 0, 24 * DAYS)),
    *_both("staff lifts the suspension after five days", [BUY, Step("suspend", 0, 5 * DAYS)], Step("restore", 0, 0)),
    _once(
        "staff lifts the suspension after five days", [BUY_ONCE, Step("suspend", 0, 5 * DAYS)], Step("restore", 0, 0)
    ),
    *_both("partial refund", [BUY], PART),
    *_both("full refund of the current payment", [BUY], REFUND),
    *_both("full refund of an earlier payment", [Step("buy", 0, 40 * DAYS)], REFUND),
    _once("full refund of the current payment", [BUY_ONCE], REFUND),
    *_both("a dispute of the current payment is opened", [BUY], DISPUTE),
    _once("a dispute of the current payment is opened", [BUY_ONCE], DISPUTE),
    *_both("a dispute of an earlier payment is opened", [Step("buy", 0, 40 * DAYS)], DISPUTE),
    *_both("the dispute is won after five days", [BUY, Step("dispute", 0, 5 * DAYS)], Step("dispute_won", 0, 0)),
    *_both("the dispute is lost", [BUY, Step("dispute", 0, 5 * DAYS)], Step("dispute_lost", 0, 0)),
    _once("the dispute is lost", [BUY_ONCE, Step("dispute", 0, 5 * DAYS)], Step("dispute_lost", 0, 0)),
    *_both("a dispute of the last payment is opened during the grace period", [BUY, FAILED, LATER], DISPUTE),
    *_both("… and won after a day", [BUY, FAILED, LATER, Step("dispute", 0, DAYS)], Step("dispute_won", 0, 0)),
    *_both("… and lost", [BUY, FAILED, LATER, Step("dispute", 0, DAYS)], Step("dispute_lost", 0, 0)),
    *_both("… and the failed charge is paid", [BUY, FAILED, LATER, Step("dispute", 0, DAYS)], Step("retry", 0, 0)),
    *_both("the seller changes the price", [BUY], Step("edit", 0, 0)),
    *_both("the customer requests erasure", [BUY], Step("erase", 0, 0)),
    _once("the customer requests erasure", [BUY_ONCE], Step("erase", 0, 0)),
)


async def played(row: Row) -> Following:
    """Run a row's steps and return the result. Raises Broken if a guarantee is violated."""
    with identifiers_from(Random(1).randbytes):
        life = Life(moves=row.gateway != FIXED)
        await life.open(referred=False, shared=False)
        for step in row.before:
            await life.do(step)
        before, before_count = _stand(life, row), len(life.judge.said)
        for step in row.steps:
            await life.do(step)
        after = _stand(life, row)
    passed = sum(step.wait for step in row.steps) / DAYS
    said = [_kind(message) for _, message in life.judge.said[before_count:]]
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
    mine = [each for each in memory.rows("subscriptions") if each.customer_id in people and not each.is_replaced]
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

The effects of each event on a subscription, by the gateway's capabilities. `python -m tests.lives.life_cycle`
generates this page from the table in `tests/lives/life_cycle.py`. Every row is executed with the real use cases, and a
test checks that the page matches the results. Invariants that must be true in any order of events are tested with
random life cycles, see [reliability](reliability.md#random-lives).

Unless the event says otherwise, the customer paid for thirty days ten days earlier. *Subscription* and *access*:
before → after. *Ledger*: number of days by which the end of access moves. *Next charge*: days until the charge, before
→ after (*held*: billing is paused; *owed*: a charge failed). *Said*: the kinds of message sent to the customer, with
the variant of the text in parentheses.

Gateways: **renews, reschedulable** charges automatically, skips months, pauses billing and moves charges (Stripe);
**renews, fixed date** pauses billing but cannot move a charge (PayPal); **one-time** is a payment without automatic
renewal, at any provider.

| event | gateway | subscription | access | ledger | next charge | said |
|---|---|---|---|---|---|---|
"""


PARTS = (
    ("a part is refunded by the seller, however large", "the time is unchanged"),
    ("disputes of half of the payment or less", "the customer stays inside; the owner alert names the amount"),
    (
        "disputes of more than half in total, or of all that refunds left",
        "access is suspended, as with a dispute of the full amount",
    ),
    (
        "a dispute about paid time that has not begun",
        "access is suspended once that time begins, while other time runs before it",
    ),
    (
        "a dispute about a payment whose time is used up",
        "nothing is suspended while other time runs or a charge is under way; a dispute about the last payment suspends"
        " grace days, until the failed charge is paid",
    ),
    (
        "a dispute about a payment whose period is over at the provider, while granted days were used first",
        "what counts is the time that is left: access is suspended",
    ),
    ("… or while the next charge is at the bank, as the bank confirmed the disputed payment late", "the same"),
    ("the amount of an open dispute changes", "access is suspended or restored according to the new amount"),
    ("disputes of half of the payment or less are lost", "the time is unchanged, and the suspended days are added"),
    (
        "disputes of more than half in total, or of all that refunds left, are lost",
        "as with the full amount: the remaining time and billing end",
    ),
    ("a bank takes money back without a dispute", "more than half counts as all, half or less as a partial refund"),
    ("a dispute is won", "the suspended days are added"),
    (
        "a lost dispute is decided for the seller later",
        "receipts and figures count the payment again; the owners decide whether the customer gets the time back",
    ),
    (
        "a won dispute is opened again, or lost later",
        "as with a new dispute, each time: days are added, and a credit note issued; an owner alert names the amount",
    ),
    ("a payment that was refunded is lost as well", "an owner alert names the amount"),
    (
        "the price difference of a plan change is disputed",
        "it is compared with all payments of that period; a loss is treated as the loss of a part",
    ),
    ("refunds and lost disputes reach the full amount", "as with a full refund: the remaining time ends"),
)
TAIL = f"""
## Parts of a payment

The balance of a payment is its amount less its refunds and lost disputes. If a provider settles a dispute by a refund,
the amount counts once, as the dispute. The amounts of all disputes of a payment, including lost ones, are added up.
Amounts that were paid together for one period are compared together. What a bank takes has one threshold, when a
dispute is opened and when it is lost: more than half of the payment counts as all of it, and the card is not charged
again. Of two decisions about the same dispute the later one counts, in whatever order they arrive.

| event | result |
|---|---|
{chr(10).join(f"| {event} | {follows} |" for event, follows in PARTS)}

## What the provider decides

| event | result |
|---|---|
| the seller ends a subscription at the provider | no charge follows, and access lasts as long as what was paid |
| … without time left, as in a skipped month | the subscription ends at once, and the plan can be bought again |
| … while the customer is suspended | the rest is kept, and runs after the suspension |
| a bank decides days after the purchase (SEPA, eCheck) | the paid time begins with the money, not with the press |
| … about a renewal or a retry | the period stays the provider's, and access continues until the bank decides |
| … and refuses after more than a day | the grace days begin with the refusal |
| … about the charge that ends a skipped month | the customer stays outside, and the period begins with the money |
| … about the cheaper plan's charge after a change | the old plan's days are used; then as for any renewal |
| … about the difference of a plan change | the new plan begins at once; if refused, the difference is owed |
| … about a gift | the gift comes with the money, and its time begins when it is opened; a refused one is not sent |
| … and the customer cancels meanwhile | the message names the charge and the end of its period |
| the time is over, whatever the state | the provider is asked often at first, after a day every four hours |

## Paying by another method after a failed charge

Until the grace period ends, a customer whose charge failed can buy the same plan by any method, also by a new
subscription at the same provider. The purchase takes the place of the failed charge
([ADR 32](adr/0032-a-purchase-replaces-a-failed-charge.md)).

| event | result |
|---|---|
| the other payment arrives | the provider's old subscription is canceled at once, and its charge is not collected |
| … paid once | the time begins with the failed charge's period, as if that charge had been paid late |
| … and that period would be over already | the time begins with the payment |
| … by a provider that renews | the provider's period begins with the payment |
| … while days of a gift, or granted ones, are left | the paid time follows them |
| a bank decides about it days later (SEPA, eCheck) | nothing changes until then; the grace period ends as before |
| the failed charge is collected as well | the first one recorded counts; the other goes back, or raises an alarm |
| the provider does not cancel | the job is repeated; an alarm names the subscription (`still_billed`) or the job |
| the checkout is abandoned | the grace period ends as before |
| the charge that ends a skipped month failed | the same; the time begins with the payment |
| the customer canceled after the failed charge | the same, until access ends; the time begins with the payment |
| staff, a dispute or a ban suspends the customer | refused, as without a failed charge |

## Leaving and manual bans

| event | result |
|---|---|
| the customer leaves a chat | the access is *left*: no reminder, no alert; /estado shows the date and creates a link |
| … and buys the plan, or another with this chat, again | a new link, without a request |
| the customer comes back | the access is inside again |
| the customer paid and can enter no chat of the plan | after five minutes customer and owners hear until when |
| … and can enter before that | a link; the time between payment and link is given back; the last day of a pass stays |
| … and cannot for `NO_ACCESS_REFUND_DAYS` days, or a shorter paid time | a refund; subscription and billing end |
| … and has granted days, or a gift paid for them | the refund takes its own time only; charges stop |
| … and a chat of the plan works, or the customer was inside | no automatic refund; the alarm stays |
| an admin bans the customer from a chat | the access is *banned*: no link, no entry; customer and owners are notified |
| … and the plan has no other entitlement | the plan is paused: no charge where the provider supports it; no time runs |
| … and the plan has other chats | these stay accessible, and charges continue; the owners decide |
| the ban is lifted at Telegram, or by staff | a new link; a paused plan resumes, and the banned days are added |
| the ban is lifted during another suspension | the customer stays out until that suspension ends; then a new link |
| the plan or its entitlements change | whether the plan is paused is decided again; likewise after another purchase |
| the customer requests an account transfer | refused until the ban is lifted |
| staff bans and refunds | periods not over are refunded, access ends, and the customer can no longer buy |

When Umbral removes a member, it records the removal before the ban and unbans the member afterwards. Any other ban is
therefore recognised as a person's decision. The same rules apply to a customer who was banned before the purchase: the
ban is detected when the link is created.

## Days and plans

Every day belongs to the plan that it was bought or granted for, and is had as that plan: paid periods, one-time
purchases, gifts, days of promotions, codes and trials, days granted by staff or for a referral, imported days, and days
given back. A change of plan converts no days. What somebody has is therefore worth what was paid and given, in any
currency, for any period, and after any number of changes.

| event | result |
|---|---|
| change to a plan of the same or a higher price | the new plan begins at once; other days of the old plan wait |
| … and the provider's running period | goes along, because the provider charges the difference for its rest |
| … and days of the new plan that waited | run again |
| change to a cheaper plan at the renewal | the days of the old plan are used first; then the new plan begins |
| … and the provider can move the charge | the charge, and the change with it, are moved to the end of those days |
| … and it cannot | the charge keeps its date; the paid period waits until those days are used |
| … and that charge fails | the days of the old plan are used; the grace days of the new plan follow |
| a cheaper plan, set by the seller at the provider | the same |
| a plan set at the provider while the charge is postponed | it begins with that charge |
| the subscription ends while days of another plan wait | they begin, and the customer is notified |
| … and the customer has a live subscription of that plan | they are added to it |
| … and the customer has none | they begin on a new subscription without charges; other plans' days wait behind |
| … because staff removed or banned the customer, or erased the data | they end too; a ban refunds the paid ones |
| … and the customer is blocked | they begin, because a block leaves existing subscriptions as they are |
| the customer withdraws from an unpaid trial | the trial ends; days from elsewhere stay, and waiting days begin |
| the payment of waiting days is refunded, or its dispute is lost | those days end, and no others |
| a period's payment is reversed after a change of plan | its rest ends; an alarm offers to refund the difference |
| change of a plan paid once | its payment's credit is converted; with other days left, the change is refused |

While days wait, /estado, the Mini App, the customer's page, the panel and the API list them: plan, number of days, and
when they begin. Previews name the days that will end or begin. The screen of a change says which days wait, which are
used first and until when, and which run again, by the rule with which the change is carried out (`SyncPlan`,
`domain/entities/ledger.py`).

## Granted days and further charges

Days for a referral, from staff, from a code or for staying are granted, not bought. When no paid time is left, the
provider stops charging even if granted days follow the paid period; the customer keeps those days until they end. Days
for a referral are withdrawn together with the payment that earned them. Billing continues only if a later period is
paid, or while the charge of a later period is under way: at the bank, or made and not on record yet. If that charge is
refused, billing stops and the subscription ends, as if the bank had refused it before the refund. The texts about
further charges, the preview of a refund and the refund itself use this one decision
(`domain/services/reversal_decisions.py`, `Subscription.renews`).

One's own money decides about one's own billing. A gift that is refunded or lost in a dispute, and referral days that
are withdrawn, take only their own time: a subscription that the recipient pays for is neither suspended nor ended, and
is charged on. If its next charge was postponed behind that time, access continues until the charge can be announced and
made.

Whether a charge is under way is stored as the provider reports it (`Subscription.charging_since`). While it is, the
customer has access until the end of the period, whatever time was granted and whatever suspension has ended since. """


def page(table: Sequence[tuple[Row, Following]]) -> str:
    """Return the table as Markdown. Gateways with the same result share a line."""
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
