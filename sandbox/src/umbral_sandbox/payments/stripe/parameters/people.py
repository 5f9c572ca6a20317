"""Validation rules of the parameters of customers and of the customer portal."""

from umbral_sandbox.payments.stripe.parameters.common import CREATED, EXPAND, ID, METADATA, PAGING, URL
from umbral_sandbox.payments.stripe.rules import Fields, ListOf, OneOf, Rule, Text, Whole

_CUSTOMER: dict[str, Rule] = {
    "balance": Whole(least=-99_999_999, most=99_999_999),
    "description": Text(longest=5000, clearable=True),
    "email": Text(longest=512, clearable=True),
    "expand": EXPAND,
    "metadata": METADATA,
    "name": Text(longest=256, clearable=True),
    "phone": Text(longest=20, clearable=True),
    "preferred_locales": ListOf(Text(longest=10)),
    "tax_exempt": OneOf(("exempt", "none", "reverse")),
}
_CUSTOMER_CLOSED = frozenset(
    {
        "address",
        "business_name",
        "cash_balance",
        "individual_name",
        "invoice_prefix",
        "invoice_settings",
        "next_invoice_sequence",
        "shipping",
        "source",
        "tax",
        "validate",
    }
)
CUSTOMER_CREATE = Fields(_CUSTOMER, closed=_CUSTOMER_CLOSED | {"payment_method", "tax_id_data", "test_clock"})
CUSTOMER_UPDATE = Fields(_CUSTOMER, closed=_CUSTOMER_CLOSED | {"default_source"})
CUSTOMER_LIST = Fields({**PAGING, "created": CREATED, "email": Text(longest=512)}, closed=frozenset({"test_clock"}))
CUSTOMER_SEARCH = Fields(
    {"expand": EXPAND, "limit": Whole(least=1, most=100), "page": ID, "query": Text(longest=5000)},
    required=("query",),
)
PORTAL_CREATE = Fields(
    {"customer": ID, "expand": EXPAND, "locale": Text(longest=10), "return_url": URL},
    required=("customer",),
    closed=frozenset({"after_expiration", "configuration", "customer_account", "flow_data", "on_behalf_of"}),
)
