"""Validation rules of the request bodies about products, plans and subscriptions."""

from typing import Final

from umbral_sandbox.payments.paypal.parameters.common import ANY_MONEY, SHIPPING, SUBSCRIBER, SUBSCRIPTION_CONTEXT
from umbral_sandbox.payments.paypal.rules import Fields, Flag, ListOf, OneOf, Rule, Text, Time, Whole

PRODUCT: Final = Fields(
    {
        "id": Text(50, 6),
        "name": Text(127),
        "description": Text(256),
        "type": OneOf(("PHYSICAL", "DIGITAL", "SERVICE")),
        "category": Text(256, 4, "[A-Z_0-9]+"),
        "image_url": Text(2000, 1, "https?://.+"),
        "home_url": Text(2000, 1, "https?://.+"),
    },
    ("name", "type"),
)
_PRICING: Final = Fields({"fixed_price": ANY_MONEY, "version": Whole(0, 999)}, ("fixed_price",))
_FREQUENCY: Final = Fields(
    {"interval_unit": OneOf(("DAY", "WEEK", "MONTH", "YEAR")), "interval_count": Whole(1, 365)},
    ("interval_unit",),
)
_CYCLE: Final = Fields(
    {
        "frequency": _FREQUENCY,
        "tenure_type": OneOf(("REGULAR", "TRIAL")),
        "sequence": Whole(1, 99),
        "total_cycles": Whole(0, 999),
        "pricing_scheme": _PRICING,
    },
    ("frequency", "tenure_type", "sequence"),
)
_PREFERENCES: Final[dict[str, Rule]] = {
    "auto_bill_outstanding": Flag(),
    "setup_fee": ANY_MONEY,
    "setup_fee_failure_action": OneOf(("CONTINUE", "CANCEL")),
    "payment_failure_threshold": Whole(0, 999),
}
_TAXES: Final = Fields({"percentage": Text(10, 1, r"[0-9]{1,3}(\.[0-9]{1,4})?"), "inclusive": Flag()}, ("percentage",))
PLAN: Final = Fields(
    {
        "product_id": Text(50, 6),
        "name": Text(127),
        "description": Text(127),
        "status": OneOf(("CREATED", "ACTIVE")),
        "billing_cycles": ListOf(_CYCLE, 1, 12),
        "payment_preferences": Fields(_PREFERENCES),
        "taxes": _TAXES,
        "quantity_supported": Flag(),
    },
    ("product_id", "name", "billing_cycles", "payment_preferences"),
)
PRICING_SCHEMES: Final = Fields(
    {
        "pricing_schemes": ListOf(
            Fields(
                {"billing_cycle_sequence": Whole(1, 99), "pricing_scheme": _PRICING},
                ("billing_cycle_sequence", "pricing_scheme"),
            ),
            1,
            99,
        )
    },
    ("pricing_schemes",),
)
_OWN_CYCLE: Final = Fields(
    {"sequence": Whole(1, 99), "total_cycles": Whole(0, 999), "pricing_scheme": _PRICING}, ("sequence",)
)
#: Terms of a plan that one subscription overrides.
_OWN_TERMS: Final = Fields(
    {
        "billing_cycles": ListOf(_OWN_CYCLE, 1, 12),
        "payment_preferences": Fields(_PREFERENCES),
        "taxes": _TAXES,
    }
)
_QUANTITY: Final = Text(32, 1, "[1-9][0-9]{0,8}")
SUBSCRIPTION: Final = Fields(
    {
        "plan_id": Text(26, 26),
        "start_time": Time(),
        "quantity": _QUANTITY,
        "shipping_amount": ANY_MONEY,
        "subscriber": SUBSCRIBER,
        "auto_renewal": Flag(),
        "application_context": SUBSCRIPTION_CONTEXT,
        "custom_id": Text(127),
        "plan": _OWN_TERMS,
    },
    ("plan_id",),
)
REVISE: Final = Fields(
    {
        "plan_id": Text(26, 26),
        "quantity": _QUANTITY,
        "effective_time": Time(),
        "shipping_amount": ANY_MONEY,
        "shipping_address": SHIPPING,
        "application_context": SUBSCRIPTION_CONTEXT,
        "plan": _OWN_TERMS,
    }
)
CAPTURE: Final = Fields(
    {"note": Text(128), "capture_type": OneOf(("OUTSTANDING_BALANCE",)), "amount": ANY_MONEY},
    ("note", "capture_type", "amount"),
)
