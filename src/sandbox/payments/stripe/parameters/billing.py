"""Parameters of subscriptions and invoices."""

from sandbox.payments.stripe.parameters.common import CREATED, EXPAND, ID, METADATA, PAGING
from sandbox.payments.stripe.rules import Either, Fields, Flag, ListOf, OneOf, Text, Whole

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

SUBSCRIPTION_UPDATE = Fields(
    {
        "cancel_at": CANCEL_AT,
        "cancel_at_period_end": Flag(),
        "cancellation_details": CANCELLATION_DETAILS,
        "description": Text(longest=500, clearable=True),
        "expand": EXPAND,
        "items": ListOf(
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
        ),
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
        "trial_end": Text(),
    },
    closed=frozenset(
        {
            "add_invoice_items",
            "application_fee_percent",
            "automatic_tax",
            "billing_cycle_anchor",
            "billing_schedules",
            "billing_thresholds",
            "collection_method",
            "days_until_due",
            "default_payment_method",
            "default_source",
            "default_tax_rates",
            "discounts",
            "invoice_settings",
            "on_behalf_of",
            "payment_settings",
            "pending_invoice_item_interval",
            "proration_date",
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
