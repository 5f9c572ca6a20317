"""Members of a channel: bans, removals, leaving."""

from datetime import datetime, timedelta
from typing import Final

from umbral_sandbox.world.telegram.channel_records import Ban, Channel, Restriction
from umbral_sandbox.world.telegram.channels import Channels
from umbral_sandbox.world.telegram.events import Events
from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.refusal import bad
from umbral_sandbox.world.telegram.rights import PERMISSIONS
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.views import Views

_SHORTEST_BAN: Final = timedelta(seconds=30)
_LONGEST_BAN: Final = timedelta(days=366)


class Members:
    """Actions on members of channels and groups."""

    def __init__(self, state: State, people: People, views: Views, events: Events, channels: Channels) -> None:
        self._state = state
        self._people = people
        self._views = views
        self._events = events
        self._channels = channels

    def is_banned(self, channel: Channel, user_id: int) -> bool:
        """Return True if the user is currently banned."""
        ban = channel.banned.get(user_id)
        return ban is not None and (ban.until is None or ban.until > self._state.clock.now())

    def banned(self, channel: Channel) -> list[int]:
        """Return all users who are currently banned."""
        return [user_id for user_id in channel.banned if self.is_banned(channel, user_id)]

    def ban(self, actor: int, channel: Channel, target: int, until: datetime | None = None) -> None:
        """Remove and ban a user, even a user who never was a member; needs can_restrict_members.

        An end less than 30 seconds or more than 366 days from now means forever. Raises Refused with one of these
        names: CHAT_ADMIN_REQUIRED, USER_ADMIN_INVALID (the owner, or an admin appointed by another admin),
        USER_ID_INVALID.
        """
        self._require_removable(actor, channel, target)
        until = self._bounded(until)
        before, inside = self._views.member(channel, target), target in channel.members
        self._take_out(channel, target)
        channel.requests.pop(target, None)
        channel.restricted.pop(target, None)
        if channel.kind != "basic_group":
            # A basic group keeps no list of banned users.
            channel.banned[target] = Ban(by=actor, until=until)
        self._channels.save(channel)
        self._events.member_changed(channel, actor, target, before)
        if inside:
            self._channels.announce(channel, actor, target, "left_chat_member")

    def unban(self, actor: int, channel: Channel, target: int, *, only_if_banned: bool = False) -> bool:
        """Unban a user; without ``only_if_banned``, remove a current member. Return False without a change."""
        self._require_removable(actor, channel, target)
        if not self.is_banned(channel, target) and (only_if_banned or target not in channel.members):
            channel.banned.pop(target, None)
            return False
        before, inside = self._views.member(channel, target), target in channel.members
        channel.banned.pop(target, None)
        self._take_out(channel, target)
        self._channels.save(channel)
        self._events.member_changed(channel, actor, target, before)
        if inside:
            self._channels.announce(channel, actor, target, "left_chat_member")
        return True

    def restrict(
        self, actor: int, channel: Channel, target: int, permissions: set[str], until: datetime | None = None
    ) -> None:
        """Limit a user in a supergroup to ``permissions``, and lift a ban; all permissions end the restriction.
        Non-members can be restricted too.

        An end less than 30 seconds or more than 366 days from now means forever. Raises Refused as ``ban`` does.
        """
        self._require_removable(actor, channel, target)
        if target in channel.admins:
            raise bad("USER_ADMIN_INVALID")
        before = self._views.member(channel, target)
        channel.banned.pop(target, None)
        if permissions >= set(PERMISSIONS):
            channel.restricted.pop(target, None)
        else:
            allowed = [name for name in PERMISSIONS if name in permissions]
            channel.restricted[target] = Restriction(by=actor, permissions=allowed, until=self._bounded(until))
        self._channels.save(channel)
        self._events.member_changed(channel, actor, target, before)

    def leave(self, user_id: int, channel: Channel) -> None:
        """Leave a channel. Raises Refused (USER_NOT_PARTICIPANT) for a non-member, and Refused (USER_CREATOR) for the
        owner.
        """
        if user_id not in channel.members:
            raise bad("USER_NOT_PARTICIPANT")
        if user_id == channel.owner:
            raise bad("USER_CREATOR")
        before = self._views.member(channel, user_id)
        self._take_out(channel, user_id)
        self._channels.save(channel)
        self._events.member_changed(channel, user_id, user_id, before)
        self._channels.announce(channel, user_id, user_id, "left_chat_member")

    def participants(self, actor: int, channel: Channel) -> list[int]:
        """Return all members, oldest first; in a channel for admins only (CHAT_ADMIN_REQUIRED)."""
        self._channels.require_inside(channel, actor)
        if channel.is_group:
            return list(channel.members)
        if actor != channel.owner and actor not in channel.admins:
            raise bad("CHAT_ADMIN_REQUIRED")
        return list(channel.members)

    def _require_removable(self, actor: int, channel: Channel, target: int) -> None:
        self._channels.require(channel, actor, "can_restrict_members")
        self._people.get(target)
        if target == actor:
            raise bad("USER_ID_INVALID", "nobody removes themselves")
        admin = channel.admins.get(target)
        if target == channel.owner or (admin is not None and actor not in {channel.owner, admin.by}):
            raise bad("USER_ADMIN_INVALID")

    def _bounded(self, until: datetime | None) -> datetime | None:
        length = None if until is None else until - self._state.clock.now()
        return until if length is not None and _SHORTEST_BAN <= length <= _LONGEST_BAN else None

    @staticmethod
    def _take_out(channel: Channel, user_id: int) -> None:
        channel.admins.pop(user_id, None)
        if channel.members.pop(user_id, None) is not None:
            channel.past.add(user_id)
