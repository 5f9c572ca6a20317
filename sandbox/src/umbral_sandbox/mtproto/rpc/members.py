"""Handlers of requests on the members of a channel and their rights."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telethon.tl import functions, types

from umbral_sandbox.mtproto import answers, shapes
from umbral_sandbox.mtproto.calls import Handlers, RpcCall
from umbral_sandbox.mtproto.refusals import RpcError
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot
from umbral_sandbox.world.telegram.rights import PERMISSIONS


def edit_admin(call: RpcCall, request: Any) -> Any:
    """Set exactly these admin rights; this call also adds a bot to the channel, or removes the bot."""
    channel = call.peers.channel(request.channel)
    target = call.peers.user(request.user_id)
    call.world.telegram.channels.edit_admin(
        call.account_id,
        channel,
        target.id,
        shapes.right_names(request.admin_rights, channel),
        rank=request.rank or "",
        anonymous=bool(request.admin_rights.anonymous) and channel.is_group,
    )
    return answers.channel_changed(call, channel, [target.id])


def invite(call: RpcCall, request: Any) -> Any:
    """Add bots to a group directly. People are refused, as if their privacy settings forbade the call."""
    channel = call.peers.channel(request.channel)
    for named in request.users:
        call.world.telegram.channels.invite(call.account_id, channel, call.peers.user(named).id)
    return types.messages.InvitedUsers(answers.channel_changed(call, channel), missing_invitees=[])


def edit_banned(call: RpcCall, request: Any) -> Any:
    """Ban a user if the rights forbid view_messages, restrict a member of a group if they forbid other actions, or
    unban a user if they forbid nothing.
    """
    channel = call.peers.channel(request.channel)
    target = call.peers.user(request.participant, error="PARTICIPANT_ID_INVALID")
    members = call.world.telegram.members
    until = _until(request.banned_rights.until_date)
    allowed = shapes.permission_names(request.banned_rights)
    if request.banned_rights.view_messages:
        members.ban(call.account_id, channel, target.id, until)
    elif channel.is_group and (len(allowed) < len(PERMISSIONS) or target.id in channel.restricted):
        members.restrict(call.account_id, channel, target.id, allowed, until)
    else:
        members.unban(call.account_id, channel, target.id, only_if_banned=True)
    return answers.channel_changed(call, channel, [target.id])


def get_participants(call: RpcCall, request: Any) -> Any:
    """List one kind of participants; for admins only."""
    channel = call.peers.channel(request.channel)
    call.world.telegram.members.participants(call.account_id, channel)
    listed = _filtered(call, channel, request.filter)
    shown = listed[request.offset : request.offset + request.limit]
    return types.channels.ChannelParticipants(
        count=len(listed),
        participants=[_participant(call, channel, user_id) for user_id in shown],
        chats=[],
        users=_users(call, shown),
    )


def get_participant(call: RpcCall, request: Any) -> Any:
    """Return one participant of the channel; raise USER_NOT_PARTICIPANT for a person who was never a member."""
    channel = call.peers.channel(request.channel)
    target = call.peers.user(request.participant, error="PARTICIPANT_ID_INVALID")
    if target.id == call.account_id:
        call.world.telegram.channels.require_inside(channel, target.id)
    else:
        call.world.telegram.members.participants(call.account_id, channel)
    return types.channels.ChannelParticipant(
        participant=_participant(call, channel, target.id), chats=[], users=_users(call, [target.id])
    )


def _until(date: datetime | None) -> datetime | None:
    return date if date is not None and date.timestamp() > 0 else None


def _filtered(call: RpcCall, channel: Channel, wanted: Any) -> list[int]:
    telegram = call.world.telegram
    match wanted:
        case types.ChannelParticipantsAdmins():
            return [channel.owner, *channel.admins]
        case types.ChannelParticipantsBots():
            return [u for u in channel.members if isinstance(telegram.people.find(u), Bot)]
        case types.ChannelParticipantsKicked():
            return _named(call, telegram.members.banned(channel), wanted.q)
        case types.ChannelParticipantsBanned():
            # Banned here means restricted, which exists in groups only.
            return _named(call, list(channel.restricted), wanted.q)
        case types.ChannelParticipantsSearch() | types.ChannelParticipantsContacts():
            return _named(call, list(channel.members), wanted.q)
        case _:
            # The newest members are first.
            return list(channel.members)[::-1]


def _named(call: RpcCall, user_ids: list[int], q: str) -> list[int]:
    return [user_id for user_id in user_ids if q.lower() in _name(call, user_id)]


def _name(call: RpcCall, user_id: int) -> str:
    found = call.world.telegram.people.get(user_id)
    return f"{found.name} {found.username or ''}".lower()


def _users(call: RpcCall, user_ids: list[int]) -> list[Any]:
    find: Callable[[int], Any] = call.world.telegram.people.find
    return shapes.users(call.peers, [find(user_id) for user_id in user_ids])


def _participant(call: RpcCall, channel: Channel, user_id: int) -> Any:
    if user_id == channel.owner:
        return types.ChannelParticipantCreator(user_id, shapes.creator_rights(channel))
    if (admin := channel.admins.get(user_id)) is not None:
        return types.ChannelParticipantAdmin(
            user_id=user_id,
            promoted_by=admin.by,
            date=channel.members[user_id].since,
            admin_rights=shapes.admin_rights(admin.rights),
            can_edit=call.account_id in {channel.owner, admin.by} or None,
            is_self=user_id == call.account_id or None,
            inviter_id=admin.by if user_id == call.account_id else None,
            rank=admin.rank or None,
        )
    if user_id in channel.restricted:
        return _restricted(channel, user_id)
    if (member := channel.members.get(user_id)) is not None:
        if user_id == call.account_id:
            return types.ChannelParticipantSelf(user_id=user_id, inviter_id=channel.owner, date=member.since)
        return types.ChannelParticipant(user_id=user_id, date=member.since)
    return _outside(call, channel, user_id)


def _restricted(channel: Channel, user_id: int) -> Any:
    restriction = channel.restricted[user_id]
    return types.ChannelParticipantBanned(
        peer=types.PeerUser(user_id),
        kicked_by=restriction.by,
        date=None,
        banned_rights=shapes.banned_rights(restriction.permissions, restriction.until),
        left=user_id not in channel.members or None,
    )


def _outside(call: RpcCall, channel: Channel, user_id: int) -> Any:
    if call.world.telegram.members.is_banned(channel, user_id):
        return _banned(channel, user_id)
    if user_id in channel.past:
        return types.ChannelParticipantLeft(types.PeerUser(user_id))
    raise RpcError(400, "USER_NOT_PARTICIPANT")


def _banned(channel: Channel, user_id: int) -> Any:
    ban = channel.banned[user_id]
    return types.ChannelParticipantBanned(
        peer=types.PeerUser(user_id),
        kicked_by=ban.by,
        date=None,
        banned_rights=types.ChatBannedRights(until_date=ban.until, view_messages=True),
        left=True,
    )


HANDLERS: Handlers = {
    functions.channels.EditAdminRequest: edit_admin,
    functions.channels.InviteToChannelRequest: invite,
    functions.channels.EditBannedRequest: edit_banned,
    functions.channels.GetParticipantsRequest: get_participants,
    functions.channels.GetParticipantRequest: get_participant,
}
