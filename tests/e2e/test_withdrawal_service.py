"""Check that customers who accepted the immediate start and a proportional payment get back the unused part, and that a
customer with only one of the declarations gets a full refund.
"""

from __future__ import annotations

import pytest

from tests.support.demo import Demo
from tests.support.member import advance, wait_until_idle, why
from tests.support.withdrawing import METHODS, buys, confirms, payments_of, to_step_one

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

# The clock is shared, so many subscriptions may end at once; a high limit keeps the bulk expiry from asking the owner.
SETTINGS = {"SWEEP_GUARD": "100", "WITHDRAWAL_DECLARATIONS": "service"}

BOTH = ("Pido empezar ya", "Debo la parte proporcional")


@pytest.mark.long
def test_refund_on_withdrawal_is_reduced_by_the_used_days_after_the_customers_declaration(demo: Demo) -> None:
    declared = {provider: buys(demo, provider, f"Ana {provider}", *BOTH) for provider in METHODS}
    undeclared = buys(demo, "stripe", "Bea", BOTH[0])
    declared["stripe"].received("aceptaste pagar la parte proporcional")
    advance(demo, days=13)
    for provider, ana in declared.items():
        step = to_step_one(ana)
        # Stars can be refunded in full only, so the customer gets all of them back.
        assert ("Por los días que ya has usado retenemos" in step["text"]) is (provider != "stars"), provider
        confirms(ana, step)
    step = to_step_one(undeclared)
    assert "retenemos" not in step["text"]
    confirms(undeclared, step)
    wait_until_idle(demo)
    for provider, ana in declared.items():
        assert why(demo, ana).status == "expired"
        ((status, back),) = payments_of(demo, ana)
        if provider == "stars":
            assert (status, back) == ("refunded", "1500")
            continue
        assert status == "captured", "a part that goes back leaves the payment counted"
        # 13 of 30 or 31 days are kept. Cryptomus does not refund automatically.
        assert (2999 * 0.55 < int(back) < 2999 * 0.60) is (provider != "cryptomus"), (provider, back)
    assert payments_of(demo, undeclared) == [("refunded", "2999")]
    kept = demo.sql("SELECT count(*) FROM declarations WHERE words LIKE '%☑ Pido empezar ya%' AND language = 'es'")
    assert kept == 5
