"""Protocols of the steps that `ProvisioningService` runs in order for a personal channel. Each step commits its own
result and may be repeated. The numbers of the steps are those of docs/operators-documents.md.
"""

from typing import Protocol

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ids import AccountId, ChannelId
from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef


class CreatesChannel(Protocol):
    """Step 9a: creation of the channel."""

    async def make(self, channel: Channel, telegram: ChannelProvisioner) -> Channel:
        """Create the channel at Telegram once, and return it with Telegram's id."""
        ...


class EquipsChannel(Protocol):
    """Step 9b: configuration of the channel."""

    async def __call__(
        self, account: UserbotAccount, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> Channel:
        """Protect the channel, add the bots as admins, post the welcome, and return the channel as ready."""
        ...

    async def rename(self, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner) -> Channel:
        """Set the channel's title according to the customer's current plan, and return the channel."""
        ...


class InvitesCustomer(Protocol):
    """Steps 9c to 9e: the customer's invite link."""

    async def __call__(
        self,
        account_id: AccountId,
        channel: Channel,
        ref: ChannelRef,
        telegram: ChannelProvisioner,
        *,
        upkeep: bool,
        mend: bool,
    ) -> None:
        """Create the customer's invite link if one is due, record it, and revoke every other link."""
        ...


class RetiresChannel(Protocol):
    """Retirement of channels whose customer is no longer entitled to them."""

    async def keep(self, channel_id: ChannelId) -> Channel:
        """Freeze, unfreeze or give up the channel, depending on whether its customer is still entitled to it, and
        return the channel.
        """
        ...

    async def delete(self, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner) -> None:
        """Delete at Telegram a channel that was given up."""
        ...


class MendsChannel(Protocol):
    """Repair of changes that other people made to a channel."""

    async def __call__(
        self, account: UserbotAccount, channel: Channel, ref: ChannelRef, telegram: ChannelProvisioner
    ) -> None:
        """Restore the bots, the protection and the title. Raise AlreadyReported if Telegram refuses, or PeerGone."""
        ...
