"""Conversion of messages into TL objects, without inline keyboards, because the sandbox's accounts press no buttons."""

from typing import Any

from telethon.tl import types

from umbral_sandbox.mtproto import entity_shapes
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Message, bare_id


def post(channel: Channel, seen: Message, viewer: int) -> Any:
    """Return the Message or MessageService of a channel post, or of a message in a group."""
    flags = {"out": seen.sender == viewer or None, "noforwards": channel.protected or None}
    if not channel.is_group:
        return _message(seen, types.PeerChannel(channel.id), post=True, **flags)
    return _message(seen, peer(channel), from_id=_writer(channel, seen), post=None, **flags)


def peer(channel: Channel) -> Any:
    """Return the Peer of a channel or group."""
    return types.PeerChat(channel.id) if channel.kind == "basic_group" else types.PeerChannel(channel.id)


def _writer(group: Channel, seen: Message) -> Any:
    if "sender_chat" in seen.hidden and group.linked is not None:
        return types.PeerChannel(group.linked)
    return types.PeerChannel(group.id) if seen.hidden.get("anonymous") else types.PeerUser(seen.sender)


def private(viewer: int, other: int, seen: Message) -> Any:
    """Return a message of a private chat, as one of its two sides sees it."""
    out = seen.sender == viewer
    return _message(seen, types.PeerUser(other), out=out or None, noforwards=seen.protected or None)


def empty(message_id: int) -> Any:
    """Return the placeholder of a missing message."""
    return types.MessageEmpty(id=message_id, peer_id=None)


def _message(seen: Message, peer: Any, **flags: Any) -> Any:
    if seen.kind == "service":
        action, reply_to = _action(seen)
        return types.MessageService(
            id=seen.id,
            peer_id=peer,
            date=seen.date,
            action=action,
            reply_to=reply_to,
            post=flags.get("post"),
            out=flags.get("out"),
            from_id=flags.get("from_id"),
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
        reply_to=_reply(seen),
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
    """Return the action of a service message, and the reply header that names the affected message."""
    pinned, title = seen.content.get("pinned_message"), seen.content.get("new_chat_title")
    if isinstance(pinned, dict):
        header = types.MessageReplyHeader(reply_to_msg_id=pinned.get("message_id"))
        return types.MessageActionPinMessage(), header
    if isinstance(title, str):
        return types.MessageActionChatEditTitle(title), None
    return _group_action(seen) or types.MessageActionCustomAction(", ".join(seen.content)), None


def _group_action(seen: Message) -> Any:
    """Return the action of a service message in a group; None for any other message."""
    match seen.content:
        case {"new_chat_members": [*people]}:
            return _entered(seen, [user["id"] for user in people if isinstance(user, dict)])
        case {"left_chat_member": {"id": user_id}}:
            return types.MessageActionChatDeleteUser(user_id)
        case {"forum_topic_created": {"name": name, "icon_color": color}}:
            return types.MessageActionTopicCreate(name, color)
        case {"migrate_to_chat_id": int(new)}:
            return types.MessageActionChatMigrateTo(bare_id(new))
        case {"migrate_from_chat_id": int(old)}:
            return types.MessageActionChannelMigrateFrom("", -old)
        case _:
            return None


def _entered(seen: Message, who: list[Any]) -> Any:
    """Return the action of joining a chat; members who added themselves joined through a link."""
    if who == [seen.sender]:
        return types.MessageActionChatJoinedByLink(inviter_id=seen.sender)
    return types.MessageActionChatAddUser(users=who)


def _reply(seen: Message) -> Any:
    thread = seen.hidden.get("thread")
    if seen.reply_to is None and thread is None:
        return None
    return types.MessageReplyHeader(
        forum_topic=thread is not None or None,
        reply_to_msg_id=seen.reply_to or thread,
        reply_to_top_id=thread if seen.reply_to is not None and thread != seen.reply_to else None,
    )
