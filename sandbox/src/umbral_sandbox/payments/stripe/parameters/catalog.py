"""Validation rules of the parameters of products, prices and coupons."""

from umbral_sandbox.payments.stripe.parameters.common import CREATED, CURRENCY, EXPAND, ID, METADATA, PAGING, URL
from umbral_sandbox.payments.stripe.rules import DecimalText, Fields, Flag, ListOf, OneOf, Rule, Text, Whole

INTERVALS = ("day", "month", "week", "year")
TAX_BEHAVIOR = OneOf(("exclusive", "inclusive", "unspecified"))

_PRODUCT: dict[str, Rule] = {
    "active": Flag(),
    "description": Text(longest=40000, clearable=True),
    "expand": EXPAND,
    "images": ListOf(URL, most=8),
    "metadata": METADATA,
    "name": Text(longest=250),
    "shippable": Flag(),
    "statement_descriptor": Text(longest=22),
    "tax_code": Text(clearable=True),
    "unit_label": Text(longest=12, clearable=True),
    "url": Text(clearable=True),
}
_PRODUCT_CLOSED = frozenset({"marketing_features", "package_dimensions", "tax_details"})

PRODUCT_CREATE = Fields(
    {**_PRODUCT, "id": ID, "type": OneOf(("good", "service"))},
    required=("name",),
    closed=_PRODUCT_CLOSED | {"default_price_data"},
)
PRODUCT_UPDATE = Fields({**_PRODUCT, "default_price": ID}, closed=_PRODUCT_CLOSED)
PRODUCT_LIST = Fields(
    {
        **PAGING,
        "active": Flag(),
        "created": CREATED,
        "ids": ListOf(ID),
        "shippable": Flag(),
        "type": OneOf(("good", "service")),
        "url": Text(),
    }
)

RECURRING = Fields(
    {
        "interval": OneOf(INTERVALS),
        "interval_count": Whole(least=1),
        "trial_period_days": Whole(least=0),
        "usage_type": OneOf(("licensed", "metered")),
    },
    required=("interval",),
    closed=frozenset({"meter"}),
)
PRICE_CREATE = Fields(
    {
        "active": Flag(),
        "billing_scheme": OneOf(("per_unit",)),
        "currency": CURRENCY,
        "expand": EXPAND,
        "lookup_key": Text(longest=200),
        "metadata": METADATA,
        "nickname": Text(),
        "product": ID,
        "product_data": Fields(
            {
                "active": Flag(),
                "id": ID,
                "metadata": METADATA,
                "name": Text(longest=250),
                "statement_descriptor": Text(longest=22),
                "tax_code": Text(),
                "unit_label": Text(longest=12),
            },
            required=("name",),
            closed=frozenset({"tax_details"}),
        ),
        "recurring": RECURRING,
        "tax_behavior": TAX_BEHAVIOR,
        "transfer_lookup_key": Flag(),
        "unit_amount": Whole(least=0, most=99_999_999),
        "unit_amount_decimal": DecimalText(),
    },
    required=("currency",),
    closed=frozenset({"currency_options", "custom_unit_amount", "tiers", "tiers_mode", "transform_quantity"}),
)
COUPON_CREATE = Fields(
    {
        "amount_off": Whole(least=1, most=99_999_999),
        "currency": CURRENCY,
        "duration": OneOf(("forever", "once")),
        "expand": EXPAND,
        "id": ID,
        "name": Text(longest=40),
    },
    required=("amount_off", "currency"),
    closed=frozenset(
        {
            "applies_to",
            "currency_options",
            "duration_in_months",
            "max_redemptions",
            "metadata",
            "percent_off",
            "redeem_by",
        }
    ),
)
PRICE_UPDATE = Fields(
    {
        "active": Flag(),
        "expand": EXPAND,
        "lookup_key": Text(longest=200, clearable=True),
        "metadata": METADATA,
        "nickname": Text(clearable=True),
        "tax_behavior": TAX_BEHAVIOR,
        "transfer_lookup_key": Flag(),
    },
    closed=frozenset({"currency_options"}),
)
PRICE_LIST = Fields(
    {
        **PAGING,
        "active": Flag(),
        "created": CREATED,
        "currency": CURRENCY,
        "lookup_keys": ListOf(Text(longest=200), most=10),
        "product": ID,
        "recurring": Fields(
            {"interval": OneOf(INTERVALS), "usage_type": OneOf(("licensed", "metered"))},
            closed=frozenset({"meter"}),
        ),
        "type": OneOf(("one_time", "recurring")),
    }
)
