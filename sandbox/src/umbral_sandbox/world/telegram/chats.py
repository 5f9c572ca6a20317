"""Private chats between people and bots."""

import re
from datetime import timedelta
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.world.telegram.events import Events
from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.records import Content, Message, PrivateChat, private_key
from umbral_sandbox.world.telegram.refusal import bad, forbidden
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.views import unix, user_view

_COMMAND: Final = re.compile(r"(?<![^\s])/[A-Za-z0-9_]{1,32}(@\w+)?")
_PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REQUEST_WINDOW: Final = timedelta(minutes=5)
_CHANGEABLE: Final = timedelta(hours=48)


class Chats:
    """Actions of people and bots in private chats."""

    def __init__(self, state: State, people: People, events: Events) -> None:
        self._state = state
        self._people = people
        self._events = events

    def find(self, person_id: int, bot_id: int) -> PrivateChat | None:
        """Return the chat, or None if neither the person nor the bot ever wrote in it."""
        return self._state.chats.get(private_key(person_id, bot_id))

    def of_person(self, person_id: int) -> list[PrivateChat]:
        """Return all chats of a person with bots."""
        return [chat for chat in self._state.chats.values() if chat.person == person_id]

    def of_bot(self, bot_id: int) -> list[PrivateChat]:
        """Return all chats of a bot with people."""
        return [chat for chat in self._state.chats.values() if chat.bot == bot_id]

    def messages(self, person_id: int, bot_id: int, after: int = 0) -> list[Message]:
        """Return the messages whose ``seq`` is greater than ``after``, oldest first."""
        return [m for m in self._state.messages(private_key(person_id, bot_id)) if m.seq > after]

    def file(self, file_id: str) -> tuple[str, Content] | None:
        """Return a file that a person sent to a bot, as its kind (``photo`` or ``document``) and its Bot API object;
        None if no person sent the file.
        """
        for chat in self._state.chats.values():
            for message in self._state.messages(private_key(chat.person, chat.bot)):
                for kind in ("photo", "document"):
                    sizes = message.content.get(kind)
                    for each in sizes if isinstance(sizes, list) else [sizes]:
                        if isinstance(each, dict) and each.get("file_id") == file_id:
                            return kind, each
        return None

    def message(self, person_id: int, bot_id: int, message_id: int) -> Message:
        """Return one message. Raises Refused (MESSAGE_ID_INVALID) if there is no such message."""
        found = self._state.message(private_key(person_id, bot_id), message_id)
        if found is None:
            raise bad("MESSAGE_ID_INVALID")
        return found

    def send_text(self, person_id: int, bot_id: int, text: str, *, reply_to: int | None = None) -> Message:
        """Send a person's text to a bot, optionally as a reply in this chat. Raises Refused while the person blocks the
        bot.
        """
        if reply_to is not None and self._state.message(private_key(person_id, bot_id), reply_to) is None:
            raise bad("REPLY_MESSAGE_ID_INVALID")
        return self._person_sends(person_id, bot_id, written(text), reply_to=reply_to)

    def send_content(self, person_id: int, bot_id: int, content: Content) -> Message:
        """Send a person's media to a bot. Raises Refused while the person blocks the bot."""
        return self._person_sends(person_id, bot_id, content)

    def start(self, person_id: int, bot_id: int, payload: str = "") -> Message:
        """Press START as a person: unblock the bot and send ``/start`` with the deep link's payload."""
        if payload and not _PAYLOAD.fullmatch(payload):
            raise bad("START_PARAM_INVALID")
        chat = self.find(person_id, bot_id)
        if chat is not None and chat.blocked:
            self.set_blocked(person_id, bot_id, blocked=False)
        return self.send_text(person_id, bot_id, f"/start {payload}".strip())

    def forward(self, person_id: int, bot_id: int, message: Message, origin: Content) -> Message:
        """Forward ``message`` to a bot as a person."""
        return self._person_sends(person_id, bot_id, message.content, forwarded=origin)

    def forward_words(self, person_id: int, bot_id: int, author_id: int, text: str, *, hidden: bool = False) -> Message:
        """Forward another person's private text to a bot. hidden: True if the author's settings hide the account."""
        author = self._people.person(author_id)
        date = unix(self._state.clock.now())
        origin: Content = {"type": "user", "sender_user": user_view(author), "date": date}
        if hidden:
            name = f"{author.first_name} {author.last_name}".strip()
            origin = {"type": "hidden_user", "sender_user_name": name, "date": date}
        return self._person_sends(person_id, bot_id, {"text": text}, forwarded=origin)

    def person_service(self, person_id: int, bot_id: int, content: Content, *, reply_to: int | None = None) -> Message:
        """Post a person's service message (a payment), which the bot receives even if it is blocked."""
        return self._deliver(person_id, bot_id, content, None, reply_to)

    def bot_send(
        self,
        bot_id: int,
        person_id: int,
        content: Content,
        *,
        markup: Content | None = None,
        protected: bool = False,
        reply_to: int | None = None,
        forwarded: Content | None = None,
        hidden: Content | None = None,
    ) -> Message:
        """Send a bot's message to a person who started the bot, or who requested to join one of the bot's channels in
        the last five minutes.

        Raises Refused with one of these names: 400 PEER_ID_INVALID (chat not found), 403 PEER_ID_INVALID (the bot
        cannot write first), 403 USER_IS_BLOCKED, 403 USER_IS_BOT, 400 REPLY_MESSAGE_ID_INVALID.
        """
        self.require_writable(bot_id, person_id)
        key = private_key(person_id, bot_id)
        if reply_to is not None and self._state.message(key, reply_to) is None:
            raise bad("REPLY_MESSAGE_ID_INVALID")
        if self.find(person_id, bot_id) is None:
            self._state.chats.put(key, PrivateChat(person=person_id, bot=bot_id))
        message = self._new(key, bot_id, bot_id, content)
        message.markup, message.protected, message.reply_to = markup, protected, reply_to
        message.forwarded, message.hidden = forwarded, hidden or {}
        return self._state.keep(message)

    def require_writable(self, bot_id: int, person_id: int) -> None:
        """Raise Refused if ``bot_send`` could not send to this person. Chat actions use the same check."""
        target = self._people.find(person_id)
        if target is None:
            raise bad("PEER_ID_INVALID")
        if target.is_bot:
            raise forbidden("USER_IS_BOT")
        if target.deleted:
            raise forbidden("INPUT_USER_DEACTIVATED")
        chat = self.find(person_id, bot_id)
        if chat is not None and chat.blocked:
            raise forbidden("USER_IS_BLOCKED")
        if (chat is not None and chat.started) or self._asked_lately(bot_id, person_id):
            return
        raise forbidden("PEER_ID_INVALID") if self._met(bot_id, person_id) else bad("PEER_ID_INVALID")

    def edit(
        self, bot_id: int, person_id: int, message_id: int, content: Content | None, markup: Content | None
    ) -> Message:
        """Edit the bot's own message. content: None to keep the content. markup: None to remove the buttons.

        Raises Refused with one of these names: MESSAGE_ID_INVALID (no such message), MESSAGE_AUTHOR_REQUIRED,
        MESSAGE_NOT_MODIFIED.
        """
        self.require_writable(bot_id, person_id)
        message = self.message(person_id, bot_id, message_id)
        if message.sender != bot_id or message.kind == "service":
            raise bad("MESSAGE_AUTHOR_REQUIRED")
        if (content is None or content == message.content) and markup == message.markup:
            raise bad("MESSAGE_NOT_MODIFIED")
        message.content = message.content if content is None else content
        message.markup = markup
        message.edited = self._state.clock.now()
        return self.touch(message)

    def touch(self, message: Message) -> Message:
        """Store a changed message under a new ``seq``."""
        message.seq = self._state.next_seq(message.chat)
        return self._state.keep(message)

    def delete(self, bot_id: int, person_id: int, message_id: int) -> None:
        """Delete a message of the bot's chat for both sides. Raises Refused as ``require_deletable`` does."""
        self._state.forget(self.require_deletable(bot_id, person_id, message_id))

    def require_deletable(self, bot_id: int, person_id: int, message_id: int) -> Message:
        """Return the message if the bot may delete it. Raises Refused (MESSAGE_REVOKE_FORBIDDEN) after 48 hours."""
        message = self.message(person_id, bot_id, message_id)
        if self._state.clock.now() - message.date > _CHANGEABLE:
            raise bad("MESSAGE_REVOKE_FORBIDDEN")
        return message

    def person_edit(self, person_id: int, bot_id: int, message_id: int, text: str) -> Message:
        """Edit the text or caption of the person's own message, within 48 hours.

        Raises Refused with one of these names: MESSAGE_ID_INVALID, MESSAGE_AUTHOR_REQUIRED, MESSAGE_EDIT_TIME_EXPIRED,
        MESSAGE_NOT_MODIFIED.
        """
        person = self._people.living(person_id)
        message = self.message(person_id, bot_id, message_id)
        if message.sender != person_id or message.forwarded is not None or message.kind == "service":
            raise bad("MESSAGE_AUTHOR_REQUIRED")
        if self._state.clock.now() - message.date > _CHANGEABLE:
            raise bad("MESSAGE_EDIT_TIME_EXPIRED")
        content = reworded(message.content, text)
        if content == message.content:
            raise bad("MESSAGE_NOT_MODIFIED")
        message.content, message.edited = content, self._state.clock.now()
        self.touch(message)
        self._events.person_wrote(person, bot_id, message, edited=True)
        return message

    def pin(self, bot_id: int, person_id: int, message_id: int, *, pinned: bool = True) -> None:
        """Pin or unpin a message in a private chat as the bot."""
        message = self.message(person_id, bot_id, message_id)
        if message.pinned != pinned:
            message.pinned = pinned
            self.touch(message)

    def set_blocked(self, person_id: int, bot_id: int, *, blocked: bool) -> bool:
        """Block or unblock a bot as a person; return False without a change."""
        person = self._people.living(person_id)
        self._people.bot(bot_id)
        key = private_key(person_id, bot_id)
        chat = self._state.chats.get(key) or PrivateChat(person=person_id, bot=bot_id)
        if chat.blocked == blocked:
            return False
        chat.blocked = blocked
        self._state.chats.put(key, chat)
        self._events.blocked(person, bot_id, blocked=blocked)
        return True

    def _person_sends(
        self,
        person_id: int,
        bot_id: int,
        content: Content,
        forwarded: Content | None = None,
        reply_to: int | None = None,
    ) -> Message:
        key = private_key(person_id, bot_id)
        self._people.living(person_id)
        self._people.bot(bot_id)
        chat = self._state.chats.get(key) or PrivateChat(person=person_id, bot=bot_id)
        if chat.blocked:
            raise bad("YOU_BLOCKED_USER")
        chat.started = True
        self._state.chats.put(key, chat)
        return self._deliver(person_id, bot_id, content, forwarded, reply_to)

    def _deliver(
        self, person_id: int, bot_id: int, content: Content, forwarded: Content | None, reply_to: int | None = None
    ) -> Message:
        person = self._people.person(person_id)
        message = self._new(private_key(person_id, bot_id), bot_id, person_id, content)
        message.forwarded, message.reply_to = forwarded, reply_to
        self._state.keep(message)
        self._events.person_wrote(person, bot_id, message)
        return message

    def _new(self, key: str, bot_id: int, sender: int, content: Content) -> Message:
        # As on the real service, the private messages of a bot share one numbering across all its chats.
        return Message(
            chat=key,
            id=self._state.ids.next(f"message/{bot_id}"),
            seq=self._state.next_seq(key),
            date=self._state.clock.now(),
            sender=sender,
            content=content,
        )

    def _asked_lately(self, bot_id: int, person_id: int) -> bool:
        now = self._state.clock.now()
        return any(
            channel.may(bot_id, "can_invite_users") and now - channel.requests[person_id].at <= _REQUEST_WINDOW
            for channel in self._state.channels.values()
            if person_id in channel.requests
        )

    def _met(self, bot_id: int, person_id: int) -> bool:
        return self.find(person_id, bot_id) is not None or any(
            bot_id in channel.admins
            and (person_id in channel.members or person_id in channel.requests or person_id in channel.past)
            for channel in self._state.channels.values()
        )


def written(text: str) -> Content:
    """Return a typed text as content, with its commands marked. Raises Refused (MESSAGE_EMPTY, MESSAGE_TOO_LONG) for a
    text of the wrong length.
    """
    if not text.strip():
        raise bad("MESSAGE_EMPTY")
    if len(text) > 4096:
        raise bad("MESSAGE_TOO_LONG")
    commands = _commands(text)
    return {"text": text, "entities": commands} if commands else {"text": text}


def reworded(content: Content, text: str) -> Content:
    """Return ``content`` with another text, or, for media, with another caption."""
    if "text" in content:
        return {name: part for name, part in content.items() if name not in ("text", "entities")} | written(text)
    kept = {name: part for name, part in content.items() if not name.startswith("caption")}
    return kept | ({"caption": text} if text else {})


def _commands(text: str) -> list[JsonValue]:
    return [
        {
            "type": "bot_command",
            "offset": _utf16(text[: match.start()]),
            "length": _utf16(match[0]),
        }
        for match in _COMMAND.finditer(text)
    ]


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
