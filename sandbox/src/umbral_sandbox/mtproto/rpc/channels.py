"""Handlers of requests on channels: creation, title, description, protection, look-up, leaving, deletion."""

from typing import Any

from telethon.tl import functions, types

from umbral_sandbox.mtproto import answers, invite_shapes, shapes
from umbral_sandbox.mtproto.calls import Handlers, RpcCall
from umbral_sandbox.mtproto.refusals import RpcError
from umbral_sandbox.world.telegram.channel_records import Channel, ChatKind


def create(call: RpcCall, request: Any) -> Any:
    """Create a broadcast channel or a supergroup owned by the caller."""
    kind: ChatKind = "channel" if request.broadcast else "forum" if request.forum else "group"
    if not request.broadcast and not request.megagroup:
        raise RpcError(400, "CHANNEL_INVALID")
    channel = call.world.telegram.channels.create(call.account_id, request.title, request.about, kind=kind)
    return answers.channel_changed(call, channel, [call.account_id])


def edit_title(call: RpcCall, request: Any) -> Any:
    """Change the title of a channel."""
    channel = call.peers.channel(request.channel)
    call.world.telegram.channels.set_title(call.account_id, channel, request.title)
    return answers.channel_changed(call, channel)


def edit_about(call: RpcCall, request: Any) -> Any:
    """Change the description of a channel."""
    channel = call.peers.channel(request.peer)
    call.world.telegram.channels.set_about(call.account_id, channel, request.about)
    return True


def toggle_no_forwards(call: RpcCall, request: Any) -> Any:
    """Turn the content protection on or off; for the owner only."""
    channel = call.peers.channel(request.peer)
    call.world.telegram.channels.set_protected(call.account_id, channel, on=request.enabled)
    return answers.channel_changed(call, channel)


def get_channels(call: RpcCall, request: Any) -> Any:
    """Return the named channels; a non-member sees only their names."""
    found = [call.peers.channel(named) for named in request.id]
    return types.messages.Chats([_seen(call, channel) for channel in found])


def get_full_channel(call: RpcCall, request: Any) -> Any:
    """Return the full profile of a channel; for members only."""
    channel = call.peers.channel(request.channel)
    call.world.telegram.channels.require_inside(channel, call.account_id)
    return types.messages.ChatFull(
        full_chat=_full(call, channel), chats=[shapes.channel(call.peers, channel)], users=[]
    )


def leave(call: RpcCall, request: Any) -> Any:
    """Leave a channel."""
    channel = call.peers.channel(request.channel)
    call.world.telegram.members.leave(call.account_id, channel)
    return answers.channel_changed(call, channel)


def delete(call: RpcCall, request: Any) -> Any:
    """Delete a channel for everyone; for the owner only."""
    channel = call.peers.channel(request.channel)
    call.world.telegram.channels.delete(call.account_id, channel)
    gone = answers.updates(call, [types.UpdateChannel(channel.id)])
    gone.chats = [_forbidden(call, channel)]
    return gone


def set_discussion_group(call: RpcCall, request: Any) -> Any:
    """Link or unlink the discussion group of a channel; for the owner of both only."""
    channel = call.peers.channel(request.broadcast)
    group = None if isinstance(request.group, types.InputChannelEmpty) else call.peers.channel(request.group)
    call.world.telegram.groups.link(call.account_id, channel, group)
    return True


def migrate(call: RpcCall, request: Any) -> Any:
    """Upgrade a basic group to a supergroup; for the owner only."""
    group = call.peers.basic_group(request.chat_id)
    new = call.world.telegram.groups.upgrade(call.account_id, group)
    changed = answers.channel_changed(call, new)
    changed.chats.append(shapes.channel(call.peers, group))
    return changed


def _seen(call: RpcCall, channel: Channel) -> Any:
    if call.account_id in channel.members:
        return shapes.channel(call.peers, channel)
    return _forbidden(call, channel)


def _forbidden(call: RpcCall, channel: Channel) -> Any:
    return types.ChannelForbidden(
        id=channel.id,
        access_hash=call.peers.access_hash(channel.id),
        title=channel.title,
        broadcast=not channel.is_group or None,
        megagroup=channel.is_group or None,
    )


def _full(call: RpcCall, channel: Channel) -> Any:
    account = call.account_id
    is_admin = account == channel.owner or account in channel.admins
    last = call.world.telegram.channels.last_message(channel)
    return types.ChannelFull(
        id=channel.id,
        about=channel.about,
        read_inbox_max_id=last.id if last is not None else 0,
        read_outbox_max_id=0,
        unread_count=0,
        chat_photo=types.PhotoEmpty(id=0),
        notify_settings=types.PeerNotifySettings(),
        bot_info=[],
        pts=last.seq if last is not None else 1,
        can_view_participants=is_admin or channel.is_group or None,
        can_delete_channel=account == channel.owner or None,
        pinned_msg_id=channel.pinned[-1] if channel.pinned else None,
        folder_id=channel.folders.get(account),
        linked_chat_id=channel.linked,
        migrated_from_chat_id=channel.migrated_from,
        **(_for_admins(call, channel) if is_admin else {}),
    )


def _for_admins(call: RpcCall, channel: Channel) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "participants_count": len(channel.members),
        "admins_count": len(channel.admins) + 1,
        "kicked_count": len(call.world.telegram.members.banned(channel)),
        "banned_count": 0,
        "requests_pending": len(channel.requests) if channel.requests else None,
        "recent_requesters": list(channel.requests)[-3:] if channel.requests else None,
    }
    if channel.may(call.account_id, "can_invite_users"):
        primary = call.world.telegram.invites.primary(call.account_id, channel)
        fields["exported_invite"] = invite_shapes.invite(channel, primary) if primary is not None else None
    return fields


HANDLERS: Handlers = {
    functions.channels.CreateChannelRequest: create,
    functions.channels.EditTitleRequest: edit_title,
    functions.channels.GetChannelsRequest: get_channels,
    functions.channels.GetFullChannelRequest: get_full_channel,
    functions.channels.LeaveChannelRequest: leave,
    functions.channels.DeleteChannelRequest: delete,
    functions.channels.SetDiscussionGroupRequest: set_discussion_group,
    functions.messages.MigrateChatRequest: migrate,
    functions.messages.EditChatAboutRequest: edit_about,
    functions.messages.ToggleNoForwardsRequest: toggle_no_forwards,
}
