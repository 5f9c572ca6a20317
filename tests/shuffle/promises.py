"""Guarantees about payments and access, checked against the payments that the providers captured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from datetime import datetime, timedelta
from typing import Any, Protocol

from subscriptions.domain.entities.ledger import UNCHARGED_SOURCE, LedgerEntry, LedgerKind
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.domain.services.access_policy import grace_of
from subscriptions.domain.services.state_comparison import differences
from subscriptions.domain.timeline.facts import Terms
from tests.fakes.memory import Memory
from tests.fakes.shop import POLICY, Shop
from tests.shuffle.tills import Tills
from tests.support.stored_rows import rows_of

LIVE = frozenset({"trialing", "active", "past_due", "paused", "canceled"})
CUTS = frozenset({LedgerKind.REFUND, LedgerKind.DISPUTE})
REPORTED_WITHIN = timedelta(minutes=2)
"""Longest time between an event of this market and its report, by which a change recorded meanwhile may differ."""
OUT = frozenset({"revoking", "revoked", "suspended"})


class Kept(Protocol):
    """Protocol of a shop whose database rows are in memory."""

    memory: Memory


class Broken(Exception):
    """Error that states a violated guarantee."""


def hold(shop: Shop, tills: Tills) -> None:
    """Raise Broken with the first violated guarantee. Call this only after all reported events were processed."""
    found = {
        notified: notified(shop),
        _applied_once: _applied_once(shop, tills),
        one_live: one_live(shop),
        _explained: _explained(shop, tills),
        folded: folded(shop),
        _moved_once: _moved_once(shop),
        only_payers: only_payers(shop),
    }
    for promise, faults in found.items():
        for fault in faults:
            raise Broken(f"{promise.__doc__}: {fault}")


def notified(shop: Kept) -> Iterator[object]:
    """Check that no event that can be applied is still waiting, and that each abandoned event has an alarm."""
    alarms = alarm_keys(shop)
    for entry in shop.memory.rows("webhook_inbox"):
        if entry.status is InboxStatus.PENDING:
            yield entry.event, entry.note
        if entry.status is InboxStatus.PARKED and f"inbox:{entry.id}" not in alarms:
            yield entry.event, entry.note


def _applied_once(shop: Shop, tills: Tills) -> Iterator[object]:
    """Check that every captured payment is applied exactly once, and leads to access or to an alarm."""
    rows = Counter((row.provider, row.payment_key) for row in payment_rows(shop))
    given = Counter(entry.payment_id for entry in entry_rows(shop) if entry.kind is LedgerKind.PAYMENT)
    for key, one in tills.taken.items():
        if rows[key] != 1:
            yield key, f"{rows[key]} rows", one
    yield from _torn_parts(shop, given)
    for row in payment_rows(shop):
        known = tills.taken.get((row.provider, row.payment_key))
        if known is None or known.amount != row.amount:
            yield row, known
    yield from time_given(shop, given)


def time_given(shop: Kept, given: Counter[Any]) -> Iterator[object]:
    """Check that a payment that counts extends access exactly once, and that a payment under review does not extend
    access and raises an alarm.

    given: number of ledger entries by payment.
    """
    alarms, returns = alarm_keys(shop), {job["payment_id"] for job in job_payloads(shop, "core.return_payment")}
    for row in payment_rows(shop):
        if row.flag is not None and given[row.id]:
            yield row, "set aside, and gives time"
        if row.flag is not None and f"payment:{row.id}" not in alarms and str(row.id) not in returns:
            yield row, "set aside, and nobody is told"
        if row.flag is None and not row.part and given[row.id] != 1:
            yield row, f"gives time {given[row.id]} times"


def _torn_parts(shop: Shop, given: Counter[Any]) -> Iterator[object]:
    """Yield groups of partial payments that pay an order together but do not extend access exactly once."""
    together: dict[object, list[Payment]] = {}
    for row in payment_rows(shop):
        if row.part and row.subscription_id is not None:
            together.setdefault((row.order_id, row.subscription_id), []).append(row)
    yield from (rows for rows in together.values() if sum(given[row.id] for row in rows) != 1)


def one_live(shop: Kept) -> Iterator[object]:
    """Check that each customer has at most one live subscription and one personal channel per plan."""
    live = Counter((row.customer_id, row.plan_id) for row in live_rows(shop))
    yield from (pair for pair, count in live.items() if count > 1)
    channels = Counter((row.customer_id, row.plan_id) for row in shop.memory.rows("telegram_channels"))
    yield from (pair for pair, count in channels.items() if count > 1)


def _explained(shop: Shop, tills: Tills) -> Iterator[object]:
    """Check that each payment extends access at most once, and that the added time is removed exactly if the provider
    returned the whole payment.
    """
    seen: Counter[tuple[Any, str]] = Counter((entry.kind, entry.source_key) for entry in entry_rows(shop))
    yield from (key for key, count in seen.items() if count > 1)
    rows = {row.id: row for row in payment_rows(shop)}
    cut = {entry.payment_id for entry in entry_rows(shop) if entry.kind in CUTS}
    for entry in entry_rows(shop):
        row = rows.get(entry.payment_id) if entry.payment_id is not None else None
        if entry.kind is LedgerKind.PAYMENT and row is None:
            yield entry, "without money"
        if entry.kind in CUTS and (row is None or not _whole_back(tills, row)):
            yield entry, "cut, and the money is ours"
        alone = entry.kind is LedgerKind.PAYMENT and row is not None and not row.part
        if alone and row is not None and _whole_back(tills, row) and row.id not in cut:
            yield entry, "the money went back, and the time stays"


def folded(shop: Kept) -> Iterator[object]:
    """Check that each subscription's end of access equals the end calculated from its ledger entries, regardless of the
    order of events. Of a subscription that is on hold, the end as of the beginning of the hold is stored.
    """
    for row in shop.memory.rows("subscriptions"):
        mine = [entry for entry in entry_rows(shop) if entry.subscription_id == row.id]
        since = row.withheld_since if row.on_hold else None
        end = fold(mine) if since is None else _fold_on_hold(mine, since)
        stored = row.access_until
        if (end is None) is not (stored is None) or (end and abs(end - stored) > REPORTED_WITHIN):
            yield row, end, mine


def _moved_once(shop: Kept) -> Iterator[object]:
    """Check that each payment's credit is moved to another plan at most once, and that the credited time is worth no
    more than the payment.
    """
    payments = {row.id: row for row in payment_rows(shop)}
    plans = {row.id: row for row in shop.memory.rows("service_plans")}
    moved = [entry for entry in entry_rows(shop) if entry.kind is LedgerKind.CHANGE and entry.payment_id is not None]
    for change in shop.memory.rows("plan_changes"):
        mine = [each for each in moved if each.subscription_id == change.subscription_id]
        (entry,) = [each for each in mine if each.created_at == change.changed_at]
        price, period = change.new_price.minor, timedelta(days=plans[change.to_plan_id].duration_days)
        if price * entry.length > payments[entry.payment_id].amount.minor * period:
            yield change, entry
    yield from (key for key, count in Counter(entry.payment_id for entry in moved).items() if count > 1)


def only_payers(shop: Kept) -> Iterator[object]:
    """Check that a customer without a running subscription has no access."""
    channels = {row.id: row for row in shop.memory.rows("telegram_channels")}
    running = {(row.customer_id, row.plan_id) for row in live_rows(shop)}
    for access in shop.memory.rows("accesses"):
        channel = channels[access.channel_id]
        owner = (access.customer_id, channel.plan_id)
        if str(access.status) not in OUT and owner not in running:
            yield access, channel


def answered(shop: Kept, now: datetime) -> Iterator[object]:
    """Check that the answers about each live subscription follow from the stored facts. Left out are subscriptions that
    the provider paused within a paid period, which no provider does, and those with a dispute: here it may be reported
    after the next period was paid, and then it suspends nothing, but does by the facts.
    """
    plans = {row.id: row for row in shop.memory.rows("service_plans")}
    for row in live_rows(shop):
        rows = rows_of(shop.memory.tables, row)
        if row.is_paused or rows.disputes:
            continue
        grace = grace_of(plans.get(row.plan_id), POLICY.grace)
        yield from ((row, str(each)) for each in differences(rows, Terms(grace=grace), now))


def _whole_back(tills: Tills, row: Payment) -> bool:
    """Return True if the provider returned the whole payment, including an overpayment. A smaller refund may have
    returned only the overpayment.
    """
    one = tills.taken[row.provider, row.payment_key]
    return one.back >= one.amount.minor


def fold(entries: list[LedgerEntry]) -> datetime | None:
    """Return the end of access calculated from these ledger entries. The calculation is independent of the product's:
    it first ignores the spans in which the subscription was on hold, and then adds them to the end.
    """
    stills = _stills([e for e in entries if _is_still(e)])
    cuts, changes = (_first(entries, kinds, stills) for kinds in (CUTS, {LedgerKind.CHANGE}))
    end: datetime | None = None
    last: datetime | None = None
    for entry in sorted((e for e in entries if e.kind not in CUTS), key=lambda e: (e.starts_at, e.id or 0)):
        start = _ran(entry.starts_at, stills)
        if _is_still(entry):
            last = last if end is not None and end > start else stills[entry.source_key][1]
            continue
        begin = start if end is None else max(start, end)
        paid, cut = entry.kind is LedgerKind.PAYMENT, cuts.get(entry.payment_id)
        if last is not None and paid and cut is not None and cut < begin:
            continue
        over = [cut, changes.get(entry.payment_id) if paid else None]
        end = begin + min([entry.length, *(max(at - begin, timedelta()) for at in over if at is not None)])
        last = end
        for still, until in stills.values():
            if still < last or (still == last and end == begin):
                last += until - still
    return last


def _fold_on_hold(entries: list[LedgerEntry], since: datetime) -> datetime | None:
    """Return the end of access as of the beginning of a hold, unless its span is among the entries."""
    at = max(entry.created_at for entry in entries)
    if at <= since or since in {entry.starts_at for entry in entries if _is_still(entry)}:
        return fold(entries)
    still = LedgerEntry(
        subscription_id=entries[0].subscription_id,
        kind=LedgerKind.COMPENSATION,
        source_key="hold",
        starts_at=since,
        length=at - since,
        created_at=at,
    )
    end = fold([*entries, still])
    return end - still.length if end is not None else None


def _is_still(entry: LedgerEntry) -> bool:
    return entry.kind is LedgerKind.COMPENSATION and not entry.source_key.startswith(UNCHARGED_SOURCE)


def _stills(entries: list[LedgerEntry]) -> dict[str, tuple[datetime, datetime]]:
    """Return the spans in which the subscription was on hold, in order and without overlap, keyed by the entry's source
    key.
    """
    found: dict[str, tuple[datetime, datetime]] = {}
    over: datetime | None = None
    for entry in sorted(entries, key=lambda e: (e.starts_at, e.id or 0)):
        begin = entry.starts_at if over is None else max(entry.starts_at, over)
        over = begin + entry.length
        found[entry.source_key] = begin, over
    return found


def _ran(at: datetime, stills: Mapping[str, tuple[datetime, datetime]]) -> datetime:
    return at - sum((min(until, at) - still for still, until in stills.values() if still < at), timedelta())


def _first(
    entries: list[LedgerEntry], kinds: Set[LedgerKind], stills: Mapping[str, tuple[datetime, datetime]]
) -> dict[object, datetime]:
    """Return the time of the earliest entry of these kinds for each payment, with the time on hold before the entry
    subtracted.
    """
    found: dict[object, datetime] = {}
    for entry in entries:
        if entry.kind in kinds and entry.payment_id is not None:
            at = _ran(entry.starts_at, stills)
            found[entry.payment_id] = min(at, found.get(entry.payment_id, at))
    return found


def payment_rows(shop: Kept) -> list[Payment]:
    return shop.memory.rows("payments")


def entry_rows(shop: Kept) -> list[LedgerEntry]:
    return shop.memory.rows("ledger_entries")


def live_rows(shop: Kept) -> list[Any]:
    return [row for row in shop.memory.rows("subscriptions") if str(row.status) in LIVE]


def job_payloads(shop: Kept, name: str) -> list[dict[str, Any]]:
    return [dict(job.payload) for job in shop.memory.jobs_named(name)]


def alarm_keys(shop: Kept) -> set[str]:
    return {job["key"] for job in job_payloads(shop, "bot.alarm")}
