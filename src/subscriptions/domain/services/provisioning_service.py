"""How a customer's own channel is named and marked."""

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan

TITLE_LIMIT = 128
ABOUT_LIMIT = 255
"""Telegram's limits (core.telegram.org/method/channels.createChannel)."""


def channel_title(template: str, brand: str, plan: ServicePlan, customer: Customer) -> str:
    """`{brand} - {plan} - {customer}` filled in, cut to what Telegram accepts, on one line."""
    filled = template.format(brand=brand, plan=plan.name, customer=customer.mention)
    return " ".join(filled.split())[:TITLE_LIMIT].strip() or brand[:TITLE_LIMIT]


def channel_about(template: str, brand: str, plan: ServicePlan, marker: str) -> str:
    """The description, ending with the marker by which a lost answer is found again."""
    ending = f" ref:{marker}"
    text = template.format(brand=brand, plan=plan.name)
    return text[: ABOUT_LIMIT - len(ending)] + ending


def welcome_number(marker: str) -> int:
    """The number by which Telegram recognises that a welcome was posted already: the same for one channel, always."""
    return int(marker, 16) or 1
