"""Subscriptions, payments, channels, codes, messages: what one looks for when one does not know whom."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import TokenId
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.lists import list_page
from web.console.pages.about import REASON, read_id
from web.console.visit import ROOT, Action, Target, Typed, Visit


def _usable(visit: Visit, row: Row) -> Sequence[str]:
    free = row["used_at"] is None and row["revoked_at"] is None and row["expires_at"] > visit.now
    return ("revoke",) if free and visit.may(StaffAction.REVOKE_TOKENS) else ()


async def _code(visit: Visit, about: str) -> Target | None:
    """By its id; what it is called is in the list, and nowhere else."""
    return Target(str(read_id(about)), visit.words("action.revoke.it"), f"{ROOT}/codes")


async def _revoke(visit: Visit, target: Target, typed: Typed, operation: UUID) -> str:
    done = await visit.use.revoke_code()(visit.who, TokenId(UUID(target.id)), typed["reason"])
    return "revoked" if done else "over"


PAGES: Final = (
    list_page("subscriptions", "selling"),
    list_page("payments", "selling"),
    list_page("codes", "selling", offered=_usable),
    list_page("channels", "delivering"),
    list_page("messages", "delivering"),
)
ACTIONS: Final = (Action("revoke", StaffAction.REVOKE_TOKENS, _code, _revoke, (REASON,)),)
