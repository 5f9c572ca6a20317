"""Backup admin: an account with all of the owner's rights in a channel, which replaces the owner if the owner is
lost.
"""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import AccountId, ChannelId


@dataclass(kw_only=True)
class BackupAdmin:
    """Backup admin of a channel.

    link: invite link for the backup account; None once the account has joined
    access_hash: Telegram's access hash of the channel for the backup account; None until the account has joined
    chosen_at: time at which the account was selected
    promoted_at: time since which the account has all rights; None until then
    """

    channel_id: ChannelId
    account_id: AccountId
    link: str | None = None
    chosen_at: datetime
    access_hash: int | None = None
    promoted_at: datetime | None = None

    @property
    def has_to_join(self) -> bool:
        """Return True if the account has a link and has not joined yet."""
        return self.access_hash is None and self.link is not None

    @property
    def lacks_link(self) -> bool:
        """Return True if the account has not joined and has no link."""
        return self.access_hash is None and self.link is None

    @property
    def has_to_be_promoted(self) -> bool:
        """Return True if the account has joined and does not have the admin rights yet."""
        return self.access_hash is not None and self.promoted_at is None

    def mark_joined(self, access_hash: int | None) -> None:
        """Record the result of the account's attempt to join. `access_hash`: Telegram's access hash of the channel for
        this account; None if the link was invalid and another link is needed.
        """
        self.access_hash, self.link = access_hash, None

    def take_over(self, channel: Channel) -> None:
        """Make this account the owner of the channel, and the previous owner its backup. Raise ValueError if there is
        no previous owner or this account has no admin rights.
        """
        first_account, access_hash = channel.account_id, channel.access_hash
        if first_account is None or self.promoted_at is None:
            raise ValueError(f"channel {channel.id} has nobody to take it over from, or by")
        channel.account_id, channel.access_hash = self.account_id, self.access_hash
        self.account_id, self.access_hash = first_account, access_hash
