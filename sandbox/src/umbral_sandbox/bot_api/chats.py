"""Lookup of the chat that a method's `chat_id` names, and check that the bot may act in that chat."""

from dataclasses import dataclass

from umbral_sandbox.bot_api.context import Context
from umbral_sandbox.bot_api.errors import bad_request, forbidden, migrated
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Content, Message, Person, bare_id, bot_api_id

_KINDS = {"channel": "channel", "group": "supergroup", "forum": "supergroup", "basic_group": "group"}


@dataclass(frozen=True, slots=True)
class PrivateTarget:
    """Chat with a person."""

    person: Person

    def view(self, on: Context, message: Message) -> Content:
        """Render a message of this chat as a Bot API Message."""
        return on.world.telegram.views.private_message(message, self.person)


@dataclass(frozen=True, slots=True)
class ChannelTarget:
    """Channel or group that the bot is in."""

    channel: Channel

    def view(self, on: Context, message: Message) -> Content:
        """Render a post of this channel as a Bot API Message."""
        return on.world.telegram.views.channel_post(message, self.channel)


Target = PrivateTarget | ChannelTarget


def target(on: Context, chat_id: int | str) -> Target:
    """Return the chat with this id; raise BotApiError if the bot has no such chat."""
    if isinstance(chat_id, int) and chat_id > 0:
        return PrivateTarget(private_person(on, chat_id))
    return ChannelTarget(channel(on, chat_id))


def private_person(on: Context, chat_id: int) -> Person:
    """Return the person of a private chat."""
    found = on.world.telegram.people.find(chat_id)
    if found is None:
        raise bad_request("chat not found")
    if not isinstance(found, Person):
        raise forbidden("bot can't send messages to bots")
    return found


def channel(on: Context, chat_id: int | str) -> Channel:
    """Return the channel or group with this id if the bot is a member."""
    channels = on.world.telegram.state.channels
    bare = bare_id(chat_id) if isinstance(chat_id, int) else None
    found = channels.get(bare) if bare is not None else None
    if isinstance(chat_id, str):
        # Only public chats can be found by username.
        name = chat_id.removeprefix("@").lower()
        public = (each for each in channels.values() if each.username and not each.deleted)
        found = next((each for each in public if each.username.lower() == name), None)
    elif found is not None and found.chat_id != chat_id:
        found = None
    if found is None:
        raise bad_request("chat not found")
    if found.migrated_to is not None and on.bot.id in found.members:
        raise migrated(bot_api_id(found.migrated_to))
    # To its bots, a deleted channel looks like a channel that removed them.
    if on.bot.id in found.members and not found.deleted:
        return found
    if on.bot.id in found.past or on.bot.id in found.banned:
        kind = _KINDS[found.kind]
        if found.is_group and not found.deleted and on.bot.id not in found.banned:
            raise forbidden(f"bot is not a member of the {kind} chat")
        raise forbidden(f"bot was kicked from the {kind} chat")
    raise bad_request("chat not found")
