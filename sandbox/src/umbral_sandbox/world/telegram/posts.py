"""What is written in channels."""

from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.channels import Channels
from umbral_sandbox.world.telegram.events import Events
from umbral_sandbox.world.telegram.records import Content, Message, channel_key
from umbral_sandbox.world.telegram.refusal import bad
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.views import Views, channel_chat_view, unix


class Posts:
    """Posts, edits, deletions and pins, each with its right."""

    def __init__(self, state: State, views: Views, events: Events, channels: Channels) -> None:
        self._state = state
        self._views = views
        self._events = events
        self._channels = channels

    def messages(self, channel: Channel, after: int = 0) -> list[Message]:
        """The messages whose ``seq`` is greater than ``after``, oldest first."""
        return [each for each in self._state.messages(channel_key(channel.id)) if each.seq > after]

    def count(self, channel: Channel) -> int:
        """How many messages the channel holds, service lines included."""
        return self._state.count_messages(channel_key(channel.id))

    def message(self, channel: Channel, message_id: int) -> Message:
        """One message; Refused MESSAGE_ID_INVALID when it is not there."""
        found = self._state.message(channel_key(channel.id), message_id)
        if found is None:
            raise bad("MESSAGE_ID_INVALID")
        return found

    def post(
        self,
        actor: int,
        channel: Channel,
        content: Content,
        *,
        markup: Content | None = None,
        protected: bool = False,
        reply_to: int | None = None,
        forwarded: Content | None = None,
        hidden: Content | None = None,
    ) -> Message:
        """A new post; needs can_post_messages in a channel, and no right in a group."""
        if channel.forum:
            self._channels.require_inside(channel, actor)
        else:
            self._channels.require(channel, actor, "can_post_messages")
        key = channel_key(channel.id)
        answered = self._state.message(key, reply_to) if reply_to is not None else None
        if reply_to is not None and answered is None:
            raise bad("REPLY_MESSAGE_ID_INVALID")
        if answered is not None and "thread" in answered.hidden:
            # An answer stands in the topic of what it answers.
            hidden = {"thread": answered.hidden["thread"]} | (hidden or {})
        message = Message(
            chat=key,
            id=self._state.ids.next(f"message/{key}"),
            seq=self._state.next_seq(key),
            date=self._state.clock.now(),
            sender=actor,
            content=content,
            markup=markup,
            protected=protected,
            reply_to=reply_to,
            forwarded=forwarded,
            hidden=hidden or {},
        )
        self._state.keep(message)
        self._events.posted(channel, message)
        return message

    def edit(
        self, actor: int, channel: Channel, message_id: int, content: Content | None, markup: Content | None
    ) -> Message:
        """Edit one's own post with can_post_messages, anyone's with can_edit_messages.

        ``content`` None keeps it, ``markup`` None takes the buttons away. Refused: CHAT_ADMIN_REQUIRED,
        MESSAGE_ID_INVALID, MESSAGE_NOT_MODIFIED.
        """
        self._channels.require_inside(channel, actor)
        message = self.message(channel, message_id)
        if message.kind == "service":
            raise bad("MESSAGE_ID_INVALID")
        self._require_own_or(actor, channel, message, "can_edit_messages")
        if (content is None or content == message.content) and markup == message.markup:
            raise bad("MESSAGE_NOT_MODIFIED")
        message.content = message.content if content is None else content
        message.markup = markup
        message.edited = self._state.clock.now()
        self._changed(message)
        self._events.posted(channel, message, edited=True)
        return message

    def delete(self, actor: int, channel: Channel, message_id: int) -> None:
        """Delete one's own post with can_post_messages, anyone's with can_delete_messages."""
        self._channels.require_inside(channel, actor)
        message = self.message(channel, message_id)
        self._require_own_or(actor, channel, message, "can_delete_messages")
        self._state.forget(message)
        if message_id in channel.pinned:
            channel.pinned.remove(message_id)
            self._channels.save(channel)

    def pin(self, actor: int, channel: Channel, message_id: int, *, pinned: bool = True) -> None:
        """Pin or unpin; needs can_edit_messages. A pin leaves a service line."""
        self._channels.require(channel, actor, "can_edit_messages")
        message = self.message(channel, message_id)
        if message.pinned == pinned:
            if pinned:
                raise bad("CHAT_NOT_MODIFIED")
            return
        message.pinned = pinned
        self._changed(message)
        channel.pinned = [each for each in channel.pinned if each != message_id] + [message_id] * pinned
        self._channels.save(channel)
        if pinned:
            shown = self._views.channel_post(message, channel, with_reply=False)
            self._channels.service(channel, actor, {"pinned_message": shown})

    def take_for_forward(self, reader: int, channel: Channel, message_id: int) -> tuple[Message, Content]:
        """A post with its MessageOrigin, for forwarding or copying by ``reader``.

        Refused: CHANNEL_PRIVATE, MESSAGE_ID_INVALID, CHAT_FORWARDS_RESTRICTED where content is protected.
        """
        self._channels.require_inside(channel, reader)
        message = self.message(channel, message_id)
        if message.kind == "service":
            raise bad("MESSAGE_ID_INVALID")
        if channel.protected or message.protected:
            raise bad("CHAT_FORWARDS_RESTRICTED")
        origin: Content = {
            "type": "channel",
            "chat": channel_chat_view(channel),
            "message_id": message.id,
            "date": unix(message.date),
        }
        return message, origin

    def _changed(self, message: Message) -> None:
        message.seq = self._state.next_seq(message.chat)
        self._state.keep(message)

    def _require_own_or(self, actor: int, channel: Channel, message: Message, right: str) -> None:
        own = message.sender == actor and channel.may(actor, "can_post_messages")
        if not own and not channel.may(actor, right):
            raise bad("CHAT_ADMIN_REQUIRED", f"{right} is missing")
