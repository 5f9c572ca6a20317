"""What the public pages tell: who sells, what, and where it begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.application.dto.views import PlanView
from subscriptions.application.handlers.browse_plans import BrowsePlans
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

BOT_USERNAME = "bot_username"
"""The variable in which the bot keeps its own name for others to read."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The seller as the settings describe them."""

    brand: str
    legal_identity: str
    support_contact: str
    base_url: str
    accent: str
    terms_version: str


@dataclass(frozen=True, kw_only=True)
class SiteView:
    """Everything the pages show. bot_url: None until the bot has started once."""

    identity: Identity
    plans: Sequence[PlanView]
    bot_url: str | None


class Site:
    """Reads what the pages show."""

    def __init__(self, units: UnitOfWorkFactory, plans: BrowsePlans, identity: Identity) -> None:
        self._units = units
        self._plans = plans
        self._identity = identity

    async def __call__(self) -> SiteView:
        """As it is now."""
        async with self._units() as uow:
            username = await uow.variables.get(BOT_USERNAME)
        return SiteView(
            identity=self._identity,
            plans=await self._plans.all(),
            bot_url=f"https://t.me/{username}" if username else None,
        )
