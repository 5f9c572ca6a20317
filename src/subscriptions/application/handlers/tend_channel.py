"""A channel is brought to what is due: owned, made, equipped, its customer invited, used links revoked.

Every step is recorded before the next begins, so any of them may be the last one before a crash; the next run goes on
where this one stopped. Only creating is not repeatable at Telegram: see `_create`.
"""

from datetime import timedelta
from uuid import UUID, uuid4

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelStatus, Invite
from subscriptions.domain.entities.userbot_account import AccountBot, AccountStatus, Bot, UserbotAccount
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import AccountId, ChannelId
from subscriptions.domain.ports.channel_provisioner import (
    SENDER_BOT_RIGHTS,
    SUBSCRIPTION_BOT_RIGHTS,
    AccountSessions,
    AccountUnavailable,
    BotRef,
    ChannelProvisioner,
    ChannelRef,
    FloodWait,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services import provisioning_service

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(seconds=60)
SETTLE = timedelta(seconds=5)
"""How long an unanswered request may still be on its way at Telegram before we look for its result."""

WAITS_FOR_LINK = frozenset(
    {AccessStatus.PENDING, AccessStatus.INVITED, AccessStatus.ACTION_REQUIRED, AccessStatus.FAILED}
)
LINK_NAME_LIMIT = 32


class TendChannel:
    """Does all that is due for one channel, as the account that owns it."""

    def __init__(self, units: UnitOfWorkFactory, sessions: AccountSessions, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._sessions = sessions
        self._clock = clock
        self._policy = policy

    async def __call__(self, account_id: AccountId, channel_id: ChannelId) -> None:
        """The caller holds the account's lease. Raises RetryLater, Ambiguous or Permanent."""
        async with self._units() as uow:
            account = await uow.accounts.get(account_id)
            channel = await uow.channels.get(channel_id)
        if account is None or channel is None or channel.account_id != account_id:
            raise Permanent(f"channel {channel_id} is not owned by account {account_id}")
        if account.status in {AccountStatus.DEAD, AccountStatus.RETIRED}:
            raise Permanent(f"account {account_id} is {account.status}: {account.status_reason}")
        try:
            async with self._sessions.open(account) as telegram:
                await self._tend(account, channel, telegram)
        except FloodWait as wait:
            await self._keep_wait(account_id, wait)
            raise
        except AccountUnavailable as lost:
            await self._mark_account(account_id, lost)
            raise Permanent(str(lost)) from lost

    async def _tend(self, account: UserbotAccount, channel: Channel, telegram: ChannelProvisioner) -> None:
        if channel.status is ChannelStatus.CREATING:
            channel = await self._create(channel, telegram)
        if channel.channel_id is None or channel.access_hash is None:
            raise Permanent(f"channel {channel.id} is {channel.status} without Telegram's name")
        ref = ChannelRef(channel.channel_id, channel.access_hash)
        if channel.status is ChannelStatus.CREATED:
            channel = await self._equip(account, channel, ref, telegram)
        await self._links(account, channel, ref, telegram)

    async def _create(self, channel: Channel, telegram: ChannelProvisioner) -> Channel:
        """Exactly one channel: intent, look, create once with a marker, record; what is uncertain is looked for."""
        asked_before = channel.create_started_at
        async with self._units() as uow:
            plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
            known = await uow.channels.known_chat_ids(channel.account_id) if channel.account_id else frozenset[int]()
            channel.start_creating(self._clock.now())
            await uow.channels.save(channel)
            await uow.commit()
        if plan is None:
            raise Permanent(f"channel {channel.id} has no plan")
        found = None
        if asked_before is not None:
            found = await telegram.find_channel(channel.marker, asked_before - LOOK_BACK, known)
        if found is None:
            about = provisioning_service.channel_about(
                self._policy.channel_about, self._policy.brand, plan, channel.marker
            )
            try:
                found = await telegram.create_channel(channel.title, about)
            except Ambiguous as error:
                raise RetryLater(f"create channel: {error}", after=SETTLE) from error
        async with self._units() as uow:
            channel.created(found.chat_id, found.access_hash)
            await uow.channels.save(channel)
            await uow.commit()
        log.info("channel made", channel=channel.channel_id, account=channel.account_id)
        return channel

    async def _equip(
        self, account: UserbotAccount, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> Channel:
        async with self._units() as uow:
            bots = await uow.accounts.bots()
            plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
            customer = await uow.customers.get(channel.customer_id) if channel.customer_id else None
        if not any(bot.role == "subscription" for bot in bots):
            raise RetryLater("the bot has not told its name yet")
        await telegram.protect(ref)
        for bot in bots:
            rights = SUBSCRIPTION_BOT_RIGHTS if bot.role == "subscription" else SENDER_BOT_RIGHTS
            await telegram.ensure_admin(ref, await self._bot_ref(account, bot, telegram), rights)
        welcome = self._policy.channel_welcome.format(
            brand=self._policy.brand,
            plan=plan.name if plan else "",
            name=customer.first_name if customer else "",
        )
        await telegram.post_welcome(ref, welcome, provisioning_service.welcome_number(channel.marker))
        async with self._units() as uow:
            channel.equipped(self._clock.now())
            await uow.channels.save(channel)
            await uow.commit()
        return channel

    async def _bot_ref(self, account: UserbotAccount, bot: Bot, telegram: ChannelProvisioner) -> BotRef:
        async with self._units() as uow:
            seen = await uow.accounts.bot_seen_by(account.id, bot.telegram_id)
        if seen is not None:
            return BotRef(bot.username, bot.telegram_id, seen.access_hash)
        found = await telegram.resolve_bot(bot.username)
        async with self._units() as uow:
            await uow.accounts.save_account_bot(
                AccountBot(account_id=account.id, bot_id=bot.telegram_id, access_hash=found.access_hash)
            )
            await uow.commit()
        return found

    async def _links(
        self, account: UserbotAccount, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> None:
        async with self._units() as uow:
            accesses = await uow.accesses.of_channel(channel.id)
            invites = await uow.channels.live_invites(channel.id)
        now = self._clock.now()
        waiting = next((access for access in accesses if access.status in WAITS_FOR_LINK), None)
        for invite in invites:
            if waiting is None or not invite.usable(now):
                await self._retire(invite, ref, telegram)
        usable = any(invite.usable(now) for invite in invites)
        if waiting is not None and not usable:
            await self._invite(account, waiting, ref, telegram)

    async def _retire(self, invite: Invite, ref: ChannelRef, telegram: ChannelProvisioner) -> None:
        await telegram.revoke_link(ref, invite.url)
        async with self._units() as uow:
            invite.revoke(self._clock.now())
            await uow.channels.save_invite(invite)
            await uow.commit()

    async def _invite(
        self, account: UserbotAccount, access: Access, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> None:
        invite_id = await self._intended_invite(access)
        expires_at = self._clock.now() + self._policy.invite_lifetime
        url = await telegram.export_link(ref, invite_id.hex[:LINK_NAME_LIMIT], expires_at, by_request=True)
        async with self._units() as uow:
            fresh = await uow.accesses.get(access.id, lock=True)
            if fresh is None or fresh.status not in WAITS_FOR_LINK:
                # The right ended, or the customer got in, while the link was made: the next run revokes it.
                fresh = None
            await uow.channels.add_invite(
                Invite(
                    id=invite_id,
                    channel_id=access.channel_id,
                    customer_id=access.customer_id,
                    url=url,
                    creator=f"account:{account.id}",
                    created_at=self._clock.now(),
                    expires_at=expires_at,
                )
            )
            if fresh is not None:
                fresh.invite(invite_id)
                await uow.accesses.save(fresh)
            await uow.commit()
        if fresh is None:
            raise RetryLater("the access changed while its link was made")

    async def _intended_invite(self, access: Access) -> UUID:
        """The invite's id, the same for every retry: it names the link, by which a lost answer is found."""
        async with self._units() as uow:
            fresh = await uow.accesses.get(access.id, lock=True)
            if fresh is None:
                raise Permanent(f"access {access.id} is gone")
            if fresh.next_invite_id is None:
                fresh.next_invite_id = uuid4()
                await uow.accesses.save(fresh)
                await uow.commit()
            return fresh.next_invite_id

    async def _keep_wait(self, account_id: AccountId, wait: FloodWait) -> None:
        async with self._units() as uow:
            account = await uow.accounts.get(account_id, lock=True)
            if account is not None:
                account.order_wait(wait.method, self._clock.now() + wait.wait)
                await uow.accounts.save(account)
                await uow.commit()

    async def _mark_account(self, account_id: AccountId, lost: AccountUnavailable) -> None:
        async with self._units() as uow:
            account = await uow.accounts.get(account_id, lock=True)
            if account is not None:
                account.status, account.status_reason = AccountStatus(lost.status), lost.reason
                await uow.accounts.save(account)
                uow.record(
                    AlarmRaised(
                        f"account:{account_id}:{lost.status}",
                        "account_unavailable",
                        (("account", str(account_id)), ("reason", lost.reason)),
                    )
                )
                await uow.commit()
