"""View of a customer's state in a channel with entry steps, and the role derived from VIP access."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from subscriptions.application.catalog.method_prices import first_charge
from subscriptions.domain.entities.access import WAITS_FOR_LINK, WITHOUT_RIGHT, AccessStatus
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.customer import CustomerRole
from subscriptions.domain.entities.resource import VIP, Resource
from subscriptions.domain.ids import ChannelId, CustomerId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY, VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy


@dataclass(frozen=True, kw_only=True)
class VipView:
    """State of a customer with a live plan in a channel with entry steps, which is the VIP channel or another one.

    plan_name: name of the plan that lasts longest
    stage: current entry step; None once all are complete
    access: status of the customer's access; None until the customer gets access
    invite_url: valid invite link; None if there is none, the customer has joined, or the entry steps do not allow
        joining yet
    resource, chat: slug and title of the channel
    channel_id: id of the channel; None for the VIP channel
    charge, next_amount: time and amount of the first charge after a trial; None if there is none
    """

    plan_name: str
    stage: int | None
    access: AccessStatus | None
    access_until: datetime | None
    invite_url: str | None = None
    invite_until: datetime | None = None
    resource: str = VIP
    chat: str = "VIP"
    channel_id: ChannelId | None = None
    charge: datetime | None = None
    next_amount: Money | None = None

    @property
    def is_inside(self) -> bool:
        """True if the customer is a member."""
        return self.access is AccessStatus.ACTIVE

    @property
    def lacks_link(self) -> bool:
        """True if the customer may join now, and has no valid link."""
        is_outside = self.access in WAITS_FOR_LINK or self.access is AccessStatus.LEFT
        return is_outside and self.stage not in {1, 2} and self.invite_url is None


_DISTANT_PAST: Final = datetime.min.replace(tzinfo=UTC)


async def vip_view(
    uow: UnitOfWork, customer_id: CustomerId, now: datetime, default_grace: timedelta, resource: Resource | None = None
) -> VipView | None:
    """Return the state of the customer in a channel with entry steps. Return None if no live plan of the customer
    includes the channel.

    default_grace: grace period for plans without their own
    resource: the channel; None for the VIP channel
    """
    other = resource if resource is not None and not resource.is_vip else None
    name = other.soft_id if other is not None else VIP
    live = await uow.of(VIP_KEY).live_subscriptions(customer_id, name)
    if not live:
        return None
    plans = [await uow.plans.get(item.plan_id) for item in live]
    graces = [access_policy.grace_of(plan, default_grace) for plan in plans]
    ends = [
        access_policy.shown_end(item, grace, now) or _DISTANT_PAST for item, grace in zip(live, graces, strict=True)
    ]
    end = max(ends)
    plan = plans[ends.index(end)]
    charge, amount = await first_charge(uow, live[ends.index(end)])
    channel = await (uow.of(VIP_KEY).channel() if other is None else uow.resources.channel(other.id))
    entry = await uow.of(VIP_ENTRIES_KEY).find(customer_id, other.id if other is not None else None)
    access = await uow.accesses.find(customer_id, channel.id) if channel is not None else None
    invite = await _usable(uow, channel, customer_id, now) if access_policy.may_see_link(access, entry) else None
    return VipView(
        plan_name=plan.name if plan else "",
        stage=entry.vip_entry_stage if entry is not None else None,
        access=access.status if access is not None else None,
        access_until=end if end > _DISTANT_PAST else None,
        invite_url=invite.url if invite is not None else None,
        invite_until=invite.expires_at if invite is not None else None,
        resource=name,
        chat=channel.title if channel is not None else "VIP",
        channel_id=channel.id if channel is not None and other is not None else None,
        charge=charge,
        next_amount=amount,
    )


async def role_of(uow: UnitOfWork, customer_id: CustomerId) -> CustomerRole:
    """Return `vip` while the customer has access to the VIP channel, at any entry step; otherwise `free`."""
    channel = await uow.of(VIP_KEY).channel()
    access = await uow.accesses.find(customer_id, channel.id) if channel is not None else None
    return CustomerRole.FREE if access is None or access.status in WITHOUT_RIGHT else CustomerRole.VIP


async def _usable(uow: UnitOfWork, channel: Channel | None, customer_id: CustomerId, now: datetime) -> Invite | None:
    invites = await uow.of(VIP_KEY).live_invites(channel.id, customer_id) if channel is not None else []
    return next((invite for invite in reversed(invites) if invite.usable(now)), None)
