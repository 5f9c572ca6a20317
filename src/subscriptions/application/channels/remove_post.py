"""Deletion of a withdrawn post by the channel's owning account, for posts that the bot may no longer delete."""

from dataclasses import dataclass

from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.domain.entities.post import PostDelivery, PostStatus
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import Permanent
from subscriptions.domain.events import DeliveryDue
from subscriptions.domain.ids import AccountId, DeliveryId
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable, ChannelRef, PeerGone
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class RemovePost:
    """Use case that deletes one post, including the other messages of its album, from one channel of an account."""

    units: UnitOfWorkFactory
    account_care: AccountCare

    async def __call__(self, account_id: AccountId, delivery_id: DeliveryId) -> None:
        """Delete the post and record the result. The caller must hold the account's lease. Raises RetryLater and
        Ambiguous.
        """
        async with self.units() as uow:
            account = await uow.accounts.get(account_id)
            delivery = await uow.of(POSTS_KEY).get_delivery(delivery_id)
            post = await uow.of(POSTS_KEY).get(delivery.post_id) if delivery is not None else None
            channel = await uow.channels.get(delivery.channel_id) if delivery is not None else None
        if account is None or delivery is None or post is None or channel is None or delivery.message_id is None:
            return
        if post.status is not PostStatus.WITHDRAWN or delivery.revision == post.revision:
            return
        if channel.channel_id != delivery.chat_id or channel.access_hash is None or channel.account_id != account_id:
            return
        ref = ChannelRef(channel.channel_id, channel.access_hash)
        reason = ""
        try:
            await self._delete(account, ref, delivery)
        except (AccountUnavailable, PeerGone, Permanent) as refusal:
            reason = str(refusal)
        async with self.units() as uow:
            uow.record(DeliveryDue(delivery.id, is_deletion=not reason, refusal=reason))
            await uow.commit()

    async def _delete(self, account: UserbotAccount, ref: ChannelRef, delivery: PostDelivery) -> None:
        posts = frozenset({delivery.message_id or 0, *map(int, delivery.others)})
        if not account.in_service:
            raise Permanent(f"account {account.id} is {account.status}")
        async with self.account_care.at_work(account) as telegram:
            await telegram.delete_posts(ref, posts)
            # Telegram silently skips posts that it does not delete.
            if posts - await telegram.missing_posts(ref, posts):
                raise Permanent("the post is still there after its deletion")
