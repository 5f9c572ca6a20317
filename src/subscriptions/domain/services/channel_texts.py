"""Title, description, link titles and welcome message of a personal channel, within Telegram's limits."""

from uuid import UUID

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.spoken import text_for

TITLE_LIMIT = 128
ABOUT_LIMIT = 255
"""Telegram's limits for a channel's title (`TITLE_LIMIT`) and description (`ABOUT_LIMIT`), in characters
(core.telegram.org/method/channels.createChannel).
"""
WELCOME_LIMIT = 4096
LINK_TITLE_LIMIT = 32
NAME_LIMIT = 64
"""Telegram's limits for a message (`WELCOME_LIMIT`), a link's title (`LINK_TITLE_LIMIT`) and a first name
(`NAME_LIMIT`), in characters. Longer names are cut.
"""


def channel_title(template: str, brand: str, plan: ServicePlan, customer: Customer) -> str:
    """Fill in `{brand} - {plan} - {customer}` on one line, cut to Telegram's limit."""
    title = template.format(brand=brand, plan=text_for(plan.name, customer.language), customer=customer.mention)
    return _one_line(title, TITLE_LIMIT) or _one_line(brand, TITLE_LIMIT)


def channel_about(template: str, brand: str, plan: ServicePlan | None, language: str = "") -> str:
    """Fill in the channel's description. `plan`: None for a pre-created channel."""
    text = template.format(brand=brand, plan=text_for(plan.name, language)) if plan is not None else brand
    return text[:ABOUT_LIMIT]


def mark_description(description: str, marker: str) -> str:
    """Append the marker by which a channel can be found if Telegram's response to its creation was lost. The marker is
    removed when the title of an invite link contains it, before the customer joins.
    """
    ending = f" ref:{marker}"
    return description[: ABOUT_LIMIT - len(ending)] + ending


def link_title(marker: str, invite: UUID) -> str:
    """Return a link's title, which members never see: the channel's marker, followed by as much of the invite's id as
    fits.

    After a restore of the database, the title identifies a channel whose description no longer contains the marker.
    """
    return f"{marker}{invite.hex}"[:LINK_TITLE_LIMIT]


def precreated_title(brand: str) -> str:
    """Return the title of a pre-created channel."""
    return _one_line(brand, TITLE_LIMIT)


def welcome_text(template: str, brand: str, plan: ServicePlan | None, customer: Customer | None) -> str:
    """Fill in `{name}`, `{plan}` and `{brand}`. The message is plain text, so that a name cannot contain markup."""
    name = _one_line(customer.first_name, NAME_LIMIT) or customer.mention if customer else ""
    return template.format(
        brand=brand, plan=text_for(plan.name, customer.language if customer else "") if plan else "", name=name
    ).strip()[:WELCOME_LIMIT]


def welcome_number(marker: str) -> int:
    """Return the `random_id` of the welcome message. It is the same on every call for a channel, so that Telegram
    rejects a second welcome message.
    """
    return int(marker, 16) or 1


def _one_line(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit].strip()
