"""Subscriptions, payments, channels, codes, messages: what one looks for when one does not know whom."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.activation_token import TokenState
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import TokenId
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.lists import Column, Filter, Listed, list_page, plans
from web.console.pages.about import REASON, read_id
from web.console.visit import ROOT, Action, Target, Typed, Visit

PERSON: Final = Column("customer", "person")
PLAN: Final = Filter("plan", read=plans)
SPAN: Final = (Filter("since", kind="date"), Filter("until", kind="date"))
SEARCH: Final = Filter("q")


async def providers(visit: Visit) -> Sequence[tuple[str, str]]:
    """The ways to pay there are."""
    return [(code, visit.provider(code)) for code in sorted(visit.use.core.gateways().enabled())]


PROVIDER: Final = Filter("provider", read=providers)

SUBSCRIPTIONS: Final = Listed(
    "subscriptions",
    (
        PERSON,
        Column("plan"),
        Column("status", "state"),
        Column("price", "money", sort="price"),
        Column("provider", "provider"),
        Column("created_at", "day", sort="created_at"),
        Column("access_until", "moment", sort="access_until"),
    ),
    (
        SEARCH,
        Filter("state", ("live", "ending", "canceling")),
        Filter("status", tuple(SubscriptionStatus)),
        PLAN,
        PROVIDER,
        *SPAN,
    ),
    sort="created_at",
)
PAYMENTS: Final = Listed(
    "payments",
    (
        PERSON,
        Column("amount", "money", sort="amount"),
        Column("back", "back"),
        Column("status", "paid"),
        Column("plan"),
        Column("provider", "provider"),
        Column("reference", "code"),
        Column("occurred_at", "moment", sort="occurred_at"),
    ),
    (
        SEARCH,
        Filter("state", ("flagged", "disputed", "disputed_open", "first", "renewal")),
        Filter("status", tuple(PaymentStatus)),
        PLAN,
        PROVIDER,
        Filter("currency"),
        *SPAN,
    ),
    sort="occurred_at",
)
CHANNELS: Final = Listed(
    "channels",
    (
        Column("title"),
        PERSON,
        Column("plan"),
        Column("status", "state", words="channel_state"),
        Column("access", "state", words="chat.people.access_word"),
        Column("account", "code"),
        Column("created_at", "day", sort="created_at"),
    ),
    (
        SEARCH,
        Filter("state", ("outside", "stuck", "stock")),
        Filter("status", tuple(ChannelStatus), "channel_state"),
        PLAN,
    ),
    sort="created_at",
)
MESSAGES: Final = Listed(
    "messages",
    (
        PERSON,
        Column("kind", words="chat.alarms.messages"),
        Column("created_at", "moment", sort="created_at"),
        Column("sent_at", "moment"),
        Column("failed"),
    ),
    (SEARCH, Filter("state", ("owed", "sent", "failed")), Filter("kind"), *SPAN),
    sort="created_at",
)


def _usable(visit: Visit, row: Row) -> Sequence[str]:
    free = row["used_at"] is None and row["revoked_at"] is None and row["expires_at"] > visit.now
    return ("revoke",) if free and visit.may(StaffAction.REVOKE_TOKENS) else ()


CODES: Final = Listed(
    "codes",
    (
        Column("prefix", "prefix"),
        Column("plan"),
        Column("campaign"),
        Column("note"),
        Column("used_at", "day"),
        PERSON,
        Column("created_at", "day", sort="created_at"),
        Column("expires_at", "day", sort="expires_at"),
    ),
    (SEARCH, Filter("state", tuple(TokenState), "code_state"), PLAN, Filter("campaign")),
    sort="created_at",
    offered=_usable,
)


async def _code(visit: Visit, about: str) -> Target | None:
    """By its id; what it is called is in the list, and nowhere else."""
    return Target(str(read_id(about)), visit.words("action.revoke.it"), f"{ROOT}/codes")


async def _revoke(visit: Visit, target: Target, typed: Typed, operation: UUID) -> str:
    done = await visit.use.revoke_code()(visit.who, TokenId(UUID(target.id)), typed["reason"])
    return "revoked" if done else "over"


PAGES: Final = (
    list_page(SUBSCRIPTIONS, "selling"),
    list_page(PAYMENTS, "selling"),
    list_page(CODES, "selling"),
    list_page(CHANNELS, "delivering"),
    list_page(MESSAGES, "delivering"),
)
ACTIONS: Final = (Action("revoke", StaffAction.REVOKE_TOKENS, _code, _revoke, (REASON,)),)
