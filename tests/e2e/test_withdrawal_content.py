"""Check that customers who accepted the immediate start and the loss of their right of withdrawal cannot withdraw, and
that customers without these declarations can.
"""

from __future__ import annotations

import pytest

from tests.support.demo import Demo
from tests.support.member import advance, wait_until_idle, why
from tests.support.withdrawing import (
    METHODS,
    button_that_begins_with,
    buys,
    confirms,
    payments_of,
    status_card,
    to_step_one,
)

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

# The clock is shared, so many subscriptions may end at once; a high limit keeps the bulk expiry from asking the owner.
SETTINGS = {"SWEEP_GUARD": "100", "WITHDRAWAL_DECLARATIONS": "content"}

BOTH = ("Pido empezar ya", "Pierdo el derecho de desistimiento")


@pytest.mark.long
def test_customer_who_declared_loss_of_the_right_of_withdrawal_cannot_withdraw(demo: Demo) -> None:
    declared = {provider: buys(demo, provider, f"Ana {provider}", *BOTH) for provider in METHODS}
    undeclared = buys(demo, "stripe", "Bea")
    received = declared["stripe"].received("aceptaste perder así el derecho")
    assert button_that_begins_with(received, "withdraw") is None
    advance(demo, days=13)
    for provider, ana in declared.items():
        assert button_that_begins_with(status_card(ana), "withdraw") is None, provider
        seq = int(ana.messages()[-1]["seq"])
        ana.send("/start withdraw")
        ana.received("aceptaste perder así el derecho de desistimiento", after=seq)
        assert why(demo, ana).status == "active"
    confirms(undeclared, to_step_one(undeclared))
    wait_until_idle(demo)
    assert payments_of(demo, undeclared) == [("refunded", "2999")]
