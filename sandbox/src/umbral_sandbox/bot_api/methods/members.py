"""Bot API methods that read chats and their members, ban and restrict members, and leave a chat."""

from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.bot_api.chats import ChannelTarget, PrivateTarget, Target, channel, target
from umbral_sandbox.bot_api.context import Context, Method, method
from umbral_sandbox.bot_api.errors import bad_request
from umbral_sandbox.bot_api.parameters.chats import (
    BanChatMember,
    GetChatAdministrators,
    Member,
    RestrictChatMember,
    SetChatPermissions,
    UnbanChatMember,
)
from umbral_sandbox.bot_api.parameters.messages import InChat
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Content, bot_api_id
from umbral_sandbox.world.telegram.rights import PERMISSIONS
from umbral_sandbox.world.telegram.views import channel_chat_view, person_chat_view, user_view

_EVERY_CHAT: Final[Content] = {
    "accent_color_id": 0,
    "max_reaction_count": 11,
    "accepted_gift_types": {
        "unlimited_gifts": False,
        "limited_gifts": False,
        "unique_gifts": False,
        "premium_subscription": False,
        "gifts_from_channels": False,
    },
}


def _get_chat(on: Context, wanted: InChat) -> JsonValue:
    where = target(on, wanted.chat_id)
    if isinstance(where, PrivateTarget):
        if on.world.telegram.chats.find(where.person.id, on.bot.id) is None:
            raise bad_request("chat not found")
        return person_chat_view(where.person) | _EVERY_CHAT
    return _channel_info(on, where)


def _channel_info(on: Context, where: ChannelTarget) -> Content:
    found = where.channel
    info: Content = channel_chat_view(found) | _EVERY_CHAT
    if found.about:
        info["description"] = found.about
    if found.protected:
        info["has_protected_content"] = True
    if found.may(on.bot.id, "can_invite_users"):
        primary = on.world.telegram.invites.primary(on.bot.id, found)
        if primary is not None:
            info["invite_link"] = primary.url
    if found.linked is not None:
        info["linked_chat_id"] = bot_api_id(found.linked)
    if found.is_group:
        info["permissions"] = {name: name in found.permissions for name in PERMISSIONS}
        if found.join_to_send:
            info["join_to_send_messages"] = True
        if found.join_by_request:
            info["join_by_request"] = True
    if found.pinned:
        info["pinned_message"] = where.view(on, on.world.telegram.posts.message(found, found.pinned[-1]))
    return info


def _get_member(on: Context, wanted: Member) -> JsonValue:
    where = target(on, wanted.chat_id)
    user = on.world.telegram.people.get(wanted.user_id)
    if isinstance(where, PrivateTarget):
        if wanted.user_id not in (where.person.id, on.bot.id):
            raise bad_request("PARTICIPANT_ID_INVALID")
        return {"status": "member", "user": user_view(user)}
    return on.world.telegram.views.member(where.channel, wanted.user_id, on.bot.id)


def _get_administrators(on: Context, wanted: GetChatAdministrators) -> JsonValue:
    found = _only_channel(target(on, wanted.chat_id))
    people = on.world.telegram.people
    admins = [found.channel.owner, *found.channel.admins]
    shown = [
        user_id for user_id in admins if wanted.return_bots or user_id == on.bot.id or not people.get(user_id).is_bot
    ]
    return [on.world.telegram.views.member(found.channel, user_id, on.bot.id) for user_id in shown]


def _only_channel(where: Target) -> ChannelTarget:
    if isinstance(where, PrivateTarget):
        raise bad_request("there are no administrators in the private chat")
    return where


def _count_members(on: Context, wanted: InChat) -> JsonValue:
    where = target(on, wanted.chat_id)
    return 2 if isinstance(where, PrivateTarget) else len(where.channel.members)


def _ban(on: Context, wanted: BanChatMember) -> JsonValue:
    found = channel(on, wanted.chat_id)
    _refuse_special(on, found.owner, wanted.user_id)
    until = datetime.fromtimestamp(wanted.until_date, UTC) if wanted.until_date > 0 else None
    on.world.telegram.members.ban(on.bot.id, found, wanted.user_id, until)
    return True


def _unban(on: Context, wanted: UnbanChatMember) -> JsonValue:
    found = channel(on, wanted.chat_id)
    if found.kind == "basic_group":
        raise bad_request("method is available for supergroup and channel chats only")
    _refuse_special(on, found.owner, wanted.user_id)
    on.world.telegram.members.unban(on.bot.id, found, wanted.user_id, only_if_banned=wanted.only_if_banned)
    return True


def _restrict(on: Context, wanted: RestrictChatMember) -> JsonValue:
    found = _supergroup(on, wanted)
    _refuse_special(on, found.owner, wanted.user_id)
    until = datetime.fromtimestamp(wanted.until_date, UTC) if wanted.until_date > 0 else None
    names = wanted.permissions.names(independent=wanted.use_independent_chat_permissions)
    on.world.telegram.members.restrict(on.bot.id, found, wanted.user_id, names, until)
    return True


def _set_permissions(on: Context, wanted: SetChatPermissions) -> JsonValue:
    names = wanted.permissions.names(independent=wanted.use_independent_chat_permissions)
    found = channel(on, wanted.chat_id)
    if not found.is_group:
        raise bad_request("can't change permissions of a channel chat")
    on.world.telegram.groups.set_permissions(on.bot.id, found, names)
    return True


def _supergroup(on: Context, wanted: InChat) -> Channel:
    found = channel(on, wanted.chat_id)
    if found.kind in {"channel", "basic_group"}:
        raise bad_request("method is available only for supergroups")
    return found


def _refuse_special(on: Context, owner: int, user_id: int) -> None:
    if user_id == on.bot.id:
        raise bad_request("can't restrict self")
    if user_id == owner:
        raise bad_request("can't remove chat owner")


def _leave(on: Context, wanted: InChat) -> JsonValue:
    on.world.telegram.members.leave(on.bot.id, channel(on, wanted.chat_id))
    return True


METHODS: Final[tuple[Method, ...]] = (
    method("getChat", InChat, _get_chat),
    method("getChatMember", Member, _get_member),
    method("getChatAdministrators", GetChatAdministrators, _get_administrators),
    method("getChatMemberCount", InChat, _count_members),
    method("banChatMember", BanChatMember, _ban),
    method("unbanChatMember", UnbanChatMember, _unban),
    method("restrictChatMember", RestrictChatMember, _restrict),
    method("setChatPermissions", SetChatPermissions, _set_permissions),
    method("leaveChat", InChat, _leave),
)
