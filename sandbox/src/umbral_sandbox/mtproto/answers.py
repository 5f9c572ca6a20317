"""Builders of the Updates objects by which several methods confirm a change."""

from collections.abc import Iterable
from typing import Any

from telethon.tl import types

from umbral_sandbox.mtproto import shapes
from umbral_sandbox.mtproto.calls import RpcCall
from umbral_sandbox.world.telegram.channel_records import Channel


def updates(call: RpcCall, changes: Iterable[Any], channel: Channel | None = None, users: Iterable[int] = ()) -> Any:
    """Return types.Updates with the affected channel and users, as the caller sees them."""
    seen = [call.world.telegram.people.find(user_id) for user_id in users]
    return types.Updates(
        updates=list(changes),
        users=shapes.users(call.peers, seen),
        chats=[shapes.channel(call.peers, channel)] if channel is not None else [],
        date=call.world.clock.now(),
        seq=0,
    )


def channel_changed(call: RpcCall, channel: Channel, users: Iterable[int] = ()) -> Any:
    """Return the Updates that report a change of the channel itself."""
    return updates(call, [types.UpdateChannel(channel.id)], channel, users)
