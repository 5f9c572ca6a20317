"""Joining, directly through a link, or by a request that an admin answers."""

from typing import Literal

from umbral_sandbox.world.telegram.channel_records import Channel, JoinRequest, Link, Member
from umbral_sandbox.world.telegram.channels import MAX_CHANNELS, Channels
from umbral_sandbox.world.telegram.events import Events
from umbral_sandbox.world.telegram.invites import Invites
from umbral_sandbox.world.telegram.members import Members
from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.refusal import bad
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.views import Views


class Joins:
    """Use of invite links and answers to join requests."""

    def __init__(
        self,
        state: State,
        *,
        people: People,
        views: Views,
        events: Events,
        channels: Channels,
        members: Members,
        invites: Invites,
    ) -> None:
        self._state = state
        self._people = people
        self._views = views
        self._events = events
        self._channels = channels
        self._members = members
        self._invites = invites

    def check(self, user_id: int, link_hash: str) -> tuple[Channel, Link]:
        """Return the channel and link of a hash, if the user may use the link now.

        Raises Refused with one of these names: INVITE_HASH_INVALID, INVITE_HASH_EXPIRED (revoked, expired, used up, or
        the user is banned).
        """
        if not link_hash:
            raise bad("INVITE_HASH_EMPTY")
        found = self._invites.find(link_hash)
        if found is None:
            raise bad("INVITE_HASH_INVALID", "no such link")
        channel, link = found
        if user_id in channel.members:
            return found
        if self._members.is_banned(channel, user_id):
            raise bad("INVITE_HASH_EXPIRED", "banned from this channel")
        if not self._invites.is_live(channel, link):
            raise bad("INVITE_HASH_EXPIRED", "the link is revoked, over or used up")
        return found

    def open(self, user_id: int, link_hash: str) -> tuple[Channel, Literal["joined", "requested"]]:
        """Use an invite link. Return the channel, and whether the user joined or requested to join. A second request
        before the answer to the first request changes nothing.

        Raises Refused as ``check`` does, and with the names BOT_METHOD_INVALID, USER_ALREADY_PARTICIPANT and
        CHANNELS_TOO_MUCH.
        """
        if self._people.get(user_id).is_bot:
            raise bad("BOT_METHOD_INVALID")
        self._people.living(user_id)
        channel, link = self.check(user_id, link_hash)
        if user_id in channel.members:
            raise bad("USER_ALREADY_PARTICIPANT")
        if channel.kind != "basic_group" and self._channels.count_of(user_id) >= MAX_CHANNELS:
            raise bad("CHANNELS_TOO_MUCH")
        if not link.request:
            self._enter(channel, user_id, link, actor=user_id)
            return channel, "joined"
        if user_id not in channel.requests:
            request = JoinRequest(at=self._state.clock.now(), link=link.hash)
            channel.requests[user_id] = request
            self._channels.save(channel)
            self._events.join_requested(channel, self._people.person(user_id), request)
        return channel, "requested"

    def requests(self, actor: int, channel: Channel) -> dict[int, JoinRequest]:
        """Return the pending join requests, oldest first; needs can_invite_users."""
        self._channels.require(channel, actor, "can_invite_users")
        return dict(channel.requests)

    def answer(self, actor: int, channel: Channel, person_id: int, *, approved: bool) -> None:
        """Approve or decline a join request; needs can_invite_users.

        Raises Refused with one of these names: CHAT_ADMIN_REQUIRED, USER_ALREADY_PARTICIPANT, HIDE_REQUESTER_MISSING
        (no request, or withdrawn), USER_CHANNELS_TOO_MUCH.
        """
        self._channels.require(channel, actor, "can_invite_users")
        if person_id in channel.members:
            raise bad("USER_ALREADY_PARTICIPANT")
        request = channel.requests.get(person_id)
        if request is None:
            raise bad("HIDE_REQUESTER_MISSING")
        if approved and self._channels.count_of(person_id) >= MAX_CHANNELS:
            raise bad("USER_CHANNELS_TOO_MUCH")
        if approved:
            link = channel.links.get(request.link) if request.link else None
            self._enter(channel, person_id, link, actor=actor, by_request=True)
            return
        del channel.requests[person_id]
        self._channels.save(channel)

    def withdraw(self, person_id: int, channel: Channel) -> None:
        """Withdraw a person's join request. Raises Refused (HIDE_REQUESTER_MISSING) if there is no request."""
        if channel.requests.pop(person_id, None) is None:
            raise bad("HIDE_REQUESTER_MISSING")
        self._channels.save(channel)

    def _enter(
        self, channel: Channel, user_id: int, link: Link | None, *, actor: int, by_request: bool = False
    ) -> None:
        before = self._views.member(channel, user_id)
        channel.requests.pop(user_id, None)
        channel.past.discard(user_id)
        channel.members[user_id] = Member(since=self._state.clock.now(), link=link.hash if link else None)
        if link is not None:
            link.used += 1
        self._channels.save(channel)
        self._events.member_changed(channel, actor, user_id, before, link=link, by_request=by_request)
        self._channels.announce(channel, user_id, user_id, "new_chat_members")
