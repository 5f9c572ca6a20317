"""Messages in channels and groups."""

from datetime import timedelta
from typing import Final

from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.channels import Channels
from umbral_sandbox.world.telegram.events import Events
from umbral_sandbox.world.telegram.records import Content, Message, channel_key
from umbral_sandbox.world.telegram.refusal import bad, forbidden
from umbral_sandbox.world.telegram.rights import sending_permission
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.views import Views, channel_chat_view, unix, user_view

_DELETABLE_BY_BOTS: Final = timedelta(hours=48)
_NEVER_DELETED: Final = frozenset({"channel_chat_created", "supergroup_chat_created", "migrate_from_chat_id"})


class Posts:
    """Posts, edits, deletions and pins; each action needs its own right."""

    def __init__(self, state: State, views: Views, events: Events, channels: Channels) -> None:
        self._state = state
        self._views = views
        self._events = events
        self._channels = channels

    def messages(self, channel: Channel, after: int = 0) -> list[Message]:
        """Return the messages whose ``seq`` is greater than ``after``, oldest first."""
        return [each for each in self._state.messages(channel_key(channel.id)) if each.seq > after]

    def count(self, channel: Channel) -> int:
        """Return the number of messages in the channel, including service messages."""
        return self._state.count_messages(channel_key(channel.id))

    def message(self, channel: Channel, message_id: int) -> Message:
        """Return one message. Raises Refused (MESSAGE_ID_INVALID) if there is no such message."""
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
        """Create a post; needs can_post_messages in a channel, and the matching permission in a group.

        Raises Refused if the right is missing, and with one of these names: CHAT_WRITE_FORBIDDEN (a non-member of a
        group in which only members write), CHAT_SEND_…_FORBIDDEN, TOPIC_CLOSED, TOPIC_DELETED,
        REPLY_MESSAGE_ID_INVALID.
        """
        if channel.is_group:
            self._require_permission(channel, actor, content)
        else:
            self._channels.require(channel, actor, "can_post_messages")
        key = channel_key(channel.id)
        answered = self._state.message(key, reply_to) if reply_to is not None else None
        if reply_to is not None and answered is None:
            raise bad("REPLY_MESSAGE_ID_INVALID")
        if answered is not None and "thread" in answered.hidden:
            # A reply belongs to the topic of the message to which it replies.
            hidden = {"thread": answered.hidden["thread"]} | (hidden or {})
        if channel.is_anonymous(actor):
            hidden = {"anonymous": True} | (hidden or {})
        self._require_open_topic(channel, actor, hidden)
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
        if not channel.is_group and channel.linked is not None:
            self._show_in_discussion(channel, message)
        return message

    def edit(
        self, actor: int, channel: Channel, message_id: int, content: Content | None, markup: Content | None
    ) -> Message:
        """Edit the actor's own post with can_post_messages, or any post with can_edit_messages.

        content: None to keep the content. markup: None to remove the buttons. Raises Refused with one of these names:
            CHAT_ADMIN_REQUIRED, MESSAGE_ID_INVALID, MESSAGE_NOT_MODIFIED.
        """
        self._channels.require_inside(channel, actor)
        message = self.message(channel, message_id)
        if message.kind == "service":
            raise bad("MESSAGE_ID_INVALID")
        if channel.is_group and message.sender != actor:
            raise bad("MESSAGE_AUTHOR_REQUIRED")
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
        """Delete the actor's own post (in a channel with can_post_messages), or any post with can_delete_messages.

        Raises Refused as ``require_deletable`` does.
        """
        message = self.require_deletable(actor, channel, message_id)
        self._state.forget(message)
        if message_id in channel.pinned:
            channel.pinned.remove(message_id)
            self._channels.save(channel)

    def require_deletable(self, actor: int, channel: Channel, message_id: int) -> Message:
        """Return the message if the actor may delete it.

        Raises Refused with one of these names: MESSAGE_ID_INVALID, CHAT_ADMIN_REQUIRED, MESSAGE_DELETE_FORBIDDEN (the
        first message of a chat; for a bot also messages 48 hours old: TDLib,
        ``MessagesManager::can_delete_channel_message``).
        """
        self._channels.require_inside(channel, actor)
        message = self.message(channel, message_id)
        old = self._state.clock.now() - message.date >= _DELETABLE_BY_BOTS
        if actor in self._state.bots and old:
            basic = channel.kind == "basic_group"
            raise bad("MESSAGE_REVOKE_FORBIDDEN" if basic else "MESSAGE_DELETE_FORBIDDEN", "it is 48 hours old")
        if _NEVER_DELETED & message.content.keys():
            raise bad("MESSAGE_DELETE_FORBIDDEN")
        self._require_own_or(actor, channel, message, "can_delete_messages")
        return message

    def pin(self, actor: int, channel: Channel, message_id: int, *, pinned: bool = True) -> None:
        """Pin or unpin a message; needs can_edit_messages, in a group can_pin_messages. A pin posts a
        service message.
        """
        self._channels.require(channel, actor, "can_pin_messages" if channel.is_group else "can_edit_messages")
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
        """Return a post with its MessageOrigin, for forwarding or copying by ``reader``.

        Raises Refused with one of these names: CHANNEL_PRIVATE, MESSAGE_ID_INVALID, CHAT_FORWARDS_RESTRICTED (protected
        content).
        """
        self._channels.require_inside(channel, reader)
        message = self.message(channel, message_id)
        if message.kind == "service":
            raise bad("MESSAGE_ID_INVALID")
        if channel.protected or message.protected:
            raise bad("CHAT_FORWARDS_RESTRICTED")
        if channel.is_group and not message.hidden.get("anonymous") and "sender_chat" not in message.hidden:
            sender = self._state.people.get(message.sender) or self._state.bots.get(message.sender)
            if sender is None:
                raise bad("MESSAGE_ID_INVALID")
            return message, {"type": "user", "sender_user": user_view(sender), "date": unix(message.date)}
        origin: Content = {
            "type": "channel",
            "chat": channel_chat_view(channel),
            "message_id": message.id,
            "date": unix(message.date),
        }
        return message, origin

    def _require_permission(self, channel: Channel, actor: int, content: Content) -> None:
        if actor not in channel.members:
            self._require_guest(channel, actor)
        if actor == channel.owner or actor in channel.admins:
            return
        permission, refusal = sending_permission(content)
        restriction = channel.restricted.get(actor)
        if restriction is not None and restriction.until is not None and restriction.until <= self._state.clock.now():
            restriction = None
        allowed = channel.permissions if restriction is None else restriction.permissions
        if permission not in allowed or permission not in channel.permissions:
            raise forbidden(refusal)

    def _require_guest(self, channel: Channel, actor: int) -> None:
        """Allow a non-member of a discussion group to comment on the posts of the group's channel, unless only members
        may write.
        """
        linked = self._channels.find(channel.linked) if channel.linked is not None else None
        if channel.deleted or linked is None or actor not in linked.members or actor in channel.banned:
            raise bad("CHANNEL_PRIVATE")
        if channel.join_to_send:
            raise forbidden("CHAT_GUEST_SEND_FORBIDDEN")

    def _require_open_topic(self, channel: Channel, actor: int, hidden: Content | None) -> None:
        thread = (hidden or {}).get("thread")
        if thread is None:
            return
        if thread not in channel.topics:
            raise bad("TOPIC_DELETED")
        if thread in channel.closed_topics and not channel.may(actor, "can_manage_topics"):
            raise bad("TOPIC_CLOSED")

    def _show_in_discussion(self, channel: Channel, message: Message) -> None:
        """Forward a post immediately to the discussion group, where people comment on the post, and pin it there."""
        group = self._channels.find(channel.linked) if channel.linked is not None else None
        if group is None:
            return
        chat = channel_chat_view(channel)
        origin: Content = {"type": "channel", "chat": chat, "message_id": message.id, "date": unix(message.date)}
        key = channel_key(group.id)
        shown = Message(
            chat=key,
            id=self._state.ids.next(f"message/{key}"),
            seq=self._state.next_seq(key),
            date=message.date,
            sender=message.sender,
            content=message.content,
            pinned=True,
            forwarded=origin,
            hidden={**message.hidden, "sender_chat": chat},
        )
        self._state.keep(shown)
        group.pinned.append(shown.id)
        self._channels.save(group)
        self._events.posted(group, shown)

    def _changed(self, message: Message) -> None:
        message.seq = self._state.next_seq(message.chat)
        self._state.keep(message)

    def _require_own_or(self, actor: int, channel: Channel, message: Message, right: str) -> None:
        own = message.sender == actor and (channel.is_group or channel.may(actor, "can_post_messages"))
        if not own and not channel.may(actor, right):
            raise bad("CHAT_ADMIN_REQUIRED", f"{right} is missing")
