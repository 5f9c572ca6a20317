"""Handlers of requests of the namespace `users`, and of contacts.resolveUsername."""

from typing import Any

from telethon.tl import functions, types

from umbral_sandbox.mtproto import shapes
from umbral_sandbox.mtproto.calls import Handlers, RpcCall
from umbral_sandbox.mtproto.refusals import RpcError
from umbral_sandbox.world.telegram.refusal import Refused


def get_users(call: RpcCall, request: Any) -> Any:
    """Return the named users; an invalid name yields an empty user, as on the real service."""
    found = []
    for named in request.id:
        try:
            found.append(shapes.user(call.peers, call.peers.user(named)))
        except (RpcError, Refused):
            found.append(types.UserEmpty(id=getattr(named, "user_id", 0)))
    return found


def get_full_user(call: RpcCall, request: Any) -> Any:
    """Return the full profile of a user."""
    person = call.peers.user(request.id)
    full = types.UserFull(
        id=person.id,
        settings=types.PeerSettings(),
        notify_settings=types.PeerNotifySettings(),
        common_chats_count=0,
    )
    return types.users.UserFull(full_user=full, chats=[], users=[shapes.user(call.peers, person)])


def resolve_username(call: RpcCall, request: Any) -> Any:
    """Return the user with a username, with the caller's access hash."""
    found = call.world.telegram.people.find_username(request.username)
    if found is None:
        raise RpcError(400, "USERNAME_NOT_OCCUPIED")
    return types.contacts.ResolvedPeer(peer=types.PeerUser(found.id), chats=[], users=[shapes.user(call.peers, found)])


HANDLERS: Handlers = {
    functions.users.GetUsersRequest: get_users,
    functions.users.GetFullUserRequest: get_full_user,
    functions.contacts.ResolveUsernameRequest: resolve_username,
}
