"""Handlers of requests by which admins list and answer join requests."""

from typing import Any

from telethon.tl import functions, types

from umbral_sandbox.mtproto import answers, invite_shapes, shapes
from umbral_sandbox.mtproto.calls import Handlers, RpcCall
from umbral_sandbox.mtproto.invite_shapes import link_hash
from umbral_sandbox.world.telegram.channel_records import Channel


def importers(call: RpcCall, request: Any) -> Any:
    """List the pending join requests if `requested` is set, otherwise the members who joined through a link; newest
    first, with the caller's access hashes.
    """
    channel = call.peers.channel(request.peer)
    waiting = call.world.telegram.joins.requests(call.account_id, channel)
    wanted = link_hash(request.link) if request.link else None
    if request.requested:
        dated = {u: r.at for u, r in waiting.items() if wanted is None or r.link == wanted}
    else:
        members = channel.members.items()
        dated = {u: m.since for u, m in members if m.link is not None and wanted in {None, m.link}}
    ordered = sorted(dated, key=lambda user_id: dated[user_id], reverse=True)
    after = getattr(request.offset_user, "user_id", None)
    start = ordered.index(after) + 1 if after in dated else 0
    shown = ordered[start : start + request.limit]
    return types.messages.ChatInviteImporters(
        count=len(ordered),
        importers=[_importer(channel, user_id, waiting) for user_id in shown],
        users=shapes.users(call.peers, [call.world.telegram.people.find(user_id) for user_id in shown]),
    )


def hide(call: RpcCall, request: Any) -> Any:
    """Approve or decline one join request."""
    channel = call.peers.channel(request.peer)
    person = call.peers.user(request.user_id)
    call.world.telegram.joins.answer(call.account_id, channel, person.id, approved=bool(request.approved))
    return answers.channel_changed(call, channel, [person.id])


def hide_all(call: RpcCall, request: Any) -> Any:
    """Answer all pending join requests, or all pending requests of one link."""
    channel = call.peers.channel(request.peer)
    wanted = link_hash(request.link) if request.link else None
    joins = call.world.telegram.joins
    for user_id, waiting in joins.requests(call.account_id, channel).items():
        if wanted is None or waiting.link == wanted:
            joins.answer(call.account_id, channel, user_id, approved=bool(request.approved))
    return answers.channel_changed(call, channel)


def _importer(channel: Channel, user_id: int, waiting: dict[int, Any]) -> Any:
    if user_id in waiting:
        return invite_shapes.requester(user_id, waiting[user_id])
    return invite_shapes.joined(user_id, channel)


HANDLERS: Handlers = {
    functions.messages.GetChatInviteImportersRequest: importers,
    functions.messages.HideChatJoinRequestRequest: hide,
    functions.messages.HideAllChatJoinRequestsRequest: hide_all,
}
