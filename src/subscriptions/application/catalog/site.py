"""Content of the public pages: the seller, the plans and the link to the bot."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.dto.policy import RETENTION
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.site_picture import BANNER, PictureFacts
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.withdrawal_policy import Declarations, Scope

_DATE_PATTERN: Final = re.compile(r"(20\d\d)-(\d\d)(?:-(\d\d))?(?!\d)")


@dataclass(frozen=True)
class InForce:
    """Date from which the seller's terms apply. `exact`: True if the day is known, False if only the month is known."""

    day: date
    exact: bool


def in_force(version: str, effective_date: date | None) -> InForce | None:
    """Return the date from which the seller's terms apply: the one in the settings, or else the day or month at the
    beginning of the terms' version, as in 2026-11-01 or 2026-11b. Return None if there is neither.
    """
    if effective_date is not None:
        return InForce(effective_date, exact=True)
    match = _DATE_PATTERN.match(version)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3] or 1)) if match else None
    except ValueError:
        day = None
    return InForce(day, exact=bool(match[3])) if match and day else None


def days_kept(periods: Mapping[Record, timedelta]) -> dict[str, int]:
    """Return the retention periods in days, keyed by the name of the kind of record."""
    return {str(record): period.days for record, period in periods.items()}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Seller as described by the settings.

    legal_identity, support_contact: empty if the operator has not set them
    accent: color as `#rrggbb`
    base_url: URL of the site, without a trailing slash
    terms_since: date from which the terms apply; None to read the date from their version
    grace_days: days of access after a failed renewal
    withdrawal: customers who may withdraw from a contract
    declarations: declarations about withdrawal that are required before payment
    retention_days: days for which a channel is kept in case the customer returns
    records_days: other retention periods, keyed by the kind of record
    """

    brand: str
    legal_identity: str
    support_contact: str
    base_url: str
    accent: str
    terms_version: str
    grace_days: int
    terms_since: date | None = None
    withdrawal: Scope = Scope.EU
    declarations: Declarations = Declarations.OFF
    retention_days: int = 30
    records_days: Mapping[str, int] = field(default_factory=lambda: days_kept(RETENTION))


class PlanNote(Protocol):
    """Line of text that a feature adds to a plan, with a link to a page of the site."""

    def line(self, language: str, zone: ZoneInfo) -> str:
        """Return the text in this language. zone: time zone of the times in the text."""
        ...

    def path(self, language: str) -> str:
        """Return the path of the page in this language to which the line links."""
        ...


@dataclass(frozen=True, kw_only=True)
class SiteView:
    """Content of the public pages, except for the seller.

    bot_username: username of the bot without `@`; None until the bot has started for the first time
    methods: labels of the payment methods that can charge a plan now, each keyed by language, in the order of the plans
    chats: titles of the chats that plans include, keyed by slug
    notes: notes of features about plans, keyed by the plan's slug
    banner: metadata of the picture at the top of the landing page
    """

    plans: Sequence[PlanView]
    bot_username: str | None
    methods: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    chats: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Sequence[PlanNote]] = field(default_factory=dict)
    banner: PictureFacts | None = None


@dataclass(frozen=True)
class Site:
    """Use case that reads the content of the public pages."""

    units: UnitOfWorkFactory
    browse_plans: BrowsePlans
    gateways: GatewayRegistry

    async def __call__(self) -> SiteView:
        """Return the current content of the public pages. Raises RetryLater."""
        async with self.units() as uow:
            username = await uow.variables.get(BOT_USERNAME)
            banner = await uow.site_pictures.facts(BANNER)
        plans = [view for view in await self.browse_plans.all() if view.is_listed]
        opened_names = {soft_id for plan in plans for soft_id in plan.opens if soft_id not in plan.own}
        if opened_names:
            async with self.units() as uow:
                resources = await uow.resources.by_soft_ids(opened_names, skips_unreadable=True)
                chats = {each.soft_id: each.title for each in resources}
        else:
            chats = {}
        gateway_descriptors = self.gateways.descriptors()
        methods = {code: gateway_descriptors[code].label for plan in plans for code in plan.methods}
        return SiteView(plans=plans, bot_username=username or None, methods=methods, chats=chats, banner=banner)
