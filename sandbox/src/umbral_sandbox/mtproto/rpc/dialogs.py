"""Handlers of requests on an account's list of chats and its archive."""

from dataclasses import dataclass
from typing import Any

from telethon.tl import functions, types

from umbral_sandbox.mtproto import answers, message_shapes, shapes
from umbral_sandbox.mtproto.calls import Handlers, RpcCall
from umbral_sandbox.mtproto.refusals import RpcError

MOST_DIALOGS = 100


@dataclass(frozen=True, slots=True)
class _Row:
    """Chat of the list, with the objects for the result."""

    peer_id: int
    date: float
    dialog: Any
    message: Any
    chat: Any = None
    user: Any = None


def get_dialogs(call: RpcCall, request: Any) -> Any:
    """List channels and private chats, the most recently active first. Without a folder, list the chats of
    all folders.
    """
    rows = sorted([*_channels(call, request.folder_id), *_private(call, request.folder_id)], key=_newest_first)
    start = next((i + 1 for i, row in enumerate(rows) if row.peer_id == _peer_id(request.offset_peer)), 0)
    shown = rows[start : start + min(max(request.limit, 1), MOST_DIALOGS)]
    content = {
        "dialogs": [row.dialog for row in shown],
        "messages": [row.message for row in shown if row.message is not None],
        "chats": [row.chat for row in shown if row.chat is not None],
        "users": [row.user for row in shown if row.user is not None],
    }
    if len(shown) == len(rows):
        return types.messages.Dialogs(**content)
    return types.messages.DialogsSlice(count=len(rows), **content)


def edit_folders(call: RpcCall, request: Any) -> Any:
    """Move channels into the archive (1) or out of the archive (0)."""
    for moved in request.folder_peers:
        channel = call.peers.channel(moved.peer)
        call.world.telegram.channels.set_folder(call.account_id, channel, moved.folder_id)
    return answers.updates(call, [])


def _channels(call: RpcCall, folder: int | None) -> list[_Row]:
    telegram = call.world.telegram
    rows = []
    for channel in telegram.channels.dialogs(call.account_id):
        placed = channel.folders.get(call.account_id, 0)
        if folder is None or placed == folder:
            last = telegram.channels.last_message(channel)
            dialog = _dialog(message_shapes.peer(channel), last, folder_id=placed or None)
            rows.append(
                _Row(
                    channel.id,
                    telegram.channels.last_message_at(channel),
                    dialog,
                    message_shapes.post(channel, last, call.account_id) if last is not None else None,
                    chat=shapes.channel(call.peers, channel),
                )
            )
    return rows


def _private(call: RpcCall, folder: int | None) -> list[_Row]:
    telegram = call.world.telegram
    rows = []
    for chat in telegram.chats.of_person(call.account_id) if folder in {None, 0} else []:
        messages = telegram.chats.messages(call.account_id, chat.bot)
        if messages:
            last = messages[-1]
            dialog = _dialog(types.PeerUser(chat.bot), last, folder_id=None)
            bot = shapes.user(call.peers, telegram.people.get(chat.bot))
            shown = message_shapes.private(call.account_id, chat.bot, last)
            rows.append(_Row(chat.bot, last.date.timestamp(), dialog, shown, user=bot))
    return rows


def _dialog(peer: Any, last: Any, *, folder_id: int | None) -> Any:
    top = last.id if last is not None else 0
    return types.Dialog(
        peer=peer,
        top_message=top,
        read_inbox_max_id=top,
        read_outbox_max_id=top,
        unread_count=0,
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=types.PeerNotifySettings(),
        pts=last.seq if last is not None and isinstance(peer, types.PeerChannel) else None,
        folder_id=folder_id,
    )


def _newest_first(row: _Row) -> tuple[float, int]:
    return -row.date, -row.peer_id


def _peer_id(offset: Any) -> int | None:
    match offset:
        case types.InputPeerEmpty():
            return None
        case types.InputPeerChat():
            return int(offset.chat_id)
        case types.InputPeerChannel():
            return int(offset.channel_id)
        case types.InputPeerUser():
            return int(offset.user_id)
        case _:
            raise RpcError(400, "OFFSET_PEER_ID_INVALID")


HANDLERS: Handlers = {
    functions.messages.GetDialogsRequest: get_dialogs,
    functions.folders.EditPeerFoldersRequest: edit_folders,
}
