"""Raw MTProto calls of one connected account. A request is sent at most once, and only if the account may send it and
no flood wait is in effect.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from telethon import TelegramClient
from telethon.tl import TLRequest, types

from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.ids import mtproto_channel_id
from subscriptions.domain.ports.channel_provisioner import ChannelRef, FloodWait
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.tracing import call
from subscriptions.infrastructure.tally import FLOODS, count
from subscriptions.infrastructure.telegram.errors import telegram_errors


class AccountCalls:
    """Base class of all calls of an account."""

    def __init__(
        self,
        client: TelegramClient,
        account: UserbotAccount,
        clock: Clock,
        *,
        permit: Callable[[], None],
        timeout: float,
    ) -> None:
        """permit: function that is called before every request and raises if this process may no longer use the account
        timeout: seconds after which an unanswered request counts as lost
        """
        self._client = client
        self._account = account
        self._clock = clock
        self._permit = permit
        self._timeout = timeout

    async def _call(self, request: TLRequest, harmless: tuple[type[BaseException], ...] = ()) -> Any:
        """Send one request once. Return None if Telegram responds with an error in `harmless`, which means that nothing
        had to be changed.
        """
        method = type(request).__name__.removesuffix("Request")
        waits = self._account.waits_until(method, self._clock.now())
        if waits is not None:
            # Imposed waits are stored by us, because the client forgets them at a restart and does not keep them
            # without updates.
            raise FloodWait(method, waits - self._clock.now())
        self._permit()
        try:
            with call(f"mtproto {method}"), telegram_errors(method):
                try:
                    return await asyncio.wait_for(self._client(request), self._timeout)
                except harmless:
                    return None
        except FloodWait:
            count(FLOODS, "mtproto")
            raise


def input_channel(channel: ChannelRef) -> types.InputChannel:
    """Return the channel as an InputChannel with this account's access hash, for use in requests."""
    return types.InputChannel(mtproto_channel_id(channel.chat_id), channel.access_hash)


def input_peer(channel: ChannelRef) -> types.InputPeerChannel:
    """Return the channel as an InputPeerChannel with this account's access hash, for use in requests."""
    return types.InputPeerChannel(mtproto_channel_id(channel.chat_id), channel.access_hash)
