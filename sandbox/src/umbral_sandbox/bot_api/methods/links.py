"""Bot API methods that create, edit and revoke invite links, and that approve and decline join requests."""

from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.bot_api.chats import channel
from umbral_sandbox.bot_api.context import Context, Method, method
from umbral_sandbox.bot_api.parameters.chats import EditChatInviteLink, LinkSettings, Member, OneLink
from umbral_sandbox.bot_api.parameters.messages import InChat

_PREFIXES: Final = ("https://t.me/+", "https://t.me/joinchat/", "t.me/+", "tg://join?invite=")


def _create(on: Context, wanted: LinkSettings) -> JsonValue:
    found = channel(on, wanted.chat_id)
    link = on.world.telegram.invites.export(
        on.bot.id,
        found,
        title=wanted.name or "",
        expires=_moment(wanted.expire_date),
        member_limit=wanted.member_limit or None,
        request=wanted.creates_join_request,
    )
    return on.world.telegram.views.link(link, found, on.bot.id)


def _edit(on: Context, wanted: EditChatInviteLink) -> JsonValue:
    found = channel(on, wanted.chat_id)
    link = on.world.telegram.invites.edit(
        on.bot.id,
        found,
        _hash(wanted.invite_link),
        title=wanted.name or "",
        expires=_moment(wanted.expire_date),
        member_limit=wanted.member_limit or None,
        request=wanted.creates_join_request,
    )
    return on.world.telegram.views.link(link, found, on.bot.id)


def _revoke(on: Context, wanted: OneLink) -> JsonValue:
    found = channel(on, wanted.chat_id)
    link, _ = on.world.telegram.invites.revoke(on.bot.id, found, _hash(wanted.invite_link))
    return on.world.telegram.views.link(link, found, on.bot.id)


def _export(on: Context, wanted: InChat) -> JsonValue:
    return on.world.telegram.invites.renew_primary(on.bot.id, channel(on, wanted.chat_id)).url


def _approve(on: Context, wanted: Member) -> JsonValue:
    found = channel(on, wanted.chat_id)
    on.world.telegram.joins.answer(on.bot.id, found, wanted.user_id, approved=True)
    return True


def _decline(on: Context, wanted: Member) -> JsonValue:
    found = channel(on, wanted.chat_id)
    on.world.telegram.joins.answer(on.bot.id, found, wanted.user_id, approved=False)
    return True


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _hash(url: str) -> str:
    for prefix in _PREFIXES:
        if url.startswith(prefix):
            return url.removeprefix(prefix)
    return url


METHODS: Final[tuple[Method, ...]] = (
    method("createChatInviteLink", LinkSettings, _create),
    method("editChatInviteLink", EditChatInviteLink, _edit),
    method("revokeChatInviteLink", OneLink, _revoke),
    method("exportChatInviteLink", InChat, _export),
    method("approveChatJoinRequest", Member, _approve),
    method("declineChatJoinRequest", Member, _decline),
)
