"""Validation rules of the parameters of refunds, disputes, events and webhook endpoints."""

from umbral_sandbox.payments.stripe.parameters.common import CREATED, EXPAND, ID, METADATA, PAGING, URL
from umbral_sandbox.payments.stripe.rules import Fields, Flag, ListOf, OneOf, Text, Whole
from umbral_sandbox.payments.stripe.shapes.money import EVIDENCE

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
FILES = frozenset(
    {
        "cancellation_policy",
        "customer_communication",
        "customer_signature",
        "duplicate_charge_documentation",
        "receipt",
        "refund_policy",
        "service_documentation",
        "shipping_documentation",
        "uncategorized_file",
    }
)
"""Fields of dispute evidence that contain the id of an upload; all other fields are text."""
DISPUTE_UPDATE = Fields(
    {
        "evidence": Fields(
            {name: ID if name in FILES else Text(longest=20_000, clearable=True) for name in EVIDENCE},
            closed=frozenset({"appeal", "enhanced_evidence"}),
        ),
        "expand": EXPAND,
        "metadata": METADATA,
        "submit": Flag(),
    },
    closed=frozenset({"intended_submission_method"}),
)
UPLOAD = Fields(
    {
        "expand": EXPAND,
        "file": Fields({"name": Text(), "sha256": Text(), "size": Whole(), "kind": Text()}),
        "purpose": OneOf(("dispute_evidence",)),
    },
    ("file", "purpose"),
    closed=frozenset({"file_link_data"}),
)
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
