"""What the public pages tell: who sells, what, and where it begins."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.dto.policy import RETENTION
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.record_figures import Figures
from subscriptions.domain.services.withdrawal_policy import Declarations, Scope

_DATE_PATTERN: Final = re.compile(r"(20\d\d)-(\d\d)(?:-(\d\d))?(?!\d)")


@dataclass(frozen=True)
class InForce:
    """Since when terms are. exact: by the day; otherwise by its month."""

    day: date
    exact: bool


def in_force(version: str, effective_date: date | None) -> InForce | None:
    """Since the day the seller says, or the day or month with which the version begins, as in 2026-11-01 or 2026-11b;
    None where neither is one."""
    if effective_date is not None:
        return InForce(effective_date, exact=True)
    match = _DATE_PATTERN.match(version)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3] or 1)) if match else None
    except ValueError:
        day = None
    return InForce(day, exact=bool(match[3])) if match and day else None


def days_kept(periods: Mapping[Record, timedelta]) -> dict[str, int]:
    """Periods of keeping as the pages name them."""
    return {str(record): period.days for record, period in periods.items()}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The seller as the settings describe them.

    legal_identity, support_contact: empty where the operator has not said. accent: `#rrggbb`. base_url: no slash at
    its end. terms_since: since when the terms are in force, where their version is no date. grace_days: access after a
    failed renewal. withdrawal: who may withdraw from a contract; declarations: what is asked about that before paying.
    pick_marks: each customer's copy of a pick can be told apart.
    retention_days: a channel is kept for a return. records_days: the other periods of keeping, by the record's name.
    """

    brand: str
    legal_identity: str
    support_contact: str
    base_url: str
    accent: str
    terms_version: str
    grace_days: int
    terms_since: date | None = None
    pick_marks: bool = False
    withdrawal: Scope = Scope.EU
    declarations: Declarations = Declarations.OFF
    retention_days: int = 30
    records_days: Mapping[str, int] = field(default_factory=lambda: days_kept(RETENTION))


@dataclass(frozen=True, kw_only=True)
class SiteView:
    """What the pages show besides the seller. bot_username: without `@`; None until the bot has started once.

    methods: by code, the label by language of those by which a plan can be paid now, in the order of the plans.
    chats: by soft id, what the chats are called that plans open. records: figures of plans that publish tips, likewise.
    """

    plans: Sequence[PlanView]
    bot_username: str | None
    methods: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    chats: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, Figures] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """Reads what the pages show."""

    units: UnitOfWorkFactory
    browse_plans: BrowsePlans
    gateways: GatewayRegistry

    async def __call__(self) -> SiteView:
        """As it is now. Raises RetryLater."""
        async with self.units() as uow:
            username = await uow.variables.get(BOT_USERNAME)
        plans = [view for view in await self.browse_plans.all() if view.is_listed]
        opened_names = {soft_id for plan in plans for soft_id in plan.opens if soft_id not in plan.own}
        if opened_names:
            async with self.units() as uow:
                chats = {each.soft_id: each.title for each in await uow.resources.by_soft_ids(opened_names)}
        else:
            chats = {}
        gateway_descriptors = self.gateways.descriptors()
        methods = {code: gateway_descriptors[code].label for plan in plans for code in plan.methods}
        return SiteView(plans=plans, bot_username=username or None, methods=methods, chats=chats)
