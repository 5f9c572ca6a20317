"""Titles, descriptions, link names and the welcome of a customer's own channel, within the limits of Telegram."""

from uuid import UUID

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.spoken import text_for

TITLE_LIMIT = 128
ABOUT_LIMIT = 255
"""Telegram's limits (core.telegram.org/method/channels.createChannel)."""
WELCOME_LIMIT = 4096
LINK_TITLE_LIMIT = 32
NAME_LIMIT = 64
"""Telegram's limits for a message and for a first name; whoever shows a longer one is addressed by its beginning."""


def channel_title(template: str, brand: str, plan: ServicePlan, customer: Customer) -> str:
    """`{brand} - {plan} - {customer}` filled in, cut to what Telegram accepts, on one line."""
    title = template.format(brand=brand, plan=text_for(plan.name, customer.language), customer=customer.mention)
    return _one_line(title, TITLE_LIMIT) or _one_line(brand, TITLE_LIMIT)


def channel_about(template: str, brand: str, plan: ServicePlan | None, language: str = "") -> str:
    """The description as the channel's customer reads it. plan: None for nobody's yet."""
    text = template.format(brand=brand, plan=text_for(plan.name, language)) if plan is not None else brand
    return text[:ABOUT_LIMIT]


def mark_description(description: str, marker: str) -> str:
    """A description that ends with the marker by which a lost answer is found again; only before somebody comes."""
    ending = f" ref:{marker}"
    return description[: ABOUT_LIMIT - len(ending)] + ending


def link_title(marker: str, invite: UUID) -> str:
    """What a link is called, which members never see: its channel's marker, then as much of the invite as has room.

    By it a channel that a lost database forgot is found again once its description bears the marker no more.
    """
    return f"{marker}{invite.hex}"[:LINK_TITLE_LIMIT]


def stock_title(brand: str) -> str:
    """The name of a channel that is nobody's yet."""
    return _one_line(brand, TITLE_LIMIT)


def welcome_text(template: str, brand: str, plan: ServicePlan | None, customer: Customer | None) -> str:
    """`{name}`, `{plan}` and `{brand}` filled in. It is posted as plain text: nothing in a name is markup."""
    name = _one_line(customer.first_name, NAME_LIMIT) or customer.mention if customer else ""
    return template.format(
        brand=brand, plan=text_for(plan.name, customer.language if customer else "") if plan else "", name=name
    ).strip()[:WELCOME_LIMIT]


def welcome_number(marker: str) -> int:
    """The number by which Telegram recognises that a welcome was posted already: the same for one channel, always."""
    return int(marker, 16) or 1


def _one_line(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit].strip()
