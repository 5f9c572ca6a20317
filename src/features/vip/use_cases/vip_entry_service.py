"""Entry steps of a channel: advancing and cancelling them, and creating the entry token and invite link."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.access.join_rules import channel_named
from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared, entry_at
from subscriptions.application.dto.policy import Policy
from subscriptions.application.vip.invites import VipInvites
from subscriptions.domain.entities.access import WITHOUT_RIGHT
from subscriptions.domain.entities.activation_token import mask_token
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.vip_entry import (
    FIRST_STAGE,
    SECOND_STAGE,
    VipEntry,
    new_entry_token,
    token_digest,
)
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY, VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy

log = structlog.get_logger(__name__)

ATTEMPTS: Final = 10
"""Maximum number of attempts to draw a unique entry token. Tokens have 64 characters, so collisions are improbable."""


@dataclass(frozen=True)
class VipInviteLink:
    """Invite link that lets the customer send a join request to the channel. expire_date: time at which the link
    expires.
    """

    invite_link: str
    expire_date: datetime


@dataclass(frozen=True)
class VIPEntryService:
    """Service for the entry steps: step 1 → 2 → 3 → None. Each operation is a separate unit of work, committed when it
    returns.

    The customer advances from 1 to 2 by [Continuar], from 2 to 3 by [Estoy listo], and completes step 3 by joining,
    which the channel's join requests record. The bot's buttons call get_current_stage, advance_stage and
    create_24h_invite_link. The bulk expiry (`ExpireVip`) cancels the entries of all customers whose access ends.

    resource: slug of the channel with entry steps; the VIP channel by default
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy
    grant_shared: GrantShared
    vip_invites: VipInvites

    async def get_current_stage(self, user_id: int, resource: str = VIP) -> int | None:
        """Return 1, 2 or 3; None if the entry steps are complete, canceled or not begun."""
        async with self.units() as uow:
            entry = await _entry_of(uow, user_id, resource)
        return entry.vip_entry_stage if entry is not None else None

    async def advance_stage(self, user_id: int, from_stage: int, resource: str = VIP) -> bool:
        """Advance from step 1 or 2 to the next step. Return True if this call advanced the step.

        `from_stage`: step that the pressed button belongs to. Return False, without a change, if access has ended, the
        current step is another one, or there is no next step. Advancing to step 3 creates the entry token. The caller
        then creates the invite link; if it does not, a job does.
        """
        async with self.units() as uow:
            channel = await channel_named(uow, resource)
            entry = await self._live_entry(uow, user_id, channel, resource) if channel is not None else None
            if channel is None or entry is None or not entry.advance(from_stage):
                log.warning(f"⚠️ VIP entry of user {user_id} does not advance from stage {from_stage}")
                return False
            token = await _put_token(uow, entry) if from_stage == SECOND_STAGE else None
            if token is not None:
                await self.grant_shared.see_to_link(uow, entry.customer_id, channel, self.clock.now())
            await uow.of(VIP_ENTRIES_KEY).save(entry)
            await uow.commit()
        log.info(f"✅ User {user_id} VIP entry advanced: stage {from_stage} → {from_stage + 1}")
        if token is not None:
            _log_token(user_id, entry, token)
        return True

    async def generate_entry_token(self, user_id: int, resource: str = VIP) -> str:
        """Return a new token of 64 characters, of which only the digest is stored. The step does not change.

        Raises RuntimeError if the user is no subscriber, or after ten collisions.
        """
        async with self.units() as uow:
            entry = await _entry_of(uow, user_id, resource, lock=True)
            if entry is None:
                raise RuntimeError("Subscriber not found")
            token = await _put_token(uow, entry)
            await uow.of(VIP_ENTRIES_KEY).save(entry)
            await uow.commit()
        _log_token(user_id, entry, token)
        return token

    async def is_entry_token_valid(self, token: str) -> bool:
        """Return True if the token belongs to a customer in step 3 whose access has not ended.

        In step 3, the same rule (`VipEntry.has_valid_token`) decides whether a link is created and a join request
        approved. Only the token's digest is stored, so only the caller of generate_entry_token can present the token.
        """
        async with self.units() as uow:
            entry = await uow.of(VIP_ENTRIES_KEY).by_token(token_digest(token))
            if entry is None or not entry.has_valid_token:
                return False
            resource = await uow.resources.get(entry.resource_id) if entry.resource_id is not None else None
            return await self._has_time(uow, entry.customer_id, resource.soft_id if resource is not None else VIP)

    async def create_24h_invite_link(self, user_id: int, resource: str = VIP) -> VipInviteLink | None:
        """Return an invite link that is valid for 24 hours, or the existing link while it is valid. The step does not
        change. Without entry steps (VIP_ENTRY=direct), the link is valid for five hours.

        Return None if the channel is not configured, Telegram refuses, or the customer may not join or already is a
        member. If Telegram refuses, the job `bot.tend_vip_entry` retries and sends the link.
        """
        invite = await self.vip_invites.offer(TelegramId(user_id), resource)
        return VipInviteLink(invite.url, invite.expires_at) if invite is not None else None

    async def cancel_entry_on_expiry(self, user_id: int, resource: str = VIP) -> None:
        """Cancel the entry steps of a customer in step 1 or 2. The caller must have checked that the customer's access
        has ended.

        The customer's access row for the channel is ended too, and a job removes the customer from the channel. An
        entry in step 3 and a completed entry are not changed.
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(user_id))
            entered = await uow.resources.by_soft_id(resource)
            channel = await channel_named(uow, resource)
            if customer is None or entered is None or channel is None:
                return
            await uow.accesses.find(customer.id, channel.id, lock=True)
            entry = await entry_at(uow, channel, customer.id, lock=True)
            if entry is None or entry.vip_entry_stage not in {FIRST_STAGE, SECOND_STAGE}:
                return
            await self.grant_shared.settle_all(uow, entered, [customer.id], self.clock.now(), is_over=True)
            await uow.commit()

    async def _live_entry(self, uow: UnitOfWork, user_id: int, channel: Channel, resource: str) -> VipEntry | None:
        """Return the entry of a customer whose access has not ended, or None if there is none. Locks the access row
        before the entry, the order used everywhere, which prevents deadlocks.
        """
        customer = await uow.customers.by_telegram_id(TelegramId(user_id))
        if customer is None:
            return None
        access = await uow.accesses.find(customer.id, channel.id, lock=True)
        if access is None or access.status in WITHOUT_RIGHT or not await self._has_time(uow, customer.id, resource):
            return None
        return await entry_at(uow, channel, customer.id, lock=True)

    async def _has_time(self, uow: UnitOfWork, customer_id: CustomerId, resource: str) -> bool:
        now = self.clock.now()
        for subscription in await uow.of(VIP_KEY).live_subscriptions(customer_id, resource):
            grace = access_policy.grace_of(await uow.plans.get(subscription.plan_id), self.policy.grace)
            if access_policy.lets_in(subscription, grace, now):
                return True
        return False


async def _put_token(uow: UnitOfWork, entry: VipEntry) -> str:
    """Set a unique token for the entry, and return it; only its digest is stored. The caller saves the entry."""
    for _ in range(ATTEMPTS):
        token = new_entry_token()
        if await uow.of(VIP_ENTRIES_KEY).by_token(token_digest(token)) is None:
            entry.vip_entry_token = token_digest(token)
            return token
    raise RuntimeError("Could not generate unique entry token")


def _log_token(user_id: int, entry: VipEntry, token: str) -> None:
    stage, mask = entry.vip_entry_stage, mask_token(token)
    log.info(f"✅ Entry token generated for user {user_id} | Stage={stage} | Token={mask}")


async def _entry_of(uow: UnitOfWork, user_id: int, name: str, *, lock: bool = False) -> VipEntry | None:
    """Return the entry of a Telegram user for a resource; None if there is none. name: slug of the resource."""
    resource = await uow.resources.by_soft_id(name) if name != VIP else None
    if resource is None and name != VIP:
        return None
    ritual = resource.id if resource is not None else None
    return await uow.of(VIP_ENTRIES_KEY).by_telegram_id(TelegramId(user_id), ritual, lock=lock)
