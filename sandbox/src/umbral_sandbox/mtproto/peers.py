"""Look-up of the users and channels that a request names, by the access hashes of the calling account."""

from typing import Any

from telethon.tl import types

from umbral_sandbox.mtproto.refusals import RpcError
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot, Person
from umbral_sandbox.world.world import World


class Peers:
    """Users and channels that one account can name in a request."""

    def __init__(self, world: World, viewer: int) -> None:
        self._telegram = world.telegram
        self.viewer = viewer

    def access_hash(self, peer_id: int) -> int:
        """Return the access hash of a user or channel for this account."""
        return self._telegram.accounts.access_hash(self.viewer, peer_id)

    def channel(self, named: Any) -> Channel:
        """Return the channel of an InputChannel or InputPeerChannel, or the basic group of an InputPeerChat.

        Raises an error with Telegram's name CHANNEL_INVALID, CHANNEL_PRIVATE or CHAT_ID_INVALID if there is none, and
        PEER_ID_INVALID for any other kind of peer.
        """
        if isinstance(named, types.InputPeerChat):
            return self.basic_group(named.chat_id)
        if isinstance(named, types.InputChannel | types.InputPeerChannel):
            return self._telegram.accounts.channel(self.viewer, named.channel_id, named.access_hash)
        if isinstance(named, types.InputChannelEmpty | types.InputChannelFromMessage):
            raise RpcError(400, "CHANNEL_INVALID")
        raise RpcError(400, "PEER_ID_INVALID")

    def basic_group(self, chat_id: int) -> Channel:
        """Return the basic group with this id. Raises RpcError CHAT_ID_INVALID unless the account is a member of such a
        group.
        """
        group = self._telegram.channels.find(chat_id)
        if group is None or group.kind != "basic_group" or self.viewer not in group.members:
            raise RpcError(400, "CHAT_ID_INVALID")
        return group

    def user(self, named: Any, error: str = "USER_ID_INVALID") -> Person | Bot:
        """Return the user of an InputUser or InputPeerUser; raise ``error`` for the access hash of another account."""
        if isinstance(named, types.InputUserSelf | types.InputPeerSelf):
            return self._telegram.people.get(self.viewer)
        if isinstance(named, types.InputUser | types.InputPeerUser):
            if named.user_id == self.viewer:
                return self._telegram.people.get(self.viewer)
            return self._telegram.accounts.user(self.viewer, named.user_id, named.access_hash, error=error)
        raise RpcError(400, error)
