"""Bot API methods of forum topics: create, edit, close, reopen and delete."""

from typing import Final

from pydantic import JsonValue

from umbral_sandbox.bot_api.chats import channel
from umbral_sandbox.bot_api.context import Context, Method, method
from umbral_sandbox.bot_api.errors import bad_request
from umbral_sandbox.bot_api.parameters.chats import CreateForumTopic, EditForumTopic, OneTopic
from umbral_sandbox.world.telegram.groups import ICON_COLORS


def _create(on: Context, wanted: CreateForumTopic) -> JsonValue:
    found = channel(on, wanted.chat_id)
    color = ICON_COLORS[0] if wanted.icon_color is None else wanted.icon_color
    if color not in ICON_COLORS:
        raise bad_request("invalid icon color specified")
    thread = on.world.telegram.groups.open_topic(on.bot.id, found, wanted.name, color)
    return {"message_thread_id": thread, "name": wanted.name, "icon_color": color}


def _edit(on: Context, wanted: EditForumTopic) -> JsonValue:
    found = channel(on, wanted.chat_id)
    name = wanted.name or found.topics.get(wanted.message_thread_id, "-")
    on.world.telegram.groups.rename_topic(on.bot.id, found, wanted.message_thread_id, name)
    return True


def _close(on: Context, wanted: OneTopic) -> JsonValue:
    found = channel(on, wanted.chat_id)
    on.world.telegram.groups.close_topic(on.bot.id, found, wanted.message_thread_id, closed=True)
    return True


def _reopen(on: Context, wanted: OneTopic) -> JsonValue:
    found = channel(on, wanted.chat_id)
    on.world.telegram.groups.close_topic(on.bot.id, found, wanted.message_thread_id, closed=False)
    return True


def _delete(on: Context, wanted: OneTopic) -> JsonValue:
    on.world.telegram.groups.delete_topic(on.bot.id, channel(on, wanted.chat_id), wanted.message_thread_id)
    return True


METHODS: Final[tuple[Method, ...]] = (
    method("createForumTopic", CreateForumTopic, _create),
    method("editForumTopic", EditForumTopic, _edit),
    method("closeForumTopic", OneTopic, _close),
    method("reopenForumTopic", OneTopic, _reopen),
    method("deleteForumTopic", OneTopic, _delete),
)
