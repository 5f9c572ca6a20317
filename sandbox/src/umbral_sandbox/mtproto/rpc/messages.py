"""Handlers of requests that send, edit, delete, pin and read posts in channels and an account's messages to bots."""

from typing import Any

from telethon.tl import functions, types

from umbral_sandbox.mtproto import answers, entity_shapes, message_shapes, shapes
from umbral_sandbox.mtproto.calls import Handlers, RpcCall
from umbral_sandbox.mtproto.refusals import RpcError
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot, Content, Message

LONGEST_TEXT = 4096


def send(call: RpcCall, request: Any) -> Any:
    """Post in a channel, or write to a bot; a repeated random id is refused."""
    content = _content(request)
    if isinstance(request.peer, types.InputPeerUser):
        return _send_private(call, request)
    channel = call.peers.channel(request.peer)
    posts = call.world.telegram.posts
    _refuse_repeat(call, posts.messages(channel), request.random_id)
    hidden: Content = {"random_id": request.random_id}
    reply_to = request.reply_to.reply_to_msg_id if request.reply_to is not None else None
    message = posts.post(call.account_id, channel, content, reply_to=reply_to, hidden=hidden)
    sent = types.UpdateNewChannelMessage(message_shapes.post(channel, message, call.account_id), message.seq, 1)
    return answers.updates(call, [types.UpdateMessageID(message.id, request.random_id), sent], channel)


def edit(call: RpcCall, request: Any) -> Any:
    """Change the text of a post; its buttons remain."""
    channel = call.peers.channel(request.peer)
    posts = call.world.telegram.posts
    before = posts.message(channel, request.id)
    content = _content(request)
    if before.kind != "text":
        content = {**before.content, "caption": content["text"]}
    message = posts.edit(call.account_id, channel, request.id, content, before.markup)
    edited = types.UpdateEditChannelMessage(message_shapes.post(channel, message, call.account_id), message.seq, 1)
    return answers.updates(call, [edited], channel)


def delete(call: RpcCall, request: Any) -> Any:
    """Delete posts, skipping missing posts."""
    channel = call.peers.channel(request.channel)
    posts = call.world.telegram.posts
    there = [m.id for m in posts.messages(channel) if m.id in request.id]
    for message_id in there:
        posts.delete(call.account_id, channel, message_id)
    return types.messages.AffectedMessages(pts=_pts(call, channel), pts_count=len(there))


def pin(call: RpcCall, request: Any) -> Any:
    """Pin or unpin a post."""
    channel = call.peers.channel(request.peer)
    call.world.telegram.posts.pin(call.account_id, channel, request.id, pinned=not request.unpin)
    pinned = types.UpdatePinnedChannelMessages(
        channel.id, [request.id], _pts(call, channel), 1, pinned=not request.unpin or None
    )
    return answers.updates(call, [pinned], channel)


def get_history(call: RpcCall, request: Any) -> Any:
    """Return messages of a chat, newest first."""
    if isinstance(request.peer, types.InputPeerUser):
        bot = call.peers.user(request.peer, error="PEER_ID_INVALID")
        page = _page(call.world.telegram.chats.messages(call.account_id, bot.id), request)
        shown = [message_shapes.private(call.account_id, bot.id, message) for message in page]
        return types.messages.Messages(messages=shown, topics=[], chats=[], users=[shapes.user(call.peers, bot)])
    channel = _readable(call, request.peer)
    everything = call.world.telegram.posts.messages(channel)
    page = _page(everything, request)
    return _posts(
        call, channel, [message_shapes.post(channel, message, call.account_id) for message in page], len(everything)
    )


def get_posts(call: RpcCall, request: Any) -> Any:
    """Return posts by id, with an empty message for each missing post."""
    channel = _readable(call, request.channel)
    known = {message.id: message for message in call.world.telegram.posts.messages(channel)}
    shown = []
    for named in request.id:
        wanted = (channel.pinned or [0])[-1] if isinstance(named, types.InputMessagePinned) else named.id
        message = known.get(wanted)
        shown.append(
            message_shapes.post(channel, message, call.account_id) if message else message_shapes.empty(wanted)
        )
    return _posts(call, channel, shown, len(shown))


def _readable(call: RpcCall, named: Any) -> Channel:
    channel = call.peers.channel(named)
    call.world.telegram.channels.require_inside(channel, call.account_id)
    return channel


def _posts(call: RpcCall, channel: Channel, shown: list[Any], count: int) -> Any:
    return types.messages.ChannelMessages(
        pts=_pts(call, channel),
        count=count,
        messages=shown,
        topics=[],
        chats=[shapes.channel(call.peers, channel)],
        users=[],
    )


def _send_private(call: RpcCall, request: Any) -> Any:
    telegram = call.world.telegram
    bot = call.peers.user(request.peer, error="PEER_ID_INVALID")
    if not isinstance(bot, Bot):
        raise RpcError(400, "CHATS_BETWEEN_PEOPLE_NOT_SIMULATED")
    _refuse_repeat(call, telegram.chats.messages(call.account_id, bot.id), request.random_id)
    message = telegram.chats.send_text(call.account_id, bot.id, request.message)
    message.hidden = {"random_id": request.random_id}
    telegram.state.keep(message)
    sent = types.UpdateNewMessage(
        message_shapes.private(call.account_id, bot.id, message), pts=message.seq, pts_count=1
    )
    return answers.updates(call, [types.UpdateMessageID(message.id, request.random_id), sent], users=[bot.id])


def _refuse_repeat(call: RpcCall, messages: list[Message], random_id: int) -> None:
    if any(m.hidden.get("random_id") == random_id and m.sender == call.account_id for m in messages):
        raise RpcError(500, "RANDOM_ID_DUPLICATE")


def _content(request: Any) -> Content:
    if not (request.message or "").strip():
        raise RpcError(400, "MESSAGE_EMPTY")
    if len(request.message) > LONGEST_TEXT:
        raise RpcError(400, "MESSAGE_TOO_LONG")
    content: Content = {"text": request.message}
    if entities := entity_shapes.from_tl(request.entities):
        content["entities"] = entities
    return content


def _page(messages: list[Message], request: Any) -> list[Message]:
    newest_first = sorted(messages, key=lambda message: message.id, reverse=True)
    low, high = request.min_id, request.max_id or float("inf")
    within = [message for message in newest_first if low < message.id < high]
    start = 0
    if request.offset_id:
        start = sum(message.id >= request.offset_id for message in within)
    elif request.offset_date is not None and request.offset_date.timestamp() > 0:
        start = sum(message.date >= request.offset_date for message in within)
    start += request.add_offset
    return within[max(start, 0) : max(start + request.limit, 0)]


def _pts(call: RpcCall, channel: Channel) -> int:
    return max((message.seq for message in call.world.telegram.posts.messages(channel)), default=1)


HANDLERS: Handlers = {
    functions.messages.SendMessageRequest: send,
    functions.messages.EditMessageRequest: edit,
    functions.messages.UpdatePinnedMessageRequest: pin,
    functions.messages.GetHistoryRequest: get_history,
    functions.channels.DeleteMessagesRequest: delete,
    functions.channels.GetMessagesRequest: get_posts,
}
