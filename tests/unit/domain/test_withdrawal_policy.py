"""Amount owed for the used part of the time when a contract is withdrawn from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.services.withdrawal_policy import owed_for

PRICE = Money(2999, "EUR")


@pytest.mark.parametrize(
    ("ran", "length", "owed"),
    [(-1, 30, 0), (0, 30, 0), (1, 30, 99), (15, 30, 1499), (30, 30, 2999), (31, 30, 2999), (3, 0, 0), (3, -2, 0)],
)
def test_amount_owed_after_a_withdrawal_is_proportional_and_rounded_down(ran: int, length: int, owed: int) -> None:
    """Ledger entries that add no time, such as revoked days, cost nothing."""
    assert owed_for(PRICE, timedelta(days=ran), timedelta(days=length)) == Money(owed, "EUR")
