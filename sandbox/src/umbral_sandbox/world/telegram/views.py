"""Conversion of stored people, bots, channels, messages and links to the Bot API's User, Chat, Message, ChatMember and
ChatInviteLink.
"""

from datetime import datetime
from typing import Final

from umbral_sandbox.world.telegram.channel_records import Channel, Link
from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.records import Bot, Content, Message, Person
from umbral_sandbox.world.telegram.rights import PERMISSIONS
from umbral_sandbox.world.telegram.state import State

#: Senders shown for an anonymous admin, and for a channel's post in its discussion group.
GROUP_ANONYMOUS_BOT: Final[Content] = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
TELEGRAM: Final[Content] = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
_TYPES: Final = {"channel": "channel", "group": "supergroup", "forum": "supergroup", "basic_group": "group"}


def unix(moment: datetime) -> int:
    """Return seconds since 1970, the Bot API's format of times."""
    return int(moment.timestamp())


def user_view(user: Person | Bot) -> Content:
    """Return the User object of a person or bot."""
    if isinstance(user, Bot):
        return {"id": user.id, "is_bot": True, "first_name": user.name, "username": user.username}
    view: Content = {"id": user.id, "is_bot": False, "first_name": user.first_name}
    if user.last_name:
        view["last_name"] = user.last_name
    if user.username:
        view["username"] = user.username
    if user.language_code:
        view["language_code"] = user.language_code
    return view


def person_chat_view(person: Person) -> Content:
    """Return the Chat object of a person's private chat, as bots see it."""
    view = user_view(person)
    return {"type": "private"} | {
        name: view[name] for name in ("id", "first_name", "last_name", "username") if name in view
    }


def channel_chat_view(channel: Channel) -> Content:
    """Return the Chat object of a channel or group."""
    view: Content = {"id": channel.chat_id, "title": channel.title, "type": _TYPES[channel.kind]}
    return view | ({"is_forum": True} if channel.kind == "forum" else {})


def link_view(link: Link, channel: Channel, creator: Person | Bot, viewer: int) -> Content:
    """Return the ChatInviteLink object of a link; the address of another admin's link is shown only in part."""
    shown = link.url if link.creator == viewer else link.url[: len("https://t.me/+") + 8] + "…"
    view: Content = {
        "invite_link": shown,
        "creator": user_view(creator),
        "creates_join_request": link.request,
        "is_primary": link.primary,
        "is_revoked": link.revoked,
    }
    if link.title:
        view["name"] = link.title
    if link.expires is not None:
        view["expire_date"] = unix(link.expires)
    if link.member_limit is not None:
        view["member_limit"] = link.member_limit
    if link.request and channel.pending_by(link.hash):
        view["pending_join_request_count"] = channel.pending_by(link.hash)
    return view


class Views:
    """Conversions to Bot API objects that need to read further stored objects."""

    def __init__(self, state: State, people: People) -> None:
        self._state = state
        self._people = people

    def private_message(self, message: Message, person: Person, *, with_reply: bool = True) -> Content:
        """Return a Message of a private chat between ``person`` and a bot."""
        view: Content = {
            "message_id": message.id,
            "from": user_view(self._people.get(message.sender)),
            "chat": person_chat_view(person),
        }
        reply = self._reply(message) if with_reply else None
        if reply is not None:
            view["reply_to_message"] = self.private_message(reply, person, with_reply=False)
        return view | _body(message, protected=message.protected)

    def channel_post(self, message: Message, channel: Channel, *, with_reply: bool = True) -> Content:
        """Return a Message of a group, or of a channel without naming the author."""
        chat = channel_chat_view(channel)
        view: Content = {"message_id": message.id, "chat": chat}
        if "sender_chat" in message.hidden:
            # A channel's post shown in its discussion group.
            view |= {"from": TELEGRAM, "sender_chat": message.hidden["sender_chat"], "is_automatic_forward": True}
        elif message.hidden.get("anonymous"):
            view |= {"from": GROUP_ANONYMOUS_BOT, "sender_chat": chat}
        elif channel.is_group:
            view["from"] = user_view(self._people.get(message.sender))
        else:
            view["sender_chat"] = chat
        if (thread := message.hidden.get("thread")) is not None:
            view |= {"message_thread_id": thread, "is_topic_message": True}
        reply = self._reply(message) if with_reply else None
        if reply is not None:
            view["reply_to_message"] = self.channel_post(reply, channel, with_reply=False)
        return view | _body(message, protected=message.protected or channel.protected)

    def member(self, channel: Channel, user_id: int, viewer: int | None = None) -> Content:
        """Return the user's current ChatMember, whatever the user's status."""
        user = user_view(self._people.get(user_id))
        ban = channel.banned.get(user_id)
        if user_id == channel.owner and not channel.deleted:
            return {"status": "creator", "user": user, "is_anonymous": channel.anonymous}
        if (admin := channel.admins.get(user_id)) is not None:
            view: Content = {
                "status": "administrator",
                "user": user,
                "can_be_edited": viewer is not None and admin.by == viewer,
                "is_anonymous": admin.anonymous,
            }
            if admin.rank:
                view["custom_title"] = admin.rank
            return view | {right: right in admin.rights for right in channel.known_rights}
        restriction = channel.restricted.get(user_id)
        if restriction is not None and (restriction.until is None or restriction.until > self._state.clock.now()):
            return {
                "status": "restricted",
                "user": user,
                "is_member": user_id in channel.members,
                "until_date": unix(restriction.until) if restriction.until else 0,
                **{name: name in restriction.permissions for name in PERMISSIONS},
            }
        if user_id in channel.members:
            return {"status": "member", "user": user}
        if ban is not None and (ban.until is None or ban.until > self._state.clock.now()):
            return {"status": "kicked", "user": user, "until_date": unix(ban.until) if ban.until else 0}
        return {"status": "left", "user": user}

    def actor(self, channel: Channel, user_id: int) -> Content:
        """Return the User who acted, as the bots of a chat see that user: an anonymous admin is not named."""
        return GROUP_ANONYMOUS_BOT if channel.is_anonymous(user_id) else user_view(self._people.get(user_id))

    def link(self, link: Link, channel: Channel, viewer: int) -> Content:
        """Return a ChatInviteLink as ``viewer`` may see it."""
        return link_view(link, channel, self._people.get(link.creator), viewer)

    def _reply(self, message: Message) -> Message | None:
        if message.reply_to is None:
            return None
        return self._state.message(message.chat, message.reply_to)


def _body(message: Message, *, protected: bool) -> Content:
    view: Content = {"date": unix(message.date)}
    if message.edited is not None:
        view["edit_date"] = unix(message.edited)
    if message.forwarded is not None:
        view["forward_origin"] = message.forwarded
    if protected:
        view["has_protected_content"] = True
    if message.markup is not None:
        view["reply_markup"] = message.markup
    return view | message.content
