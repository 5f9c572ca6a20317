"""Parameters of refunds, events and webhook endpoints."""

from umbral_sandbox.payments.stripe.parameters.common import CREATED, EXPAND, ID, METADATA, PAGING, URL
from umbral_sandbox.payments.stripe.rules import Fields, Flag, ListOf, OneOf, Text, Whole

REFUND_CREATE = Fields(
    {
        "amount": Whole(least=1),
        "charge": ID,
        "expand": EXPAND,
        "metadata": METADATA,
        "payment_intent": ID,
        "reason": OneOf(("duplicate", "fraudulent", "requested_by_customer")),
    },
    closed=frozenset(
        {
            "currency",
            "customer",
            "instructions_email",
            "origin",
            "refund_application_fee",
            "reverse_transfer",
        }
    ),
)
REFUND_LIST = Fields({**PAGING, "charge": ID, "created": CREATED, "payment_intent": ID})
EVENT_LIST = Fields(
    {
        **PAGING,
        "created": CREATED,
        "delivery_success": Flag(),
        "type": Text(),
        "types": ListOf(Text(), most=20),
    }
)
WEBHOOK_CREATE = Fields(
    {
        "api_version": Text(),
        "description": Text(clearable=True),
        "enabled_events": ListOf(Text(), most=300),
        "expand": EXPAND,
        "url": URL,
    },
    required=("enabled_events", "url"),
    closed=frozenset({"connect", "metadata"}),
)
WEBHOOK_LIST = Fields(PAGING)
