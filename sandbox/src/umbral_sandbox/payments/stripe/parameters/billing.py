"""Validation rules of the parameters of subscriptions, their schedules, and invoices."""

from umbral_sandbox.payments.stripe.parameters.common import CREATED, EXPAND, ID, METADATA, PAGING
from umbral_sandbox.payments.stripe.rules import Either, Fields, Flag, ListOf, OneOf, Text, Whole

FEEDBACK = OneOf(
    (
        "customer_service",
        "low_quality",
        "missing_features",
        "other",
        "switched_service",
        "too_complex",
        "too_expensive",
        "unused",
    )
)
CANCELLATION_DETAILS = Fields(
    {"comment": Text(clearable=True), "feedback": FEEDBACK}, closed=frozenset({"feedback_option"})
)
PRORATION = OneOf(("always_invoice", "create_prorations", "none"))
CANCEL_AT = Whole(clearable=True)

_ITEMS = ListOf(
    Fields(
        {"id": ID, "metadata": METADATA, "price": ID, "quantity": Whole(least=1)},
        closed=frozenset(
            {
                "billing_thresholds",
                "clear_usage",
                "current_trial",
                "deleted",
                "discounts",
                "plan",
                "price_data",
                "tax_rates",
            }
        ),
    ),
    most=20,
)
SUBSCRIPTION_UPDATE = Fields(
    {
        "billing_cycle_anchor": Fields({"type": OneOf(("now", "unchanged"))}, required=("type",)),
        "cancel_at": CANCEL_AT,
        "cancel_at_period_end": Flag(),
        "cancellation_details": CANCELLATION_DETAILS,
        "description": Text(longest=500, clearable=True),
        "discounts": Either(
            Text(clearable=True),
            ListOf(Fields({"coupon": ID}, closed=frozenset({"discount", "promotion_code"})), most=1),
        ),
        "expand": EXPAND,
        "items": _ITEMS,
        "metadata": METADATA,
        "off_session": Flag(),
        "pause_collection": Either(
            Text(clearable=True),
            Fields(
                {
                    "behavior": OneOf(("keep_as_draft", "mark_uncollectible", "void")),
                    "resumes_at": Whole(),
                },
                required=("behavior",),
            ),
        ),
        "payment_behavior": OneOf(("allow_incomplete", "error_if_incomplete")),
        "proration_behavior": PRORATION,
        "proration_date": Whole(),
        "trial_end": Text(),
    },
    closed=frozenset(
        {
            "add_invoice_items",
            "application_fee_percent",
            "automatic_tax",
            "billing_schedules",
            "billing_thresholds",
            "collection_method",
            "days_until_due",
            "default_payment_method",
            "default_source",
            "default_tax_rates",
            "invoice_settings",
            "on_behalf_of",
            "payment_settings",
            "pending_invoice_item_interval",
            "transfer_data",
            "trial_from_plan",
            "trial_settings",
        }
    ),
)
SUBSCRIPTION_CANCEL = Fields(
    {"cancellation_details": CANCELLATION_DETAILS, "expand": EXPAND, "prorate": Flag()},
    closed=frozenset({"invoice_now"}),
)
SUBSCRIPTION_PAUSE = Fields(
    {"expand": EXPAND, "type": OneOf(("subscription",))},
    closed=frozenset({"bill_for", "invoicing_behavior"}),
)
SUBSCRIPTION_RESUME = Fields(
    {
        "billing_cycle_anchor": Fields({"type": OneOf(("now", "unchanged"))}, required=("type",)),
        "expand": EXPAND,
        "proration_behavior": PRORATION,
    },
    closed=frozenset({"payment_behavior", "proration_date"}),
)
SUBSCRIPTION_LIST = Fields(
    {
        **PAGING,
        "collection_method": OneOf(("charge_automatically", "send_invoice")),
        "created": CREATED,
        "current_period_end": CREATED,
        "current_period_start": CREATED,
        "customer": ID,
        "price": ID,
        "status": OneOf(
            (
                "active",
                "all",
                "canceled",
                "ended",
                "incomplete",
                "incomplete_expired",
                "past_due",
                "paused",
                "trialing",
                "unpaid",
            )
        ),
    },
    closed=frozenset({"automatic_tax", "customer_account", "plan", "test_clock"}),
)
INVOICE_LIST = Fields(
    {
        **PAGING,
        "collection_method": OneOf(("charge_automatically", "send_invoice")),
        "created": CREATED,
        "customer": ID,
        "status": OneOf(("draft", "open", "paid", "uncollectible", "void")),
        "subscription": ID,
    },
    closed=frozenset({"customer_account", "due_date"}),
)
INVOICE_UPDATE = Fields(
    {"auto_advance": Flag(), "expand": EXPAND, "metadata": METADATA},
    closed=frozenset(
        {
            "account_tax_ids",
            "application_fee_amount",
            "automatic_tax",
            "automatically_finalizes_at",
            "collection_method",
            "custom_fields",
            "days_until_due",
            "default_payment_method",
            "default_source",
            "default_tax_rates",
            "description",
            "discounts",
            "due_date",
            "effective_at",
            "footer",
            "issuer",
            "number",
            "on_behalf_of",
            "payment_settings",
            "rendering",
            "shipping_cost",
            "shipping_details",
            "statement_descriptor",
            "transfer_data",
        }
    ),
)
INVOICE_PAYMENT_LIST = Fields(
    {
        **PAGING,
        "created": CREATED,
        "invoice": ID,
        "payment": Fields(
            {"payment_intent": ID, "type": OneOf(("payment_intent",))},
            required=("type",),
            closed=frozenset({"payment_record"}),
        ),
        "status": OneOf(("canceled", "open", "paid")),
    }
)
PREVIEW = Fields(
    {
        "expand": EXPAND,
        "schedule": ID,
        "subscription": ID,
        "subscription_details": Fields(
            {"items": _ITEMS, "proration_behavior": PRORATION, "proration_date": Whole()},
            closed=frozenset(
                {
                    "billing_cycle_anchor",
                    "billing_mode",
                    "billing_schedules",
                    "cancel_at",
                    "cancel_at_period_end",
                    "cancel_now",
                    "default_tax_rates",
                    "metadata",
                    "pause",
                    "resume_at",
                    "start_date",
                    "trial_end",
                }
            ),
        ),
    },
    closed=frozenset(
        {
            "automatic_tax",
            "currency",
            "customer",
            "customer_account",
            "customer_details",
            "discounts",
            "invoice_items",
            "issuer",
            "on_behalf_of",
            "preview_mode",
            "schedule_details",
        }
    ),
)
SCHEDULE_CREATE = Fields(
    {"expand": EXPAND, "from_subscription": ID, "metadata": METADATA},
    closed=frozenset(
        {
            "billing_mode",
            "customer",
            "customer_account",
            "default_settings",
            "end_behavior",
            "pause_schedules",
            "phases",
            "start_date",
        }
    ),
)
_PHASE = Fields(
    {
        "duration": Fields(
            {"interval": OneOf(("day", "week", "month", "year")), "interval_count": Whole(least=1)},
            required=("interval",),
        ),
        "discounts": Either(
            Text(clearable=True),
            ListOf(Fields({"discount": ID}, closed=frozenset({"coupon", "promotion_code"})), most=1),
        ),
        "end_date": Whole(),
        "items": ListOf(
            Fields(
                {"price": ID, "quantity": Whole(least=1)},
                closed=frozenset({"billing_thresholds", "discounts", "metadata", "plan", "price_data", "tax_rates"}),
            ),
            most=20,
        ),
        "metadata": METADATA,
        "proration_behavior": PRORATION,
        "start_date": Whole(),
    },
    required=("items",),
    closed=frozenset(
        {
            "add_invoice_items",
            "application_fee_percent",
            "automatic_tax",
            "billing_cycle_anchor",
            "billing_thresholds",
            "collection_method",
            "currency",
            "default_payment_method",
            "default_tax_rates",
            "description",
            "invoice_settings",
            "on_behalf_of",
            "transfer_data",
            "trial",
            "trial_end",
        }
    ),
)
SCHEDULE_UPDATE = Fields(
    {
        "end_behavior": OneOf(("cancel", "release")),
        "expand": EXPAND,
        "metadata": METADATA,
        "phases": ListOf(_PHASE, most=10),
        "proration_behavior": PRORATION,
    },
    closed=frozenset({"default_settings", "pause_schedules"}),
)
SCHEDULE_RELEASE = Fields({"expand": EXPAND}, closed=frozenset({"preserve_cancel_date"}))
