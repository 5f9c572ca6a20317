"""Check that a plan card shows a promotion's discount only if a payment method charges the plan's price."""

from __future__ import annotations

from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.domain.entities.discount_code import Deal, DiscountCode
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.ids import DiscountCodeId, new_uuid
from subscriptions.domain.money import Money
from tests.fakes.samples import NOON

PRICE, STARS = Money(2999, "EUR"), Money(1500, "XTR")


def test_plan_card_shows_a_discount_only_if_a_method_charges_the_plan_price() -> None:
    half = DiscountCode(id=DiscountCodeId(new_uuid()), code="HALF", percent=50, created_at=NOON)
    own = Deal(discount_code=half, price=PRICE, amount_due=Money(1499, "EUR"))
    other = Deal(discount_code=half, price=STARS, amount_due=Money(750, "XTR"))
    plan = PlanView(
        soft_id="retabet",
        name="Retabet",
        emoji="🎰",
        description="",
        price=PRICE,
        recurring=True,
        interval=Interval.MONTH,
        interval_count=1,
        duration_days=None,
        prices={"stars": STARS},
        deals={"stars": other, "card": own},
    )

    assert plan.deal is own
    assert [plan.asked_by(method) for method in ("card", "stars", "coins")] == [own.amount_due, other.amount_due, PRICE]
