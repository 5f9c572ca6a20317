"""What the public pages tell: who sells, what, and where it begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.dto.policy import KEPT
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

BOT_USERNAME = "bot_username"
"""The variable in which the bot keeps its own name for others to read."""


def days_kept(periods: Mapping[Record, timedelta]) -> dict[str, int]:
    """Periods of keeping as the pages name them."""
    return {str(record): period.days for record, period in periods.items()}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The seller as the settings describe them.

    legal_identity, support_contact: empty where the operator has not said. accent: `#rrggbb`. base_url: no slash at
    its end. grace_days: access after a failed renewal. pick_marks: each customer's copy of a pick can be told apart.
    retention_days: a channel is kept for a return. records_days: the other periods of keeping, by the record's name.
    """

    brand: str
    legal_identity: str
    support_contact: str
    base_url: str
    accent: str
    terms_version: str
    grace_days: int
    pick_marks: bool = False
    retention_days: int = 30
    records_days: Mapping[str, int] = field(default_factory=lambda: days_kept(KEPT))


@dataclass(frozen=True, kw_only=True)
class SiteView:
    """What the pages show besides the seller. bot_username: without `@`; None until the bot has started once.

    methods: by code, the label by language of those by which a plan can be paid now, in the order of the plans.
    """

    plans: Sequence[PlanView]
    bot_username: str | None
    methods: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Site:
    """Reads what the pages show."""

    def __init__(self, units: UnitOfWorkFactory, browse_plans: BrowsePlans, gateways: GatewayRegistry) -> None:
        self._units = units
        self._browse_plans = browse_plans
        self._gateways = gateways

    async def __call__(self) -> SiteView:
        """As it is now. Raises RetryLater."""
        async with self._units() as uow:
            username = await uow.variables.get(BOT_USERNAME)
        plans, known = await self._browse_plans.all(), self._gateways.descriptors()
        methods = {code: known[code].label for plan in plans for code in plan.methods}
        return SiteView(plans=plans, bot_username=username or None, methods=methods)
