"""The ritual of entry, by Telegram id: the operations an operator's own code calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.access.kinds.shared_channel.grant_shared import (
    GrantShared,
    beside_vip,
    cancel,
    entry_at,
)
from subscriptions.application.dto.policy import Policy
from subscriptions.application.vip.invites import VipInvites
from subscriptions.domain.entities.access import WITHOUT_RIGHT
from subscriptions.domain.entities.activation_token import mask_token
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.vip_entry import (
    FIRST_STAGE,
    SECOND_STAGE,
    THIRD_STAGE,
    VipEntry,
    new_entry_token,
    token_digest,
)
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater
from subscriptions.domain.ids import CustomerId, ResourceId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy

log = structlog.get_logger(__name__)

ATTEMPTS: Final = 10
"""How many entry tokens are tried before it is given up: with 64 characters, one is enough."""


@dataclass(frozen=True)
class VipInviteLink:
    """What the customer needs to ask for admission."""

    invite_link: str
    expire_date: datetime


@dataclass(frozen=True)
class VIPEntryService:
    """Stage 1 → 2 → 3 → None. Every operation is a unit of work of its own, committed when it returns.

    1 → 2 by [Continuar], 2 → 3 by [Estoy listo], 3 → None by joining, which the door of the channel records. resource:
    into which channel with the ritual, by its soft id; the VIP channel unless another is named.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy
    grant_shared: GrantShared
    vip_invites: VipInvites

    async def get_current_stage(self, user_id: int, resource: str = VIP) -> int | None:
        """1, 2 or 3; None once the ritual is complete or cancelled, and for who never began it."""
        async with self.units() as uow:
            entry = await uow.vip_entries.by_telegram_id(TelegramId(user_id), await _ritual_id(uow, resource))
        return entry.vip_entry_stage if entry is not None else None

    async def advance_stage(self, user_id: int, from_stage: int, resource: str = VIP) -> bool:
        """One step on, from 1 or 2. True: it was taken now. from_stage: where the pressed button belongs.

        False: the access is over, the stage is another one, or nothing follows it; then nothing changed. The step to
        stage 3 makes the entry token with it; its link is the caller's to make, and is made by itself where the caller
        does not come to it.
        """
        async with self.units() as uow:
            place = await _place(uow, resource)
            entry = await self._live_entry(uow, user_id, place, resource) if place is not None else None
            if place is None or entry is None or not entry.advance(from_stage):
                log.warning(f"⚠️ VIP entry of user {user_id} does not advance from stage {from_stage}")
                return False
            token = await self._unique_token(uow) if from_stage == SECOND_STAGE else None
            if token is not None:
                entry.vip_entry_token = token_digest(token)
                await self.grant_shared.see_to_link(uow, entry.customer_id, place, self.clock.now())
            await uow.vip_entries.save(entry)
            await uow.commit()
        log.info(f"✅ User {user_id} VIP entry advanced: stage {from_stage} → {from_stage + 1}")
        if token is not None:
            _log_token(user_id, entry, token)
        return True

    async def generate_entry_token(self, user_id: int, resource: str = VIP) -> str:
        """A new token of 64 characters, of which the digest is stored; the stage stays as it is.

        Raises RuntimeError without a subscriber, or after ten collisions.
        """
        async with self.units() as uow:
            ritual_id = await _ritual_id(uow, resource)
            entry = await uow.vip_entries.by_telegram_id(TelegramId(user_id), ritual_id, lock=True)
            if entry is None:
                raise RuntimeError("Subscriber not found")
            token = await self._unique_token(uow)
            entry.vip_entry_token = token_digest(token)
            await uow.vip_entries.save(entry)
            await uow.commit()
        _log_token(user_id, entry, token)
        return token

    async def is_entry_token_valid(self, token: str) -> bool:
        """Whether it is the token of somebody in stage 3 whose access is not over."""
        async with self.units() as uow:
            entry = await uow.vip_entries.by_token(token_digest(token))
            if entry is None or entry.vip_entry_stage != THIRD_STAGE:
                return False
            resource = await uow.resources.get(entry.resource_id) if entry.resource_id is not None else None
            return await self._has_time(uow, entry.customer_id, resource.soft_id if resource is not None else VIP)

    async def create_24h_invite_link(self, user_id: int, resource: str = VIP) -> VipInviteLink | None:
        """A link into the channel good for 24 hours; the one made before, while it works. The stage stays.

        None: the channel is not configured, Telegram refuses, or the person may not enter or is inside. What Telegram
        refused now is tried again by itself.
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(user_id))
            place = await _place(uow, resource)
        if place is None:
            log.error(f"❌ {resource}: channel not configured")
            return None
        if customer is None:
            log.error(f"❌ VIP subscriber not found for user {user_id}")
            return None
        channel_id = beside_vip(place)
        try:
            invite = await self.vip_invites.give(
                customer.id, self.policy.vip_invite_lifetime, tell=False, channel_id=channel_id
            )
        except (RetryLater, Ambiguous, Permanent) as refusal:
            log.error(f"❌ Error creating invite link for user {user_id}: {refusal}")
            await self.vip_invites.give_later(customer.id, channel_id)
            return None
        return VipInviteLink(invite.url, invite.expires_at) if invite is not None else None

    async def cancel_entry_on_expiry(self, user_id: int, resource: str = VIP) -> None:
        """The access is over in stage 1 or 2: the ritual ends, and who is inside already is put out by a job.

        Stage 3 and a complete entry stay as they are.
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(user_id))
            place = await _place(uow, resource)
            if customer is None or place is None:
                return
            access = await uow.accesses.find(customer.id, place.id, lock=True)
            entry = await entry_at(uow, place, customer.id, lock=True)
            if entry is None or entry.vip_entry_stage not in {FIRST_STAGE, SECOND_STAGE}:
                return
            cancel(entry)
            await uow.vip_entries.save(entry)
            if access is not None:
                # Without the right, an entry that is cancelled does not read as one that is complete.
                access.end(is_shared=True)
                await uow.accesses.save(access)
            await uow.commit()

    async def _live_entry(self, uow: UnitOfWork, user_id: int, place: Channel, resource: str) -> VipEntry | None:
        """The entry, locked after the access, as whoever grants or ends it locks them."""
        customer = await uow.customers.by_telegram_id(TelegramId(user_id))
        if customer is None:
            return None
        access = await uow.accesses.find(customer.id, place.id, lock=True)
        if access is None or access.status in WITHOUT_RIGHT or not await self._has_time(uow, customer.id, resource):
            return None
        return await entry_at(uow, place, customer.id, lock=True)

    async def _has_time(self, uow: UnitOfWork, customer_id: CustomerId, resource: str) -> bool:
        now = self.clock.now()
        for subscription in await uow.vip.live_subscriptions(customer_id, resource):
            grace = access_policy.grace_of(await uow.plans.get(subscription.plan_id), self.policy.grace)
            if not subscription.rests and not access_policy.is_over(subscription, grace, now):
                return True
        return False

    async def _unique_token(self, uow: UnitOfWork) -> str:
        for _ in range(ATTEMPTS):
            token = new_entry_token()
            if await uow.vip_entries.by_token(token_digest(token)) is None:
                return token
        raise RuntimeError("Could not generate unique entry token")


async def _place(uow: UnitOfWork, name: str) -> Channel | None:
    """The chat of a resource by its soft id."""
    if name == VIP:
        return await uow.vip.channel()
    resource = await uow.resources.by_soft_id(name)
    return await uow.resources.place(resource.id) if resource is not None else None


async def _ritual_id(uow: UnitOfWork, name: str) -> ResourceId | None:
    """As the entries of a resource name it. Raises Permanent where there is no such resource."""
    if name == VIP:
        return None
    resource = await uow.resources.by_soft_id(name)
    if resource is None:
        raise Permanent(f"there is no resource `{name}`")
    return resource.id


def _log_token(user_id: int, entry: VipEntry, token: str) -> None:
    stage, mask = entry.vip_entry_stage, mask_token(token)
    log.info(f"✅ Entry token generated for user {user_id} | Stage={stage} | Token={mask}")
