"""Provisioning of a personal channel, from a paid subscription to the customer's invite link. `ProvisioningService`
describes the steps 9a to 9e.
"""

from dataclasses import dataclass

from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef
from subscriptions.domain.ports.provisioning_steps import (
    CreatesChannel,
    EquipsChannel,
    InvitesCustomer,
    MendsChannel,
    RetiresChannel,
)


@dataclass(frozen=True)
class ProvisioningService:
    """Orchestration of provisioning. The job `userbot.acc.{id}` runs it as the account that owns the channel.

    The payment's transaction plans the channel (`GrantAccess`). From then on, each step commits before the next begins.
    A crash may follow any step; the next run continues where this run stopped.

    - 9a. The userbot creates the channel: `CreatesChannel`. The attempt is committed before the request is sent, then
      Telegram's id with status CREATED.
    - 9b. The userbot adds the sender bots as admins, protects the content and posts the welcome: `EquipsChannel`.
      Committed as status READY.
    - 9c. The userbot makes the invite link: `InvitesCustomer`. The id that is part of the link's title is committed
      before the request is sent.
    - 9d. The channel is saved: its row in `telegram_channels` exists from the start and contains each result above. The
      link is added by one commit together with the customer's access, which is INVITED from then on.
    - 9e. The bot notifies the customer: the same commit records the event `InviteReady`, and the routing table turns
      the event into the job `bot.announce`, which sends the message with the button of the link.
    """

    make_channel: CreatesChannel
    equip_channel: EquipsChannel
    personal_invites: InvitesCustomer
    retire_channel: RetiresChannel
    mend_channel: MendsChannel

    async def __call__(
        self,
        account: UserbotAccount,
        channel: Channel,
        telegram: ChannelProvisioner,
        *,
        upkeep: bool = False,
        mend: bool = False,
    ) -> Channel:
        """Run all steps that are due for the channel, and return the channel. Idempotent.

        upkeep: only revoke links and create none
        mend: compare the channel with its original configuration and repair it

        Raise RetryLater or Permanent. Errors raised by a step or by `telegram` are passed on unchanged.
        """
        if channel.status is ChannelStatus.CREATING:
            channel = await self.make_channel.make(channel, telegram)  # 9a
        ref = _ref_of(channel)
        if channel.status is ChannelStatus.CREATED:
            channel = await self.equip_channel(account, channel, ref, telegram)  # 9b
        if channel.status in {ChannelStatus.READY, ChannelStatus.FROZEN}:
            channel = await self.retire_channel.keep(channel.id)
            if channel.status is ChannelStatus.CREATED:
                # A pre-created channel gets its name and its welcome message before its customer has a link.
                raise RetryLater("the channel was sold meanwhile")
        if channel.to_be_deleted:
            await self.retire_channel.delete(channel, ref, telegram)
            return channel
        if mend and channel.status is ChannelStatus.READY:
            await self.mend_channel(account, channel, ref, telegram)
        if channel.is_precreated:
            return channel
        if channel.status is ChannelStatus.READY:
            channel = await self.equip_channel.rename(channel, ref, telegram)
        await self.personal_invites(account.id, channel, ref, telegram, upkeep=upkeep, mend=mend)  # 9c, 9d, 9e
        return channel


def _ref_of(channel: Channel) -> ChannelRef:
    if channel.channel_id is None or channel.access_hash is None:
        raise Permanent(f"channel {channel.id} is {channel.status} without Telegram's name")
    return ChannelRef(channel.channel_id, channel.access_hash)
