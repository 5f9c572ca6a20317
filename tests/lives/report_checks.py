"""Comparison of /estado, messages and receipts with the ledger, the provider and the payments."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from subscriptions.application.views.show_status import SubscriptionView
from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ports.payment_gateway import Capability, ProviderStatus
from tests.lives.judge import GRACE, HOUR, LOOK, SELDOM, Broken, Judge

if TYPE_CHECKING:
    from tests.lives.life import Life

_CHARGES: Final = frozenset({ProviderStatus.ACTIVE, ProviderStatus.PAUSED, ProviderStatus.TRIALING})


async def hold_status(life: Life, *, is_asked: bool) -> None:
    """Compare /estado with the facts. is_asked: True if the provider was just queried, so that the product knows the
    provider's facts.

    Raises Broken if they differ.
    """
    if life.town.on_its_way:
        return
    try:
        view = await life.shop.status(life.judge.person)
    except Permanent:
        # The customer was erased and has not returned.
        return
    for shown in view.live:
        _hold_end(life.judge, shown)
        _hold_presence(life.judge, shown)
        if is_asked and Capability.FETCH in life.biller.capabilities:
            _hold_charge(life, shown)
    _hold_receipts(life)


def hold_until(judge: Judge, message: Any) -> None:
    """Compare the end of access in a message with the ledger, to the hour. Raises Broken if they differ."""
    plan = judge.plan_of(message)
    row = _row_of(judge, plan)
    if message.until is None or row is None or not row.live:
        return
    end = _end_of(judge, row)
    ends = [end] if end is not None else []
    if end is not None and row.status is SubscriptionStatus.PAST_DUE:
        ends += [end + GRACE, (row.owed_since or end) + GRACE]
    # The charge under way may be for the plan that follows once the time of this one is used.
    charged = (each for each in judge.accounts.values() if each.plan == plan or plan in each.first)
    ends += [each.at_bank[1] for each in charged if each.at_bank is not None]
    if ends and all(abs(message.until - each) > HOUR for each in ends):
        raise Broken("d", judge.now, f"{plan} until {_at(end)} by the ledger", f"«until {_at(message.until)}»")


def _hold_end(judge: Judge, shown: SubscriptionView) -> None:
    row = _row_of(judge, shown.soft_id)
    end = _end_of(judge, row) if row is not None else None
    ends = {end}
    if row is not None and row.on_hold and end is not None:
        # A failed charge has its grace days again once the suspension ends; a charge may be under way.
        ends |= {end + GRACE, row.current_period_end}
    is_over = end is not None and shown.access_until is not None and max(end, shown.access_until) <= judge.now
    if shown.access_until not in ends and not is_over:
        found = f"{_at(shown.access_until)} in /estado"
        raise Broken("d", judge.now, f"{shown.soft_id} until {_at(end)} by the ledger", found)


def _hold_presence(judge: Judge, shown: SubscriptionView) -> None:
    """Check that the customer is a member until the time in /estado, and not afterwards."""
    plan, end = shown.soft_id, shown.charging_until or shown.grace_until or shown.access_until
    if end is None or any(judge.is_banned(each) for each in judge.chats(plan)):
        return
    is_inside = judge.inside(plan)
    if not shown.is_paused and judge.now < end - HOUR and not is_inside:
        raise Broken("d", judge.now, f"inside {plan} until {_at(end)}, as /estado says", "out")
    account = judge.accounts.get(plan)
    canceled_at = judge.canceled_there.get(account.ref or "", end) if account is not None else end
    refused_at = judge.refused_at.get(account.ref or "", end) if account is not None else end
    is_noticed = judge.now > max(end + HOUR, canceled_at + LOOK, refused_at + SELDOM + LOOK)
    is_over = not shown.is_paused and shown.next_charge is None and is_noticed
    if is_over and is_inside and not judge.is_beside(plan):
        raise Broken("d", judge.now, f"out of {plan} since {_at(end)}, as /estado says", "inside")
    if shown.is_paused and is_inside and not judge.is_beside(plan):
        raise Broken("d", judge.now, f"out of {plan}, which is paused as /estado says", "inside")


def _hold_charge(life: Life, shown: SubscriptionView) -> None:
    """Check that the shown next charge equals the provider's, to the hour and the cent."""
    judge, biller = life.judge, life.biller
    account = judge.accounts.get(shown.soft_id)
    known = biller.subscriptions.get(account.ref or "") if account is not None else None
    if known is None or known.status not in _CHARGES or life.town.stopping(known.ref):
        return
    coming = biller.coming(known.ref)
    if coming is None or shown.next_charge is None:
        if shown.next_charge is not None or (coming is not None and coming[1].minor):
            reported = f"«{_at(shown.next_charge)}»" if shown.next_charge else "no charge in /estado"
            expected = f"{coming[1]} for {shown.soft_id} on {_at(coming[0])}" if coming else "no charge"
            raise Broken("d", judge.now, expected, reported)
        return
    if abs(coming[0] - shown.next_charge) > HOUR or coming[1] != shown.next_amount:
        found = f"«{shown.next_amount} on {_at(shown.next_charge)}» in /estado"
        raise Broken("d", judge.now, f"{coming[1]} for {shown.soft_id} on {_at(coming[0])}", found)


def _hold_receipts(life: Life) -> None:
    """Check that the receipts of each payment add up to the amount that was not refunded."""
    judge = life.judge
    for key, total in judge.view.receipts.items():
        capture = judge.captures.get(key)
        if capture is None or key in judge.flagged:
            continue
        is_gone = key in judge.given_back
        left = life.remainders.get(key, 0) if is_gone else capture.amount.minor - life.parts.get(key, 0)
        if total != left:
            raise Broken("d", judge.now, f"receipts of {key} over {left} cents", f"{total}")


def _row_of(judge: Judge, plan: str) -> Any:
    """Return the live subscription of a plan, or None."""
    tables = judge.town.shop.memory.tables
    plans = {row.id: row.soft_id for row in tables.get("service_plans", ())}
    people = {row.id for row in tables.get("customers", ()) if row.telegram_id == judge.person}
    mine = [row for row in tables.get("subscriptions", ()) if row.customer_id in people and plans[row.plan_id] == plan]
    return next((row for row in mine if row.live), None)


def _end_of(judge: Judge, row: Any) -> datetime | None:
    """Return the end of access by the ledger. While Umbral suspends the access, return the end that it would have if
    the suspension ended now.
    """
    entries = judge.town.shop.memory.tables.get("ledger_entries", ())
    mine = [each for each in entries if each.subscription_id == row.id]
    if row.on_hold and row.withheld_since is not None:
        lasted = {"starts_at": row.withheld_since, "length": judge.now - row.withheld_since, "source_key": "lasts"}
        rest = ledger.LedgerEntry(
            subscription_id=row.id, kind=ledger.LedgerKind.COMPENSATION, created_at=judge.now, **lasted
        )
        mine = [*mine, rest]
    return ledger.access_until(mine)


def _at(moment: datetime | None) -> str:
    return f"{moment:%d %b %H:%M}" if moment is not None else "never"
