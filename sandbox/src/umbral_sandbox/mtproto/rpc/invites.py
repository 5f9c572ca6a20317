"""Handlers of requests on invite links: admins create and change links, anyone can check and use a link."""

from datetime import datetime
from typing import Any

from telethon.tl import functions, types

from umbral_sandbox.mtproto import answers, invite_shapes, shapes
from umbral_sandbox.mtproto.calls import Handlers, RpcCall
from umbral_sandbox.mtproto.invite_shapes import link_hash
from umbral_sandbox.mtproto.refusals import RpcError
from umbral_sandbox.world.telegram.channel_records import Channel, Link


def export(call: RpcCall, request: Any) -> Any:
    """Create a link in addition to the primary link, or, with the legacy flag, a new primary link."""
    channel = call.peers.channel(request.peer)
    invites = call.world.telegram.invites
    if request.subscription_pricing is not None:
        raise RpcError(400, "PAID_LINKS_NOT_SIMULATED")
    if request.legacy_revoke_permanent:
        return invite_shapes.invite(channel, invites.renew_primary(call.account_id, channel))
    link = invites.export(
        call.account_id,
        channel,
        title=request.title or "",
        expires=_date(request.expire_date),
        member_limit=request.usage_limit or None,
        request=bool(request.request_needed),
    )
    return invite_shapes.invite(channel, link)


def list_exported(call: RpcCall, request: Any) -> Any:
    """List the links of one admin, newest first."""
    channel = call.peers.channel(request.peer)
    admin = call.peers.user(request.admin_id)
    links = call.world.telegram.invites.links_of(call.account_id, channel, admin.id, revoked=bool(request.revoked))
    rest = links
    if request.offset_link:
        after = link_hash(request.offset_link)
        rest = links[next((i + 1 for i, link in enumerate(links) if link.hash == after), 0) :]
    return types.messages.ExportedChatInvites(
        count=len(links),
        invites=[invite_shapes.invite(channel, link) for link in rest[: request.limit]],
        users=[shapes.user(call.peers, admin)],
    )


def get_exported(call: RpcCall, request: Any) -> Any:
    """Return one link, to the link's creator and the owner of the channel."""
    channel = call.peers.channel(request.peer)
    link = _link(call, channel, request.link)
    return types.messages.ExportedChatInvite(invite_shapes.invite(channel, link), _maker(call, link))


def edit_exported(call: RpcCall, request: Any) -> Any:
    """Change the given settings, or revoke the link. A revoked primary link is replaced."""
    channel = call.peers.channel(request.peer)
    link = _link(call, channel, request.link)
    invites = call.world.telegram.invites
    if request.revoked:
        link, new = invites.revoke(call.account_id, channel, link.hash)
        if new is not None:
            return types.messages.ExportedChatInviteReplaced(
                invite_shapes.invite(channel, link), invite_shapes.invite(channel, new), _maker(call, link)
            )
    else:
        link = invites.edit(
            call.account_id,
            channel,
            link.hash,
            title=link.title if request.title is None else request.title,
            expires=link.expires if request.expire_date is None else _date(request.expire_date),
            member_limit=link.member_limit if request.usage_limit is None else request.usage_limit or None,
            request=link.request if request.request_needed is None else request.request_needed,
        )
    return types.messages.ExportedChatInvite(invite_shapes.invite(channel, link), _maker(call, link))


def delete_exported(call: RpcCall, request: Any) -> Any:
    """Delete a revoked link."""
    channel = call.peers.channel(request.peer)
    link = _link(call, channel, request.link)
    if not link.revoked:
        raise RpcError(400, "INVITE_REVOKED_MISSING")
    call.world.telegram.invites.delete_revoked(call.account_id, channel, link.hash)
    return True


def check(call: RpcCall, request: Any) -> Any:
    """Return the chat that an invite link opens; non-members see only its name, size and description."""
    channel, link = call.world.telegram.joins.check(call.account_id, request.hash)
    if call.account_id in channel.members:
        return types.ChatInviteAlready(shapes.channel(call.peers, channel))
    return types.ChatInvite(
        title=channel.title,
        photo=types.PhotoEmpty(id=0),
        participants_count=len(channel.members),
        color=0,
        channel=True,
        broadcast=True,
        request_needed=link.request or None,
        about=channel.about or None,
    )


def use(call: RpcCall, request: Any) -> Any:
    """Join through a link, or request to join."""
    channel, result = call.world.telegram.joins.open(call.account_id, request.hash)
    if result == "requested":
        raise RpcError(400, "INVITE_REQUEST_SENT")
    return types.messages.ChatInviteJoinResultOk(answers.channel_changed(call, channel))


def _date(date: datetime | None) -> datetime | None:
    # Zero on the wire removes the expiry.
    return date if date is not None and date.timestamp() > 0 else None


def _link(call: RpcCall, channel: Channel, url: str) -> Link:
    account = call.account_id
    call.world.telegram.channels.require(channel, account, "can_invite_users")
    link = channel.links.get(link_hash(url))
    if link is None:
        raise RpcError(400, "INVITE_HASH_INVALID")
    if account not in {link.creator, channel.owner}:
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    return link


def _maker(call: RpcCall, link: Link) -> list[Any]:
    return shapes.users(call.peers, [call.world.telegram.people.find(link.creator)])


HANDLERS: Handlers = {
    functions.messages.ExportChatInviteRequest: export,
    functions.messages.GetExportedChatInvitesRequest: list_exported,
    functions.messages.GetExportedChatInviteRequest: get_exported,
    functions.messages.EditExportedChatInviteRequest: edit_exported,
    functions.messages.DeleteExportedChatInviteRequest: delete_exported,
    functions.messages.CheckChatInviteRequest: check,
    functions.messages.ImportChatInviteRequest: use,
}
