"""Validation rules of parameters that several operations of the Stripe API have in common."""

from umbral_sandbox.payments.stripe.rules import Either, Fields, ListOf, Metadata, Rule, Text, Whole

EXPAND = ListOf(Text())
METADATA = Metadata()
ID = Text(longest=255)
CURRENCY = Text(longest=3)
URL = Text(longest=5000)
CREATED = Either(Whole(), Fields({"gt": Whole(), "gte": Whole(), "lt": Whole(), "lte": Whole()}))
PAGING: dict[str, Rule] = {
    "limit": Whole(least=1, most=100),
    "starting_after": ID,
    "ending_before": ID,
    "expand": EXPAND,
}
RETRIEVE = Fields({"expand": EXPAND})
