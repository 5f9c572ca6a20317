"""Who asked to begin at once, and accepted that the right is lost by it, has lost it; who ticked nothing has it."""

from __future__ import annotations

import pytest

from tests.support.demo import Demo
from tests.support.member import advance, settles, why
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

# The clock moves for everybody here: many may end at once, and nobody has to be asked about that.
SETTINGS = {"SWEEP_GUARD": "100", "WITHDRAWAL_DECLARATIONS": "content"}

BOTH = ("Pido empezar ya", "Pierdo el derecho de desistimiento")


@pytest.mark.long
def test_day_thirteen_with_and_without_the_declarations(demo: Demo) -> None:
    declared = {provider: buys(demo, provider, f"Ana {provider}", *BOTH) for provider in METHODS}
    undeclared = buys(demo, "stripe", "Bea")
    told = declared["stripe"].told("aceptaste que con eso se pierde el derecho")
    assert button_that_begins_with(told, "withdraw") is None
    advance(demo, days=13)
    for provider, ana in declared.items():
        assert button_that_begins_with(status_card(ana), "withdraw") is None, provider
        seq = int(ana.messages()[-1]["seq"])
        ana.send("/start withdraw")
        ana.told("aceptaste que con eso se pierde el derecho de desistimiento", after=seq)
        assert why(demo, ana).status == "active"
    confirms(undeclared, to_step_one(undeclared))
    settles(demo)
    assert payments_of(demo, undeclared) == [("refunded", "2999")]
