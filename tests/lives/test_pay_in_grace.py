"""Histories of customers who pay by another method in the grace period of a failed charge."""

from __future__ import annotations

import pytest

from tests.lives.life import Step, lived

DAYS = 24
OWING = [Step("buy", 0, 10 * DAYS), Step("bank", 0, 29 * DAYS), Step("nothing", 0, 2 * DAYS)]
"""Four or five days after the end of the paid time, depending on whether the provider can reschedule the charge."""
COINS, ANEW = Step("buy", 14, 5 * DAYS), Step("buy", 0, 5 * DAYS)
"""The same plan, for one month in crypto, and as a new subscription at the same provider."""
PAGE = Step("buy", 147, 0)
"""The checkout of a new subscription, left open."""

HISTORIES = {
    "coins": [COINS],
    "new subscription": [ANEW],
    "coins, and the money goes back": [COINS, Step("refund", 0, 0)],
    "new subscription, and the money goes back": [ANEW, Step("refund", 0, 0)],
    "new subscription, and the dispute about it is lost": [ANEW, Step("dispute", 0, 49), Step("dispute_lost", 0, 0)],
    "coins, reported late": [Step("buy", 14, 5 * DAYS, late=3)],
    "coins, reported after the failed charge was collected": [Step("bank", 0, 0), Step("buy", 14, 5 * DAYS, late=3)],
    "new one, reported after the failed charge was collected": [Step("bank", 0, 0), Step("buy", 0, 5 * DAYS, late=3)],
    "coins after a suspension": [Step("suspend", 0, 2 * DAYS), Step("restore", 0, 0), COINS],
    "new subscription whose charge fails too": [Step("buy", 0, DAYS), Step("bank", 0, 31 * DAYS), COINS],
    "coins beside days of a code": [Step("code", 14, 0), COINS],
    "page of a new subscription": [PAGE, Step("page", 0, 5 * DAYS)],
    "page that is paid after the failed charge": [PAGE, Step("retry", 0, 0), Step("page", 0, 5 * DAYS)],
    "coins, and a withdrawal": [Step("buy", 14, DAYS), Step("withdraw", 0, 0)],
}


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("moves", [True, False])
@pytest.mark.usefixtures("quiet")
async def test_other_payment_in_the_grace_period_fulfils_every_guarantee(history: str, *, moves: bool) -> None:
    reported = await lived([*OWING, *HISTORIES[history]], moves=moves)
    assert reported.broken is None, f"\n{reported}"
    owed = next(index for index, line in enumerate(reported.lines) if "the bank refuses a charge" in line)
    assert any(" buy month" in line for line in reported.lines[owed:]), f"\n{reported}"


@pytest.mark.usefixtures("quiet")
async def test_charge_that_ends_a_skipped_month_can_be_paid_by_another_method() -> None:
    skipped = [
        Step("buy", 0, 10 * DAYS),
        Step("pause", 0, 10 * DAYS),
        Step("bank", 0, 41 * DAYS),
        Step("nothing", 0, DAYS),
    ]
    for method in (COINS, ANEW):
        reported = await lived([*skipped, method])
        assert reported.broken is None, f"\n{reported}"
        assert any(" buy month" in line for line in reported.lines[-40:]), f"\n{reported}"
