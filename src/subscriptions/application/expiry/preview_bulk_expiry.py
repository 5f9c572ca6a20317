"""Preview of a bulk expiry: the people whom it would remove now, with the reasons."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.bulk_expiry_guard import bulk_expiry_limit, why_over
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.bulk_expiry import OWNER_DECIDES
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import ProviderStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import provider_sync


class Fate(StrEnum):
    """Expected result for one subscription.

    would_go: nothing prevents the removal
    held: an owner must decide
    leaving: access ended and the removal is in progress
    goes_on: the provider reports time left
    no_answer: the provider does not respond
    unclear: the provider reports an unknown status
    """

    WOULD_GO = "would_go"
    HELD = "held"
    LEAVING = "leaving"
    GOES_ON = "goes_on"
    NO_ANSWER = "no_answer"
    UNCLEAR = "unclear"


@dataclass(frozen=True, kw_only=True)
class PreviewLine:
    """Entry of the preview: a person and a plan.

    telegram_id: None for an erased person
    fate: expected result
    reason: why the subscription's time is over, see `why_over`; for access that ended, the reason of that end
    over_since: time at which the paid or granted time ended
    """

    telegram_id: TelegramId | None
    name: str
    plan: str
    fate: Fate
    reason: str
    over_since: datetime | None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Preview of a bulk expiry.

    limit: number of people that may be removed without an owner's decision
    live: number of people with access
    """

    lines: list[PreviewLine]
    limit: int
    live: int

    @property
    def people(self) -> int:
        """Return the number of people who would be removed or asked about now."""
        return len({line.telegram_id for line in self.lines if line.fate in {Fate.WOULD_GO, Fate.HELD}})


@dataclass(frozen=True)
class PreviewBulkExpiry:
    """Use case that lists the people who would be removed now. It fetches subscriptions from providers, and changes
    nothing.
    """

    units: UnitOfWorkFactory
    sync_from_provider: SyncFromProvider
    clock: Clock
    policy: Policy

    async def __call__(self, on_progress: Callable[[int, int], None] = lambda *_: None) -> Preview:
        """Return everyone whose time is over, and everyone who is already being removed.

        `on_progress`: called after each provider's response with the number of checked subscriptions and the total
        """
        async with self.units() as uow:
            ended_subscriptions = await uow.subscriptions.list_over(self.clock.now())
            cases = await uow.bulk_expiries.open_of([item.id for item in ended_subscriptions])
            live = await uow.bulk_expiries.people_with_access()
            lines = [await self._preview_line(uow, access) for access in await uow.accesses.list_leaving()]
            drafts = [(item, await self._line(uow, item)) for item in ended_subscriptions]
        for number, (item, line) in enumerate(drafts, start=1):
            case = cases.get(item.id)
            is_held = case is not None and case.state in OWNER_DECIDES and case.ended_on == item.access_until
            lines.append(replace(line, fate=Fate.HELD if is_held else await self._fate(item)))
            on_progress(number, len(drafts))
        return Preview(lines=lines, limit=bulk_expiry_limit(live, self.policy.sweep_guard), live=live)

    async def _fate(self, subscription: Subscription) -> Fate:
        try:
            snapshot = await self.sync_from_provider.fetch(subscription)
        except UmbralError:
            return Fate.NO_ANSWER
        if snapshot is not None and snapshot.status is ProviderStatus.UNKNOWN:
            return Fate.UNCLEAR
        return Fate.GOES_ON if provider_sync.still_running(snapshot, self.clock.now()) else Fate.WOULD_GO

    async def _line(self, uow: UnitOfWork, subscription: Subscription) -> PreviewLine:
        customer, plan = await uow.customers.get(subscription.customer_id), await uow.plans.get(subscription.plan_id)
        return PreviewLine(
            telegram_id=customer.telegram_id if customer else None,
            name=customer.first_name if customer else "",
            plan=plan.name if plan else "",
            fate=Fate.WOULD_GO,
            reason=why_over(subscription),
            over_since=subscription.access_until,
        )

    async def _preview_line(self, uow: UnitOfWork, access: Access) -> PreviewLine:
        customer, channel = await uow.customers.get(access.customer_id), await uow.channels.get(access.channel_id)
        return PreviewLine(
            telegram_id=customer.telegram_id if customer else None,
            name=customer.first_name if customer else "",
            plan=channel.title if channel else "",
            fate=Fate.LEAVING,
            reason="access_ended",
            over_since=access.ends_at,
        )
