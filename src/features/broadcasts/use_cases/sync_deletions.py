"""Withdrawal of the copies of a post that was deleted in a mirrored channel.

Telegram does not report deletions to bots, and reports them to accounts only while they are connected. A userbot
account in the channel therefore checks for each post whether it still exists, so that a restart misses no deletion.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from features.broadcasts.alarms import DeletionsHeld
from features.broadcasts.domain import Broadcast, BroadcastId, BroadcastStatus
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.sources import (
    Sight,
    Source,
    held_posts,
    keep_held,
    keep_sight,
    posts_of,
    sight_of,
    sources,
)
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccountId, ChatId
from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef, PeerGone
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(seconds=30)
"""Interval of the check. A post counts as deleted if it is missing in two checks in a row, so its copies are withdrawn
within a minute.
"""
SOUGHT_EVERY: Final = timedelta(minutes=10)
"""Minimum time between two searches by an account for mirrored channels that no account sees. The search lists all of
the account's dialogs.
"""
FOLLOWED_FOR: Final = timedelta(days=7)
"""Maximum age of a post that is checked for deletion."""
MOST_AT_ONCE: Final = 10
"""Maximum number of broadcasts withdrawn automatically at once. An operator who empties a channel may want to keep the
copies.
"""
LISTING: Final = "GetDialogs"
ASKING_METHOD: Final = "GetMessages"


class SyncDeletions:
    """Use case that looks for deleted posts through one account. It checks the mirrored channels that the account sees,
    and searches the account's dialogs for mirrored channels that no account sees.
    """

    def __init__(self, units: UnitOfWorkFactory, account_care: AccountCare, clock: Clock) -> None:
        self._units = units
        self._account_care = account_care
        self._clock = clock
        self._sought: dict[AccountId, datetime] = {}
        # Posts missing at the last check. A single answer may come from a Telegram server that lags behind.
        self._missing_posts: dict[ChatId, frozenset[int]] = {}

    async def __call__(self, account_id: AccountId) -> int:
        """Check the channels, and return the number of withdrawn broadcasts. The caller holds the account's lease."""
        now = self._clock.now()
        async with self._units() as uow:
            sources_by_chat = {each.chat: each for each in await sources(uow)}
            account = await uow.accounts.get(account_id) if sources_by_chat else None
            sights = {chat: await sight_of(uow, chat) for chat in sources_by_chat}
        if account is None or not account.in_service:
            return 0
        channel_refs = [
            ChannelRef(chat, sight.access_hash)
            for chat, sight in sights.items()
            if sight is not None and sight.account_id == account_id and abs(now - sight.looked_at) >= EVERY
        ]
        unseen_chats = frozenset(
            chat
            for chat, sight in sights.items()
            if sight is None or (sight.account_id != account_id and not sight.fresh(now))
        )
        if unseen_chats and self._may_seek(account, now):
            self._sought[account_id] = now
            async with self._account_care.at_work(account) as telegram:
                channel_refs += await telegram.find_inside(unseen_chats)
        if not channel_refs or not account.may_call(ASKING_METHOD, now):
            return 0
        async with self._account_care.at_work(account) as telegram:
            return sum(
                [await self._look(telegram, account_id, sources_by_chat[ref.chat_id], ref) for ref in channel_refs]
            )

    def _may_seek(self, account: UserbotAccount, now: datetime) -> bool:
        last_seek = self._sought.get(account.id)
        return (last_seek is None or abs(now - last_seek) >= SOUGHT_EVERY) and account.may_call(LISTING, now)

    async def _look(self, telegram: ChannelProvisioner, account_id: AccountId, source: Source, ref: ChannelRef) -> int:
        async with self._units() as uow:
            broadcasts = await uow.of(BROADCASTS_KEY).list_mirrored(source.chat, self._clock.now() - FOLLOWED_FOR)
        post_ids = frozenset[int]().union(*(posts_of(each) for each in broadcasts))
        try:
            missing_posts = await telegram.missing_posts(ref, post_ids) if post_ids else frozenset[int]()
            # Checked last and by another method: an account that lost sight of a channel must not report its posts as
            # deleted.
            sees = await telegram.exists(ref)
        except (PeerGone, Permanent) as error:
            log.warning("a mirrored channel is not seen any more", account=account_id, reason=str(error))
            missing_posts, sees = frozenset(), False
        previous, self._missing_posts[source.chat] = self._missing_posts.get(source.chat, frozenset()), missing_posts
        sight = Sight(account_id, ref.access_hash, self._clock.now()) if sees else None
        async with self._units() as uow:
            await keep_sight(uow, source.chat, sight)
            taken_back = await self._settle(uow, source, broadcasts, missing_posts & previous) if sees else 0
            await uow.commit()
        return taken_back

    async def _settle(
        self, uow: UnitOfWork, source: Source, shown_broadcasts: Sequence[Broadcast], missing_posts: frozenset[int]
    ) -> int:
        """Withdraw the copies of deleted posts, and return the number of withdrawn broadcasts. If there are more than
        `MOST_AT_ONCE`, withdraw none and raise an alarm so that staff decides.
        """
        broadcasts = [each for each in shown_broadcasts if posts_of(each) <= missing_posts]
        previous = await held_posts(uow, source.chat)
        fresh = [each for each in broadcasts if not posts_of(each) <= previous]
        kept_broadcasts = [each for each in shown_broadcasts if posts_of(each) <= previous]
        if len(fresh) > MOST_AT_ONCE:
            kept_broadcasts, fresh = [*kept_broadcasts, *fresh], []
        taken_back = sum([await self._take_back(uow, each.id, missing_posts) for each in fresh])
        alarm = (
            DeletionsHeld(channel=source.title, plans=source.plans, posts=len(kept_broadcasts))
            if kept_broadcasts
            else None
        )
        if kept_broadcasts or previous:
            await keep_held(uow, source.chat, frozenset[int]().union(*(posts_of(each) for each in kept_broadcasts)))
            await keep_alarm(uow, DeletionsHeld, str(source.chat), alarm, self._clock.now())
        return taken_back

    async def _take_back(self, uow: UnitOfWork, broadcast_id: BroadcastId, missing_posts: frozenset[int]) -> bool:
        broadcast = await uow.of(BROADCASTS_KEY).get(broadcast_id, lock=True)
        # The album may have grown since.
        if (
            broadcast is None
            or broadcast.status is BroadcastStatus.WITHDRAWN
            or not posts_of(broadcast) <= missing_posts
        ):
            return False
        now = self._clock.now()
        broadcast.withdraw(now)
        await uow.of(BROADCASTS_KEY).note_withdrawn(broadcast)
        await uow.audit.record(
            actor="system",
            action=str(BROADCAST),
            subject=str(broadcast.id),
            reason="deleted in the channel it is mirrored from",
            at=now,
        )
        return True
