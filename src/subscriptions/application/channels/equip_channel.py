"""Setup of a channel before its customer joins: content protection, administrators and a welcome message."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.channels.replace_channel import ChannelLost
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountBot, Bot, UserbotAccount, in_use
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.events import ChannelMended
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.channel_provisioner import (
    BotRef,
    ChannelProvisioner,
    ChannelRef,
    ChannelState,
    FloodWait,
    PeerGone,
    rights_of,
)
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services import channel_texts


def lacking_rights(bots: Sequence[Bot], state: ChannelState) -> list[Bot]:
    """Return the bots that are not administrators of the channel or lack rights in it."""
    return [bot for bot in bots if not rights_of(bot.role).is_within(state.admins.get(bot.telegram_id))]


@dataclass(frozen=True)
class EquipChannel:
    """Use case that sets up a new channel. Every step may be repeated."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(
        self, account: UserbotAccount, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> Channel:
        """Set up the channel and return it as ready. A pre-created channel gets no welcome message. Raises RetryLater
        if the bot's process has not published its bots yet, or if the channel was changed concurrently.
        """
        async with self.units() as uow:
            bots = in_use(await uow.accounts.bots())
        if not any(bot.role == "subscription" for bot in bots):
            raise RetryLater("the bot has not told its name yet")
        if channel.adopted_at is not None:
            await self.name(channel, ref, telegram, is_marked=True)
            await self._complete(account, bots, ref, telegram)
        else:
            await self._furnish(account, bots, ref, telegram)
        if not channel.is_precreated:
            text = await self._welcome(channel)
            await telegram.post_welcome(ref, text, channel_texts.welcome_number(channel.marker))
        async with self.units() as uow:
            fresh = await uow.channels.get(channel.id, lock=True)
            # The channel may have been assigned to a customer during its setup; then it must be renamed and opened for
            # the customer.
            if fresh is None or fresh.status is not ChannelStatus.CREATED or fresh.customer_id != channel.customer_id:
                raise RetryLater("the channel changed meanwhile")
            fresh.mark_equipped(self.clock.now())
            await uow.channels.save(fresh)
            if fresh.replaces is not None:
                await keep_alarm(uow, ChannelLost, str(fresh.replaces), None, self.clock.now())
                uow.record(ChannelMended(fresh.id))
            await uow.commit()
        return fresh

    async def _furnish(
        self, account: UserbotAccount, bots: Sequence[Bot], ref: ChannelRef, telegram: ChannelProvisioner
    ) -> None:
        await telegram.protect(ref)
        for bot in bots:
            await self.appoint(account, bot, ref, telegram)

    async def _complete(
        self, account: UserbotAccount, bots: Sequence[Bot], ref: ChannelRef, telegram: ChannelProvisioner
    ) -> None:
        """Complete the content protection and the administrators of a pre-created channel, which usually has both
        already.

        The channel's state is fetched first, with two requests for any number of bots, because Telegram counts every
        appointment towards its limits, even of a bot that is an administrator already.
        """
        try:
            state = await telegram.inspect(ref)
        except FloodWait:
            # The channel can't be checked now and a paying customer is waiting, so everything is set again.
            await self._furnish(account, bots, ref, telegram)
            return
        if not state.is_protected:
            await telegram.protect(ref)
        for bot in lacking_rights(bots, state):
            await self.reappoint(account, bot, state, ref, telegram)

    async def rename(self, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner) -> Channel:
        """Set the new title and welcome message of a channel whose customer changed plans. Idempotent."""
        if channel.renamed_at is None:
            return channel
        await self.name(channel, ref, telegram)
        await telegram.reword_welcome(ref, await self._welcome(channel))
        async with self.units() as uow:
            fresh = await uow.channels.get(channel.id, lock=True)
            if fresh is None or fresh.renamed_at != channel.renamed_at:
                raise RetryLater("the channel changed meanwhile")
            fresh.renamed_at = None
            await uow.channels.save(fresh)
            await uow.commit()
        return fresh

    async def name(
        self, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner, *, is_marked: bool = False
    ) -> None:
        """Set the channel's title and description. Idempotent. `is_marked`: True until the first customer is admitted;
        the description then contains the marker.
        """
        async with self.units() as uow:
            plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
            customer = await uow.customers.get(channel.customer_id) if channel.customer_id else None
        language = customer.language if customer is not None else ""
        description = channel_texts.channel_about(self.policy.channel_about, self.policy.brand, plan, language)
        await telegram.rename(
            ref,
            channel.title,
            channel_texts.mark_description(description, channel.marker) if is_marked else description,
        )

    async def appoint(self, account: UserbotAccount, bot: Bot, ref: ChannelRef, telegram: ChannelProvisioner) -> None:
        """Make one of the installation's bots an administrator with the rights it needs."""
        rights = rights_of(bot.role)
        async with self.units() as uow:
            account_bot = await uow.accounts.bot_seen_by(account.id, bot.telegram_id)
        if account_bot is not None:
            try:
                await telegram.ensure_admin(ref, BotRef(bot.username, bot.telegram_id, account_bot.access_hash), rights)
            except PeerGone:
                # The stored access hash may be outdated; if it is not, the second attempt raises the error again.
                pass
            else:
                return
        bot_ref = await self._resolve(account, bot, telegram)
        await telegram.ensure_admin(ref, bot_ref, rights)

    async def reappoint(
        self, account: UserbotAccount, bot: Bot, state: ChannelState, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> None:
        """Restore the administrator rights of a bot that was an administrator earlier. `state`: current state of the
        channel.
        """
        if bot.telegram_id not in state.admins:
            # The bot may have been banned when it was removed.
            await telegram.pardon(ref, TelegramId(bot.telegram_id))
        await self.appoint(account, bot, ref, telegram)

    async def _resolve(self, account: UserbotAccount, bot: Bot, telegram: ChannelProvisioner) -> BotRef:
        bot_ref = await telegram.resolve_bot(bot.username)
        if bot_ref.telegram_id != bot.telegram_id:
            raise Permanent(f"@{bot.username} is another bot now; restart the bot process to tell its name again")
        async with self.units() as uow:
            await uow.accounts.save_account_bot(
                AccountBot(account_id=account.id, bot_id=bot.telegram_id, access_hash=bot_ref.access_hash)
            )
            await uow.commit()
        return bot_ref

    async def _welcome(self, channel: Channel) -> str:
        async with self.units() as uow:
            plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
            customer = await uow.customers.get(channel.customer_id) if channel.customer_id else None
        template = self.policy.welcome_in(customer.language if customer is not None else "")
        return channel_texts.welcome_text(template, self.policy.brand, plan, customer)
