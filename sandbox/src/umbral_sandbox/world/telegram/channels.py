"""Channels and groups: creation, look-up, description, deletion, and their admins."""

from typing import Final

from umbral_sandbox.world.telegram.channel_records import Admin, Channel, ChatKind, Member
from umbral_sandbox.world.telegram.events import Events
from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.records import Content, Message, bare_id, channel_key
from umbral_sandbox.world.telegram.refusal import bad, forbidden
from umbral_sandbox.world.telegram.rights import MAX_ADMINS, MAX_BOTS, ordered
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.views import Views, user_view

#: Maximum number of channels per account, including the account's own channels.
MAX_CHANNELS: Final = 500
# Above 32 bits, like new channels of the real service.
_FIRST_CHANNEL: Final = 2_200_000_000
# Basic groups are counted separately; their ids have as many digits today.
_FIRST_BASIC_GROUP: Final = 5_000_000_000
_CREATED: Final = {"channel": "channel_chat_created", "basic_group": "group_chat_created"}


class Channels:
    """Channels and groups of the simulated world."""

    def __init__(self, state: State, people: People, views: Views, events: Events) -> None:
        self._state = state
        self._people = people
        self._views = views
        self._events = events

    def create(
        self, owner: int, title: str, about: str = "", *, protected: bool = False, kind: ChatKind = "channel"
    ) -> Channel:
        """Create a private channel or group.

        Raises Refused with one of these names: BOT_METHOD_INVALID, CHAT_TITLE_EMPTY, CHAT_ABOUT_TOO_LONG,
        CHANNELS_TOO_MUCH.
        """
        if self._people.get(owner).is_bot:
            raise bad("BOT_METHOD_INVALID")
        _check_texts(title, about)
        if self.count_of(owner) >= MAX_CHANNELS:
            raise bad("CHANNELS_TOO_MUCH")
        now = self._state.clock.now()
        basic = kind == "basic_group"
        channel = Channel(
            id=_FIRST_BASIC_GROUP + self._state.ids.next("basic-group")
            if basic
            else _FIRST_CHANNEL + self._state.ids.next("channel"),
            kind=kind,
            title=title,
            about=about,
            owner=owner,
            created_by=owner,
            at=now,
            protected=protected,
            members={owner: Member(since=now)},
        )
        self.save(channel)
        self.service(channel, owner, {_CREATED.get(kind, "supergroup_chat_created"): True})
        return channel

    def find(self, channel_id: int) -> Channel | None:
        """Return the channel with this bare id; None if it does not exist or was deleted."""
        channel = self._state.channels.get(channel_id)
        return None if channel is None or channel.deleted else channel

    def by_chat_id(self, chat_id: int) -> Channel | None:
        """Return the channel with this Bot API id; None if it does not exist or was deleted."""
        bare = bare_id(chat_id)
        found = self.find(bare) if bare is not None else None
        return found if found is not None and found.chat_id == chat_id else None

    def all(self) -> list[Channel]:
        """Return every channel that was not deleted, oldest first."""
        return [channel for channel in self._state.channels.values() if not channel.deleted]

    def count_of(self, user_id: int) -> int:
        """Return the number of channels and supergroups that a user is in."""
        return sum(user_id in channel.members for channel in self.all() if channel.kind != "basic_group")

    def dialogs(self, user_id: int) -> list[Channel]:
        """Return the channels that a user is in, the channel with the newest message first."""
        mine = [channel for channel in self.all() if user_id in channel.members]
        return sorted(mine, key=lambda channel: (self.last_message_at(channel), channel.id), reverse=True)

    def last_message_at(self, channel: Channel) -> float:
        """Return the time of the last message, in seconds since 1970."""
        last = self.last_message(channel)
        return (last.date if last else channel.at).timestamp()

    def last_message(self, channel: Channel) -> Message | None:
        """Return the newest message, or None."""
        return max(self._state.messages(channel_key(channel.id)), key=lambda each: each.id, default=None)

    def require_inside(self, channel: Channel, user_id: int) -> None:
        """Raise Refused with CHANNEL_PRIVATE unless the user is a member."""
        if channel.deleted or user_id not in channel.members:
            raise bad("CHANNEL_PRIVATE")

    def require(self, channel: Channel, user_id: int, right: str) -> None:
        """Raise Refused with CHAT_ADMIN_REQUIRED if the user lacks an admin right, and with CHANNEL_PRIVATE if the user
        is not a member.
        """
        self.require_inside(channel, user_id)
        if not channel.may(user_id, right):
            raise bad("CHAT_ADMIN_REQUIRED", f"{right} is missing")

    def require_owner(self, channel: Channel, user_id: int) -> None:
        """Raise Refused with CHAT_ADMIN_REQUIRED unless the user is the owner."""
        self.require_inside(channel, user_id)
        if user_id != channel.owner:
            raise bad("CHAT_ADMIN_REQUIRED", "only the owner may")

    def set_title(self, actor: int, channel: Channel, title: str) -> None:
        """Change the title; needs can_change_info. Raises Refused (CHAT_NOT_MODIFIED) if nothing would change."""
        self.require(channel, actor, "can_change_info")
        _check_texts(title, "")
        if title == channel.title:
            raise bad("CHAT_NOT_MODIFIED")
        channel.title = title
        self.save(channel)
        self.service(channel, actor, {"new_chat_title": title})

    def set_about(self, actor: int, channel: Channel, about: str) -> None:
        """Change the description; needs can_change_info. Raises Refused (CHAT_ABOUT_NOT_MODIFIED) if nothing would
        change.
        """
        self.require(channel, actor, "can_change_info")
        _check_texts(channel.title, about)
        if about == channel.about:
            raise bad("CHAT_ABOUT_NOT_MODIFIED")
        channel.about = about
        self.save(channel)

    def set_protected(self, actor: int, channel: Channel, *, on: bool) -> None:
        """Turn the protection from forwarding and saving on or off; for the owner only.

        Raises Refused (CHAT_NOT_MODIFIED) if nothing would change.
        """
        self.require_owner(channel, actor)
        if channel.protected == on:
            raise bad("CHAT_NOT_MODIFIED")
        channel.protected = on
        self.save(channel)

    def set_folder(self, actor: int, channel: Channel, folder: int) -> None:
        """Move the channel in an account's chat list. folder: 0 for the main list, 1 for the archive."""
        self.require_inside(channel, actor)
        if folder not in {0, 1}:
            raise bad("FOLDER_ID_INVALID")
        channel.folders[actor] = folder
        self.save(channel)

    def delete(self, actor: int, channel: Channel) -> None:
        """Delete the channel for everyone; for the owner only."""
        self.require_owner(channel, actor)
        bots = [
            (user_id, self._views.member(channel, user_id))
            for user_id in channel.members
            if user_id in self._state.bots
        ]
        channel.deleted = True
        channel.past.update(channel.members)
        for held in (channel.admins, channel.members, channel.requests):
            held.clear()
        for user_id, before in bots:
            self._events.member_changed(channel, actor, user_id, before)
        self.save(channel)

    def edit_admin(
        self,
        actor: int,
        channel: Channel,
        target: int,
        rights: set[str],
        *,
        rank: str = "",
        anonymous: bool = False,
    ) -> None:
        """Appoint an admin with exactly ``rights``; an empty set demotes the admin. ``anonymous`` applies to groups.

        A bot joins by its appointment, and leaves a channel by its demotion; people must be members already. For the
        owner, only anonymity can change, and only by the owner. Raises Refused with one of these names:
        CHAT_ADMIN_REQUIRED, USER_CREATOR, RIGHT_FORBIDDEN, USER_NOT_PARTICIPANT, USER_KICKED, ADMINS_TOO_MUCH,
        BOTS_TOO_MUCH, CHAT_NOT_MODIFIED.
        """
        self.require(channel, actor, "can_promote_members")
        user = self._people.get(target)
        if target == channel.owner:
            self._set_owner_anonymous(actor, channel, anonymous=anonymous)
            return
        self._check_promotion(actor, channel, target, rights)
        admin = channel.admins.get(target)
        wanted = ordered(rights, channel.known_rights)
        was = (admin.rights, admin.rank, admin.anonymous) if admin else ([], rank, anonymous)
        if was == (wanted, rank, anonymous):
            raise bad("CHAT_NOT_MODIFIED")
        if wanted and admin is None:
            self._check_room(channel, user.is_bot, target)
            if channel.is_group and target not in channel.members:
                self._bring_in(actor, channel, target)
        before = self._views.member(channel, target)
        if wanted:
            by = admin.by if admin else actor
            channel.admins[target] = Admin(rights=wanted, by=by, rank=rank, anonymous=anonymous)
            channel.restricted.pop(target, None)
            channel.members.setdefault(target, Member(since=self._state.clock.now()))
            channel.past.discard(target)
        else:
            del channel.admins[target]
            if user.is_bot and not channel.is_group:
                # In a channel, a bot is either an admin or not a member.
                del channel.members[target]
                channel.past.add(target)
        self.save(channel)
        self._events.member_changed(channel, actor, target, before)

    def invite(self, actor: int, channel: Channel, target: int) -> None:
        """Add a bot to a group directly. Raises Refused with one of these names: USER_PRIVACY_RESTRICTED (for people),
        USER_BOT (for a bot in a channel), USER_ALREADY_PARTICIPANT, CHAT_ADMIN_REQUIRED.
        """
        self.require(channel, actor, "can_invite_users")
        if not self._people.get(target).is_bot:
            raise forbidden("USER_PRIVACY_RESTRICTED")
        if not channel.is_group:
            raise bad("USER_BOT")
        if target in channel.members:
            raise bad("USER_ALREADY_PARTICIPANT")
        self._bring_in(actor, channel, target)

    def announce(self, channel: Channel, actor: int, user_id: int, what: str) -> None:
        """Post a group's service message about a new (``new_chat_members``) or former member (``left_chat_member``);
        channels have no such messages.
        """
        if not channel.is_group:
            return
        user = user_view(self._people.get(user_id))
        content: Content = {what: [user] if what == "new_chat_members" else user}
        self.service(channel, actor, content)

    def _bring_in(self, actor: int, channel: Channel, target: int) -> None:
        before = self._views.member(channel, target)
        channel.members[target] = Member(since=self._state.clock.now())
        channel.past.discard(target)
        channel.banned.pop(target, None)
        self.save(channel)
        self._events.member_changed(channel, actor, target, before)
        self.announce(channel, actor, target, "new_chat_members")

    def _set_owner_anonymous(self, actor: int, channel: Channel, *, anonymous: bool) -> None:
        if actor != channel.owner or not channel.is_group:
            raise bad("USER_CREATOR")
        if channel.anonymous == anonymous:
            raise bad("CHAT_NOT_MODIFIED")
        before = self._views.member(channel, actor)
        channel.anonymous = anonymous
        self.save(channel)
        self._events.member_changed(channel, actor, actor, before)

    def save(self, channel: Channel) -> Channel:
        """Store the changed channel."""
        return self._state.channels.put(channel.id, channel)

    def service(
        self, channel: Channel, actor: int, content: Content, *, thread: int | None = None, begins_thread: bool = False
    ) -> Message:
        """Post a service message in the channel. begins_thread: True if the message's own id becomes its thread."""
        key = channel_key(channel.id)
        message = Message(
            chat=key,
            id=self._state.ids.next(f"message/{key}"),
            seq=self._state.next_seq(key),
            date=self._state.clock.now(),
            sender=actor,
            content=content,
        )
        if begins_thread or thread is not None:
            message.hidden["thread"] = thread or message.id
        if channel.is_anonymous(actor):
            message.hidden["anonymous"] = True
        self._state.keep(message)
        self._events.posted(channel, message)
        return message

    def _check_promotion(self, actor: int, channel: Channel, target: int, rights: set[str]) -> None:
        if unknown := rights - set(channel.known_rights):
            raise bad("RIGHTS_NOT_MODIFIED", f"no rights of a {channel.kind}: {sorted(unknown)}")
        if actor == channel.owner:
            return
        admin = channel.admins.get(target)
        if admin is not None and admin.by != actor:
            raise bad("CHAT_ADMIN_REQUIRED", "somebody else made this admin")
        if any(not channel.may(actor, right) for right in rights):
            raise forbidden("RIGHT_FORBIDDEN")

    def _check_room(self, channel: Channel, is_bot: bool, target: int) -> None:
        ban = channel.banned.get(target)
        if ban is not None and (ban.until is None or ban.until > self._state.clock.now()):
            raise bad("USER_KICKED")
        if not is_bot and target not in channel.members:
            raise bad("USER_NOT_PARTICIPANT")
        if len(channel.admins) >= MAX_ADMINS:
            raise bad("ADMINS_TOO_MUCH")
        if is_bot and sum(user in self._state.bots for user in channel.admins) >= MAX_BOTS:
            raise bad("BOTS_TOO_MUCH")


def _check_texts(title: str, about: str) -> None:
    if not title.strip():
        raise bad("CHAT_TITLE_EMPTY")
    if len(title) > 128:
        raise bad("CHAT_TITLE_TOO_LONG")
    if len(about) > 255:
        raise bad("CHAT_ABOUT_TOO_LONG")
