"""Messages as TL objects. Inline keyboards are left out: they are for people, and accounts here press none."""

from typing import Any

from telethon.tl import types

from umbral_sandbox.mtproto import entity_shapes
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Message


def post(channel: Channel, seen: Message) -> Any:
    """Return the Message or MessageService of a channel post."""
    return _message(seen, types.PeerChannel(channel.id), post=True, out=None, noforwards=channel.protected or None)


def private(viewer: int, other: int, seen: Message) -> Any:
    """Return a message of a private chat, as one of its two sides sees it."""
    out = seen.sender == viewer
    return _message(seen, types.PeerUser(other), out=out or None, noforwards=seen.protected or None)


def empty(message_id: int) -> Any:
    """Return what stands for a message that is not there."""
    return types.MessageEmpty(id=message_id, peer_id=None)


def _message(seen: Message, peer: Any, **flags: Any) -> Any:
    if seen.kind == "service":
        action, reply_to = _action(seen)
        return types.MessageService(
            id=seen.id, peer_id=peer, date=seen.date, action=action, reply_to=reply_to, post=flags.get("post")
        )
    entities = seen.content.get("entities") or seen.content.get("caption_entities")
    return types.Message(
        id=seen.id,
        peer_id=peer,
        date=seen.date,
        message=seen.text,
        edit_date=seen.edited,
        pinned=seen.pinned or None,
        entities=entity_shapes.to_tl(e for e in entities if isinstance(e, dict))
        if isinstance(entities, list)
        else None,
        media=_media(seen),
        **flags,
    )


def _media(seen: Message) -> Any:
    match seen.kind:
        case "text":
            return None
        case "photo":
            return types.MessageMediaPhoto(photo=types.PhotoEmpty(id=seen.id))
        case _:
            return types.MessageMediaUnsupported()


def _action(seen: Message) -> tuple[Any, Any]:
    """Return what happened, and the reply header that names the message it happened to."""
    pinned, title = seen.content.get("pinned_message"), seen.content.get("new_chat_title")
    if isinstance(pinned, dict):
        header = types.MessageReplyHeader(reply_to_msg_id=pinned.get("message_id"))
        return types.MessageActionPinMessage(), header
    if isinstance(title, str):
        return types.MessageActionChatEditTitle(title), None
    return types.MessageActionCustomAction(", ".join(seen.content)), None
