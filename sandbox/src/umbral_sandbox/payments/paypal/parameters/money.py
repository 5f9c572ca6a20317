"""Validation rules of the request bodies about orders, refunds and disputes."""

from typing import Final

from umbral_sandbox.payments.paypal.parameters.common import ANY_MONEY, NAME, PAGE, SHIPPING
from umbral_sandbox.payments.paypal.rules import Fields, ListOf, Money, OneOf, Rule, Text, Whatever

SALE_REFUND: Final = Fields(
    {
        "amount": Money("currency", "total", zero=False, more={"details": Whatever()}),
        "description": Text(255),
        "invoice_number": Text(127),
        "reason": Text(30),
    }
)
CAPTURE_REFUND: Final = Fields(
    {
        "amount": Money(zero=False),
        "custom_id": Text(127),
        "invoice_id": Text(127),
        "note_to_payer": Text(255),
        "payment_instruction": Whatever(),
    }
)
_ITEM: Final = Fields(
    {
        "name": Text(127),
        "quantity": Text(10, 1, "[1-9][0-9]{0,9}"),
        "description": Text(2048),
        "sku": Text(127),
        "category": OneOf(("DIGITAL_GOODS", "PHYSICAL_GOODS", "DONATION")),
        "unit_amount": ANY_MONEY,
        "tax": ANY_MONEY,
        "url": Text(2048),
    },
    ("name", "quantity", "unit_amount"),
)
_PARTS: Final = ("item_total", "shipping", "handling", "tax_total", "insurance", "shipping_discount", "discount")
_BREAKDOWN: Final = Fields(dict.fromkeys(_PARTS, ANY_MONEY))
_UNIT: Final = Fields(
    {
        "reference_id": Text(256),
        "amount": Money(zero=False, more={"breakdown": _BREAKDOWN}),
        "description": Text(127),
        "custom_id": Text(127),
        "invoice_id": Text(127),
        "soft_descriptor": Text(22),
        "items": ListOf(_ITEM, 1, 100),
        "shipping": SHIPPING,
        "payee": Whatever(),
    },
    ("amount",),
)
_ACTION: Final[dict[str, Rule]] = {
    "user_action": OneOf(("CONTINUE", "PAY_NOW")),
    "landing_page": OneOf(("LOGIN", "GUEST_CHECKOUT", "NO_PREFERENCE", "BILLING")),
}
_CONTEXT: Final = Fields({**PAGE, **_ACTION})
_EXPERIENCE: Final = Fields(
    {
        **PAGE,
        **_ACTION,
        "payment_method_preference": OneOf(("UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED")),
    }
)
_WALLET: Final = Fields(
    {
        "experience_context": _EXPERIENCE,
        "email_address": Text(254, 3, r"[^@\s]+@[^@\s]+"),
        "name": NAME,
    }
)
ORDER: Final = Fields(
    {
        "intent": OneOf(("CAPTURE",)),
        "purchase_units": ListOf(_UNIT, 1, 1),
        "application_context": _CONTEXT,
        "payment_source": Fields({"paypal": _WALLET}, ("paypal",)),
        "payer": Whatever(),
    },
    ("intent", "purchase_units"),
)
ORDER_CAPTURE: Final = Fields({"payment_source": Whatever()})
ACCEPT_CLAIM: Final = Fields(
    {
        "note": Text(2000),
        "accept_claim_reason": OneOf(("DID_NOT_SHIP_ITEM", "TOO_TIME_CONSUMING", "LOST_IN_MAIL", "COMPANY_POLICY")),
        "accept_claim_type": OneOf(("REFUND",)),
        "invoice_id": Text(127),
        "refund_amount": ANY_MONEY,
    },
    ("note",),
)
MESSAGE: Final = Fields({"message": Text(2000)}, ("message",))
_DOCUMENT: Final = r"[A-Za-z0-9\-_,\s]+\.[A-Za-z]+"
EVIDENCE: Final = Fields(
    {
        "evidences": ListOf(
            Fields(
                {
                    "evidence_type": Text(255),
                    "evidence_info": Whatever(),
                    "notes": Text(2000),
                    "item_id": Text(255),
                    "documents": ListOf(Fields({"name": Text(2000, 1, _DOCUMENT)}, ("name",))),
                },
                ("evidence_type",),
            ),
            1,
            100,
        ),
    },
    ("evidences",),
)
ADJUDICATE: Final = Fields({"adjudication_outcome": OneOf(("BUYER_FAVOR", "SELLER_FAVOR"))}, ("adjudication_outcome",))
