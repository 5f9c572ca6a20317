"""The timeline of stored rows, compared with today's answers at every moment of random lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import pytest

from subscriptions.domain.entities.ledger import access_until
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.services import access_policy
from subscriptions.domain.services.state_comparison import money_differences
from subscriptions.domain.services.stored_facts import Rows
from subscriptions.domain.timeline.facts import Terms
from subscriptions.domain.timeline.state import Inside
from subscriptions.domain.timeline.timeline import timeline
from tests.lives.judge import Judge
from tests.lives.life import drawn, lived
from tests.support.removed import of_all_features

CLOSE: Final = timedelta(hours=1)
LONG_AGO: Final = timedelta(days=40)
SEEDS: Final = [5, 17, 49, 61]
"""Lives with a transfer of value, waiting days, a refund of earned days, and many events."""


def differences(judge: Judge) -> Iterator[str]:
    """Yield each difference between the timeline and today's answers about access, its end, and the money of each
    payment.
    """
    town = judge.town
    tables, now, grace = town.shop.memory.tables, town.clock.now(), town.policy.grace
    for subscription in tables.get("subscriptions", ()):
        if not subscription.live:
            continue
        rows = rows_of(tables, subscription)
        state = timeline(rows.facts(), Terms(grace=grace)).at(now)
        end, paid = access_until(access_policy.with_rest(subscription, rows.entries, now)), state.ends.paid
        is_recent = end is None or end > now - LONG_AGO
        if is_recent and (end is None or paid is None or abs(end - paid) > CLOSE) and end != paid:
            yield f"{subscription.id}: access ends {end}, and {paid} by the timeline"
        is_inside = access_policy.lets_in(subscription, grace, now)
        if is_inside is not isinstance(state.access, Inside):
            yield f"{subscription.id}: inside {is_inside}, and {state.access} by the timeline"
        yield from map(str, money_differences(rows, state))


def rows_of(tables: Mapping[str, Sequence[Any]], subscription: Subscription) -> Rows:
    """Return the rows about a subscription."""
    entries = [row for row in tables.get("ledger_entries", ()) if row.subscription_id == subscription.id]
    paid = {entry.payment_id for entry in entries}
    payments = [row for row in tables.get("payments", ()) if row.subscription_id == subscription.id or row.id in paid]
    ids = {payment.id for payment in payments}
    return Rows(
        subscription=subscription,
        entries=entries,
        payments=payments,
        refunds=[row for row in tables.get("refunds", ()) if row.payment_id in ids],
        disputes=[row for row in tables.get("disputes", ()) if row.payment_id in ids],
        requests=[row for row in tables.get("refund_requests", ()) if row.payment_id in ids],
        holds=[row for row in tables.get("holds", ()) if row.subscription_id == subscription.id],
        reports=[row.report for row in tables.get("provider_reports", ()) if row.subscription_id == subscription.id],
    )


@of_all_features
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("seed", SEEDS)
async def test_timeline_of_stored_rows_equals_todays_answers_in_a_life(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, hold = list[str](), Judge.hold

    def compare(judge: Judge) -> None:
        hold(judge)
        found.extend(differences(judge))

    monkeypatch.setattr(Judge, "hold", compare)
    story = await lived(drawn(seed), moves=seed % 3 != 0)
    assert story.broken is None
    assert found == []
