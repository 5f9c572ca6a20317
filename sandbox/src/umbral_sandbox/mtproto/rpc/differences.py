"""Handlers of requests for the updates that an account missed while disconnected:
https://core.telegram.org/api/updates#recovering-gaps.
"""

from typing import Any

from telethon.tl import functions, types

from umbral_sandbox.mtproto import message_shapes, shapes
from umbral_sandbox.mtproto.calls import Handlers, RpcCall
from umbral_sandbox.mtproto.refusals import RpcError
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Message

MOST_AT_ONCE = 100
ASK_AGAIN_S = 30


def get_state(call: RpcCall, request: Any) -> Any:
    """Return a constant state of updates, because this server never pushes updates."""
    return types.updates.State(pts=1, qts=0, date=call.world.clock.now(), seq=1, unread_count=0)


def get_difference(call: RpcCall, request: Any) -> Any:
    """Return the channels with messages since the given state; each channel's own difference returns the messages."""
    telegram = call.world.telegram
    since = request.date.timestamp() if request.date is not None else float("inf")
    missed = [
        each for each in telegram.channels.dialogs(call.account_id) if telegram.channels.last_message_at(each) > since
    ]
    if not missed:
        return types.updates.DifferenceEmpty(date=call.world.clock.now(), seq=1)
    return types.updates.Difference(
        new_messages=[],
        new_encrypted_messages=[],
        other_updates=[types.UpdateChannelTooLong(each.id) for each in missed],
        chats=[shapes.channel(call.peers, each) for each in missed],
        users=[],
        state=get_state(call, request),
    )


def get_channel_difference(call: RpcCall, request: Any) -> Any:
    """Return the messages written or edited in a channel after `pts`, oldest first; for members only."""
    channel = call.peers.channel(request.channel)
    call.world.telegram.channels.require_inside(channel, call.account_id)
    if request.pts <= 0:
        raise RpcError(400, "PERSISTENT_TIMESTAMP_EMPTY" if request.pts == 0 else "PERSISTENT_TIMESTAMP_INVALID")
    missed = sorted(call.world.telegram.posts.messages(channel, after=request.pts), key=lambda message: message.seq)
    if not missed:
        return types.updates.ChannelDifferenceEmpty(pts=request.pts, final=True, timeout=ASK_AGAIN_S)
    told = missed[: min(max(request.limit, 1), MOST_AT_ONCE)]
    wanted = [message for message in told if _passes(request.filter, message)]
    return types.updates.ChannelDifference(
        pts=told[-1].seq,
        new_messages=[
            message_shapes.post(channel, message, call.account_id) for message in wanted if message.edited is None
        ],
        other_updates=[_edited(call, channel, message) for message in wanted if message.edited is not None],
        chats=[shapes.channel(call.peers, channel)],
        users=[],
        final=len(told) == len(missed) or None,
        timeout=ASK_AGAIN_S,
    )


def _edited(call: RpcCall, channel: Channel, message: Message) -> Any:
    return types.UpdateEditChannelMessage(message_shapes.post(channel, message, call.account_id), message.seq, 1)


def _passes(wanted: Any, message: Message) -> bool:
    if isinstance(wanted, types.ChannelMessagesFilterEmpty):
        return True
    return any(span.min_id <= message.id <= span.max_id for span in wanted.ranges)


HANDLERS: Handlers = {
    functions.updates.GetStateRequest: get_state,
    functions.updates.GetDifferenceRequest: get_difference,
    functions.updates.GetChannelDifferenceRequest: get_channel_difference,
}
