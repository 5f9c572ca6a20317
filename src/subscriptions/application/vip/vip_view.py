"""How a customer stands with the VIP channel, read for whoever shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from subscriptions.domain.entities.access import OUT, WAITS_FOR_LINK, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.customer import CustomerRole
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class VipView:
    """How a customer with a live plan for the VIP channel stands with it.

    plan_name: of the plan that lasts longest. stage: of the ritual of entry, None once it is through. access: None
    while nothing was granted yet. invite_url: a link that works now, and until when, while they are outside and the
    ritual leaves the way free.
    """

    plan_name: str
    stage: int | None
    access: AccessStatus | None
    access_until: datetime | None
    invite_url: str | None = None
    invite_until: datetime | None = None

    @property
    def inside(self) -> bool:
        """Whether they are in the channel."""
        return self.access is AccessStatus.ACTIVE

    @property
    def lacks_link(self) -> bool:
        """Whether they may enter now, and have no link that works."""
        return self.access in WAITS_FOR_LINK and self.stage not in {1, 2} and self.invite_url is None


_NEVER: Final = datetime.min.replace(tzinfo=UTC)


async def vip_view(uow: UnitOfWork, customer_id: CustomerId, now: datetime) -> VipView | None:
    """None for who has no live plan for the VIP channel."""
    live = await uow.vip.live_subscriptions(customer_id)
    if not live:
        return None
    longest = max(live, key=lambda item: item.access_until or _NEVER)
    plan = await uow.plans.get(longest.plan_id)
    channel = await uow.vip.channel()
    entry = await uow.vip_entries.of(customer_id)
    access = await uow.accesses.of(customer_id, channel.id) if channel is not None else None
    invite = await _usable(uow, channel, customer_id, now) if _leads_in(access, entry) else None
    return VipView(
        plan_name=plan.name if plan else "",
        stage=entry.vip_entry_stage if entry is not None else None,
        access=access.status if access is not None else None,
        access_until=_end(live),
        invite_url=invite.url if invite is not None else None,
        invite_until=invite.expires_at if invite is not None else None,
    )


async def role_of(uow: UnitOfWork, customer_id: CustomerId) -> CustomerRole:
    """`vip` while the right to be in the VIP channel is live, whatever the stage of the entry; else `free`."""
    channel = await uow.vip.channel()
    access = await uow.accesses.of(customer_id, channel.id) if channel is not None else None
    return CustomerRole.FREE if access is None or access.status in OUT else CustomerRole.VIP


def _end(live: Sequence[Subscription]) -> datetime | None:
    return max((item.access_until for item in live if item.access_until is not None), default=None)


def _leads_in(access: Access | None, entry: VipEntry | None) -> bool:
    """Whether a link may be shown: the customer is outside, may enter, and the ritual leaves the way free."""
    outside = access is not None and access.may_enter() and access.status is not AccessStatus.ACTIVE
    return outside and (entry is None or entry.opens_the_door)


async def _usable(uow: UnitOfWork, channel: Channel | None, customer_id: CustomerId, now: datetime) -> Invite | None:
    invites = await uow.vip.live_invites(channel.id, customer_id) if channel is not None else []
    return next((invite for invite in reversed(invites) if invite.usable(now)), None)
