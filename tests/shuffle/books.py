"""Guarantees about payments and access, checked against the payments in the providers' simulators."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.subscription import DISPUTE
from tests.shuffle import promises
from tests.shuffle.market import Market
from tests.shuffle.promises import CUTS, Broken, Kept
from umbral_sandbox.payments.money import to_minor

Group = tuple[str, str]
"""A provider, and the id of an order paid there."""
PrerequisiteMissing = set[tuple[str, str | None]]

ORDER: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Pattern of the order id in the reference stored by a provider."""
NOT_CAPTURED: Final = {"failed", "pending"}
"""States of a payment whose amount the provider has not received: a bank that is still asked may refuse."""
REST: Final = timedelta(days=7)
"""Time after the end of the paid period during which a customer may still be a member: the grace days and one expiry
check.
"""


def hold(market: Market, unreported: PrerequisiteMissing) -> None:
    """Raise Broken with the first violated guarantee. unreported: events that the product has not received yet."""
    found: dict[Callable[..., Iterator[object]], Iterable[object]] = {
        promises.notified: promises.notified(market),
        _as_in_the_books: _as_in_the_books(market, unreported),
        _once: _once(market),
        _gone_back: _gone_back(market, unreported),
        promises.one_live: promises.one_live(market),
        promises.folded: promises.folded(market),
        promises.only_payers: promises.only_payers(market),
        promises.answered: promises.answered(market, market.now()),
        _silent: _silent(market),
    }
    for promise, faults in found.items():
        for fault in faults:
            raise Broken(f"{promise.__doc__}: {fault}")


def hold_at_the_end(market: Market) -> None:
    """Check all guarantees after everything was reported and much time has passed: no expired customer is a member, and
    every entitled customer is.
    """
    hold(market, _parked(market))
    disputed = {group for group, sums in _books(market).items() if any(state == "disputed" for _, state in sums)}
    at_bank = {group for group, _, state in _sums(market) if state == "pending"}
    for fault in wrong_balances(market, disputed, at_bank, market.now()):
        raise Broken(fault)


def wrong_balances(kept: Kept, disputed: Set[Group], at_bank: Set[Group], now: datetime) -> Iterator[str]:
    """Yield a description of each customer who is a member without being entitled, or is entitled and not a member.

    disputed, at_bank: orders of which a payment is disputed, or is at the customer's bank, which admits the customer
    """
    paid = {entry.subscription_id for entry in promises.entry_rows(kept) if entry.kind is LedgerKind.PAYMENT}
    inside = _inside(kept)
    for row in promises.live_rows(kept):
        is_inside = (row.customer_id, row.plan_id) in inside
        if row.id not in paid:
            yield f"Only the payer gets in: {row}"
        elif row.is_paused:
            # The subscription's time is paused, canceled or not: the end of the dispute ends it or restores the days.
            if is_inside:
                yield f"Whose subscription is paused is out: {row}"
            if DISPUTE in row.paused_for and not disputed & _paid_for(kept, row.id):
                yield f"Nothing is paused for a dispute that is over: {row}"
        elif row.access_until is not None:
            if row.access_until + REST < now and not at_bank & _paid_for(kept, row.id):
                yield f"Whose time is over is out: {row}"
            if row.access_until > now and not is_inside:
                yield f"Who has paid is not put out: {row}"


def _paid_for(kept: Kept, subscription: object) -> set[Group]:
    mine = [row for row in promises.payment_rows(kept) if row.subscription_id == subscription]
    return {(row.provider, str(row.order_id)) for row in mine}


def _inside(kept: Kept) -> set[tuple[object, object]]:
    channels = {row.id: row for row in kept.memory.rows("telegram_channels")}
    entitled = [row for row in kept.memory.rows("accesses") if str(row.status) not in promises.OUT]
    return {(row.customer_id, channels[row.channel_id].plan_id) for row in entitled}


def _as_in_the_books(market: Market, unreported: PrerequisiteMissing) -> Iterator[object]:
    """Check that every captured payment is recorded exactly once."""
    books, rows = _books(market), _rows(market)
    for group in books.keys() | rows.keys():
        taken = Counter(amount for amount, _ in books.get(group, ()))
        known = Counter((row.amount.minor, row.amount.currency) for row in rows.get(group, ()))
        if known - taken or (taken - known and not _open(group, unreported)):
            yield group, f"taken {dict(taken)}", f"on record {dict(known)}", rows.get(group)


def _once(market: Market) -> Iterator[object]:
    """Check that every payment leads once to access, or to an alarm."""
    entries = promises.entry_rows(market)
    given = Counter(entry.payment_id for entry in entries if entry.kind is LedgerKind.PAYMENT)
    keys = Counter((row.provider, row.payment_key) for row in promises.payment_rows(market))
    causes = Counter((entry.kind, entry.source_key) for entry in entries)
    yield from (key for key, count in [*keys.items(), *causes.items()] if count > 1)
    known = {row.id for row in promises.payment_rows(market)}
    yield from (entry for entry in entries if entry.kind is LedgerKind.PAYMENT and entry.payment_id not in known)
    yield from promises.time_given(market, given)


def _gone_back(market: Market, unreported: PrerequisiteMissing) -> Iterator[object]:
    """Check that access time is taken back when its payment is refunded, and only then."""
    books, alarms = _books(market), promises.alarm_keys(market)
    cut = {entry.payment_id for entry in promises.entry_rows(market) if entry.kind in CUTS}
    for group, rows in _rows(market).items():
        states = Counter(state for _, state in books.get(group, ()))
        # A disputed payment may have been refunded before.
        least, most = states["refunded"], states["refunded"] + states["disputed"]
        back = [row for row in rows if row.status is PaymentStatus.REFUNDED]
        if not _open(group, unreported) and not least <= len(back) <= most:
            yield group, f"in the books {dict(states)}", f"{len(back)} known to have gone back", rows
        yield from ((row, "the time stays") for row in back if _alone(row) and row.id not in cut)
        # A lost dispute that is decided for the seller later brings the money back, and staff decide about the time.
        if len([row for row in rows if row.id in cut and f"dispute_won_late:{row.id}" not in alarms]) > most:
            yield group, "cut, and the money is ours", rows


def _silent(market: Market) -> Iterator[object]:
    """Check that no secret appears in logs or records."""
    said = [*market.lines, *(str(job.payload) for job in market.memory.jobs)]
    said += [str(entry.note) for entry in market.memory.rows("webhook_inbox")]
    text = "\n".join(said)
    yield from (name for name, value in market.secrets.items() if value in text)


def _books(market: Market) -> dict[Group, list[tuple[tuple[int, str], str]]]:
    """Return the payments that the providers' simulators captured, each with its status, by provider and order."""
    found: dict[Group, list[tuple[tuple[int, str], str]]] = {}
    for group, amount, state in _sums(market):
        if state not in NOT_CAPTURED:
            found.setdefault(group, []).append((amount, state))
    return found


def _sums(market: Market) -> Iterator[tuple[Group, tuple[int, str], str]]:
    """Yield the provider and order, the amount, and the status of every payment at the providers' simulators."""
    for code, stand_in in market.payments.simulators.items():
        for each in stand_in.payments():
            named = ORDER.search(each.reference or "")
            order = named.group() if named is not None else "nobody's"
            yield (code, order), (to_minor(each.amount, each.currency), each.currency), each.state


def _rows(market: Market) -> dict[Group, list[Payment]]:
    found: dict[Group, list[Payment]] = {}
    for row in promises.payment_rows(market):
        found.setdefault((row.provider, str(row.order_id)), []).append(row)
    return found


def _parked(market: Market) -> PrerequisiteMissing:
    entries = [entry for entry in market.memory.rows("webhook_inbox") if str(entry.status) == "parked"]
    return {(entry.event.provider, entry.event.order_id) for entry in entries}


def _open(group: Group, unreported: PrerequisiteMissing) -> bool:
    return group in unreported or (group[0], None) in unreported


def _alone(row: Payment) -> bool:
    """Return True if the payment counts, and is not one of several partial payments of its order."""
    return row.flag is None and not row.part
