"""Sharing of a chat with a bot through a button of its reply keyboard (KeyboardButtonRequestChat)."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.channels import Channels
from umbral_sandbox.world.telegram.chats import Chats
from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.records import Content, Message
from umbral_sandbox.world.telegram.refusal import bad


class Sharing:
    """Check of a button's request, and the bot's update about the chosen chat."""

    def __init__(self, people: People, chats: Chats, channels: Channels) -> None:
        self._people = people
        self._chats = chats
        self._channels = channels

    def share(
        self, person_id: int, bot_id: int, message_id: int, channel: Channel, button: str | None = None
    ) -> Message:
        """Answer a button of this message with a chat; the bot receives ``chat_shared``, in reply to the message.

        button: text of the button, if several buttons request a chat. As in the app, the bot is made an admin with the
            requested rights, or added to the group, if the person may do so.

        Raises Refused with one of these names: MESSAGE_ID_INVALID, BUTTON_INVALID (no button of the message requests a
        chat, or several do), PEER_ID_INVALID (a chat of another kind than requested), CHAT_ADMIN_REQUIRED (the person
        lacks a requested right). ``Channels.edit_admin`` and ``Channels.invite`` may also raise Refused.
        """
        person = self._people.living(person_id)
        message = self._chats.message(person.id, bot_id, message_id)
        asked = [each for each in chat_requests(message) if button is None or each[0] == button]
        if len(asked) != 1 or message.sender != bot_id:
            raise bad("BUTTON_INVALID")
        request = asked[0][1]
        self._check_kind(request, channel, person.id)
        self._check_person(request, channel, person.id)
        self._bring_bot(request, channel, person.id, bot_id)
        shared: Content = {"request_id": request["request_id"], "chat_id": channel.chat_id}
        if request.get("request_title"):
            shared["title"] = channel.title
        return self._chats.person_service(person.id, bot_id, {"chat_shared": shared}, reply_to=message.id)

    def _check_kind(self, request: Mapping[str, JsonValue], channel: Channel, person_id: int) -> None:
        self._channels.require_inside(channel, person_id)
        if request["chat_is_channel"] == channel.is_group:
            raise bad("PEER_ID_INVALID", "the button asks for another kind of chat")
        forum = request.get("chat_is_forum")
        if forum is not None and not request["chat_is_channel"] and forum != (channel.kind == "forum"):
            raise bad("PEER_ID_INVALID", "the button asks for a group with topics, or for one without")
        if request.get("chat_has_username"):
            raise bad("PEER_ID_INVALID", "chats of this world have no username")

    def _check_person(self, request: Mapping[str, JsonValue], channel: Channel, person_id: int) -> None:
        if request.get("chat_is_created"):
            self._channels.require_owner(channel, person_id)
        for right in _rights(request.get("user_administrator_rights"), channel):
            self._channels.require(channel, person_id, right)

    def _bring_bot(self, request: Mapping[str, JsonValue], channel: Channel, person_id: int, bot_id: int) -> None:
        rights = _rights(request.get("bot_administrator_rights"), channel)
        admin = channel.admins.get(bot_id)
        if rights - set(admin.rights if admin else ()):
            self._channels.edit_admin(person_id, channel, bot_id, rights | set(admin.rights if admin else ()))
        elif request.get("bot_is_member") and bot_id not in channel.members:
            self._channels.invite(person_id, channel, bot_id)


def chat_requests(message: Message) -> Iterator[tuple[str, dict[str, JsonValue]]]:
    """Yield the buttons of a message's reply keyboard that request a chat, as text and KeyboardButtonRequestChat."""
    keyboard = message.hidden.get("keyboard")
    rows = keyboard.get("keyboard") if isinstance(keyboard, dict) else None
    for row in rows if isinstance(rows, list) else ():
        for button in row if isinstance(row, list) else ():
            if isinstance(button, dict) and isinstance(request := button.get("request_chat"), dict):
                yield str(button.get("text", "")), request


def _rights(asked: JsonValue, channel: Channel) -> set[str]:
    """Return the requested rights that exist in this kind of chat."""
    return {name for name in channel.known_rights if isinstance(asked, dict) and asked.get(name)}
