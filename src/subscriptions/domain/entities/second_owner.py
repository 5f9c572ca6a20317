"""The account that can do in a channel all that its owner can, should the owner be lost."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import AccountId, ChannelId


@dataclass(kw_only=True)
class SecondOwner:
    """link: by which it is to come in, while it has not. access_hash: how it names the channel, once it is inside.

    chosen_at: when it was chosen. promoted_at: since when it may do all there; None while it may not.
    """

    channel_id: ChannelId
    account_id: AccountId
    link: str | None = None
    chosen_at: datetime
    access_hash: int | None = None
    promoted_at: datetime | None = None

    @property
    def has_to_join(self) -> bool:
        """Whether it knows the way in, and has not gone it."""
        return self.access_hash is None and self.link is not None

    @property
    def lacks_link(self) -> bool:
        """Whether it is outside, and knows no way in."""
        return self.access_hash is None and self.link is None

    @property
    def has_to_be_promoted(self) -> bool:
        """Whether it is inside, and no more than that."""
        return self.access_hash is not None and self.promoted_at is None

    def mark_joined(self, access_hash: int | None) -> None:
        """It came in; None: the link leads nowhere, and it needs another."""
        self.access_hash, self.link = access_hash, None

    def take_over(self, channel: Channel) -> None:
        """The channel is worked by this account from now on; the one that had it stands behind it, should it return."""
        first_account, access_hash = channel.account_id, channel.access_hash
        if first_account is None or self.promoted_at is None:
            raise ValueError(f"channel {channel.id} has nobody to take it over from, or by")
        channel.account_id, channel.access_hash = self.account_id, self.access_hash
        self.account_id, self.access_hash = first_account, access_hash
