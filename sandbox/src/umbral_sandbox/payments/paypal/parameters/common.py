"""Validation rules of members that several request bodies contain."""

from typing import Final

from umbral_sandbox.payments.paypal.rules import Fields, Flag, ListOf, Money, OneOf, Rule, Text, Whatever

NOTHING: Final = Fields({})
ANY_MONEY: Final = Money()
ADDRESS: Final = Fields(
    {
        name: Text(300, 0)
        for name in (
            "address_line_1",
            "address_line_2",
            "admin_area_1",
            "admin_area_2",
            "postal_code",
            "country_code",
        )
    }
)
SHIPPING: Final = Fields({"name": Whatever(), "address": ADDRESS, "type": Text(255), "options": Whatever()})
_WEB: Final = Text(4000, 1, r"https?://[^\s]+")
#: Return addresses and appearance of the approve page.
PAGE: Final[dict[str, Rule]] = {
    "brand_name": Text(127),
    "locale": Text(10, 2, "[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}))?"),
    "shipping_preference": OneOf(("GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS")),
    "return_url": _WEB,
    "cancel_url": _WEB,
}
SUBSCRIPTION_CONTEXT: Final = Fields(
    {
        **PAGE,
        "user_action": OneOf(("CONTINUE", "SUBSCRIBE_NOW")),
        "payment_method": Fields({"payer_selected": Text(255), "payee_preferred": Text(255)}),
    },
    ("return_url", "cancel_url"),
)
NAME: Final = Fields({"given_name": Text(140), "surname": Text(140), "full_name": Text(300)})
SUBSCRIBER: Final = Fields(
    {
        "name": NAME,
        "email_address": Text(254, 3, r"[^@\s]+@[^@\s]+"),
        "payer_id": Text(13, 13),
        "phone": Whatever(),
        "shipping_address": SHIPPING,
        "payment_source": Whatever(),
    }
)


def reason(required: bool) -> Fields:
    """Return the rule for a `reason` member."""
    return Fields({"reason": Text(128)}, ("reason",) if required else ())


#: List of changes; each call decides which members can change.
PATCH: Final = ListOf(
    Fields(
        {
            "op": OneOf(("add", "remove", "replace", "move", "copy", "test")),
            "path": Text(500, 1, "/.*"),
            "value": Whatever(),
            "from": Text(500),
        },
        ("op", "path"),
    )
)
FLAG: Final = Flag()
