"""Validation rules of the parameters of checkout sessions."""

from umbral_sandbox.payments.stripe.parameters.catalog import RECURRING, TAX_BEHAVIOR
from umbral_sandbox.payments.stripe.parameters.common import CREATED, CURRENCY, EXPAND, ID, METADATA, PAGING, URL
from umbral_sandbox.payments.stripe.rules import DecimalText, Fields, Flag, ListOf, OneOf, Rule, Text, Whole

LOCALES = (
    "auto",
    "bg",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "en-GB",
    "es",
    "es-419",
    "et",
    "fi",
    "fil",
    "fr",
    "fr-CA",
    "hi-IN",
    "hr",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "lt",
    "lv",
    "ms",
    "mt",
    "nb",
    "nl",
    "pl",
    "pt",
    "pt-BR",
    "ro",
    "ru",
    "sk",
    "sl",
    "sv",
    "th",
    "tr",
    "vi",
    "zh",
    "zh-HK",
    "zh-TW",
)

LINE_ITEM = Fields(
    {
        "metadata": METADATA,
        "price": ID,
        "price_data": Fields(
            {
                "currency": CURRENCY,
                "product": ID,
                "product_data": Fields(
                    {
                        "description": Text(longest=40000),
                        "images": ListOf(URL, most=8),
                        "metadata": METADATA,
                        "name": Text(longest=250),
                        "tax_code": Text(),
                        "unit_label": Text(longest=12),
                    },
                    required=("name",),
                    closed=frozenset({"tax_details"}),
                ),
                "recurring": Fields(
                    {name: RECURRING.known[name] for name in ("interval", "interval_count")},
                    required=("interval",),
                ),
                "tax_behavior": TAX_BEHAVIOR,
                "unit_amount": Whole(least=0, most=99_999_999),
                "unit_amount_decimal": DecimalText(),
            },
            required=("currency",),
        ),
        "quantity": Whole(least=1, most=999_999),
    },
    closed=frozenset({"adjustable_quantity", "tax_rates"}),
)
SUBSCRIPTION_DATA = Fields(
    {
        "description": Text(longest=500),
        "metadata": METADATA,
        "proration_behavior": OneOf(("create_prorations", "none")),
        "trial_end": Whole(),
        "trial_period_days": Whole(least=1, most=730),
        "trial_settings": Fields(
            {
                "end_behavior": Fields(
                    {"missing_payment_method": OneOf(("cancel", "create_invoice", "pause"))},
                    required=("missing_payment_method",),
                )
            },
            required=("end_behavior",),
        ),
    },
    closed=frozenset(
        {
            "application_fee_percent",
            "billing_cycle_anchor",
            "billing_cycle_anchor_config",
            "billing_mode",
            "default_tax_rates",
            "invoice_settings",
            "on_behalf_of",
            "pending_invoice_item_interval",
            "transfer_data",
        }
    ),
)
PAYMENT_INTENT_DATA = Fields(
    {
        "capture_method": OneOf(("automatic", "automatic_async")),
        "description": Text(longest=1000),
        "metadata": METADATA,
        "receipt_email": Text(longest=800),
        "setup_future_usage": OneOf(("off_session", "on_session")),
        "statement_descriptor": Text(longest=22),
        "statement_descriptor_suffix": Text(longest=22),
    },
    closed=frozenset({"application_fee_amount", "on_behalf_of", "shipping", "transfer_data", "transfer_group"}),
)
# Members that are echoed in the answer and have no other effect.
ECHOED: dict[str, Rule] = {
    "allow_promotion_codes": Flag(),
    "billing_address_collection": OneOf(("auto", "required")),
    "customer_creation": OneOf(("always", "if_required")),
    "integration_identifier": Text(),
    "origin_context": OneOf(("mobile_app", "web")),
    "payment_method_collection": OneOf(("always", "if_required")),
    "submit_type": OneOf(("auto", "book", "donate", "pay", "subscribe")),
    "ui_mode": OneOf(("hosted_page",)),
}
SESSION_CREATE = Fields(
    {
        **ECHOED,
        "automatic_tax": Fields({"enabled": Flag()}, required=("enabled",), closed=frozenset({"liability"})),
        "cancel_url": URL,
        "client_reference_id": Text(longest=200),
        "currency": CURRENCY,
        "customer": ID,
        "customer_email": Text(longest=800),
        "discounts": ListOf(Fields({"coupon": ID}, closed=frozenset({"promotion_code"})), most=1),
        "customer_update": Fields({name: OneOf(("auto", "never")) for name in ("address", "name", "shipping")}),
        "expand": EXPAND,
        "expires_at": Whole(),
        "line_items": ListOf(LINE_ITEM),
        "locale": OneOf(LOCALES),
        "metadata": METADATA,
        "mode": OneOf(("payment", "subscription")),
        "payment_intent_data": PAYMENT_INTENT_DATA,
        "phone_number_collection": Fields({"enabled": Flag()}, required=("enabled",)),
        "subscription_data": SUBSCRIPTION_DATA,
        "success_url": URL,
    },
    required=("mode",),
    closed=frozenset(
        {
            "adaptive_pricing",
            "after_expiration",
            "allowed_payment_method_types",
            "branding_settings",
            "consent_collection",
            "custom_fields",
            "custom_text",
            "customer_account",
            "excluded_payment_method_types",
            "invoice_creation",
            "managed_payments",
            "name_collection",
            "optional_items",
            "payment_method_configuration",
            "payment_method_data",
            "payment_method_options",
            "permissions",
            "redirect_on_completion",
            "return_url",
            "saved_payment_method_options",
            "setup_intent_data",
            "shipping_address_collection",
            "shipping_options",
            "tax_id_collection",
            "wallet_options",
        }
    ),
)
SESSION_LIST = Fields(
    {
        **PAGING,
        "created": CREATED,
        "customer": ID,
        "customer_details": Fields({"email": Text(longest=800)}, required=("email",)),
        "payment_intent": ID,
        "status": OneOf(("complete", "expired", "open")),
        "subscription": ID,
    },
    closed=frozenset({"customer_account", "payment_link"}),
)
LINE_ITEMS = Fields(PAGING)
