"""Invite links: one primary link per admin, and links with a title, an expiry, a limit or join requests."""

from datetime import datetime
from typing import Final

from umbral_sandbox.world.ids import URL_SAFE
from umbral_sandbox.world.telegram.channel_records import Channel, Link
from umbral_sandbox.world.telegram.channels import Channels
from umbral_sandbox.world.telegram.refusal import bad
from umbral_sandbox.world.telegram.state import State

_MAX_LIMIT: Final = 99_999
_MAX_TITLE: Final = 32


class Invites:
    """Creation, change and revocation of links; all actions need can_invite_users."""

    def __init__(self, state: State, channels: Channels) -> None:
        self._state = state
        self._channels = channels

    def export(
        self,
        actor: int,
        channel: Channel,
        *,
        title: str = "",
        expires: datetime | None = None,
        member_limit: int | None = None,
        request: bool = False,
    ) -> Link:
        """Create a link in addition to the primary link.

        Raises Refused with one of these names: CHAT_ADMIN_REQUIRED, EXPIRE_DATE_INVALID (past), USAGE_LIMIT_INVALID
        (outside 1–99999, or together with ``request``), INVITE_TITLE_TOO_LONG.
        """
        self._channels.require(channel, actor, "can_invite_users")
        self._check(title, expires, member_limit, request=request)
        return self._add(channel, actor, title=title, expires=expires, limit=member_limit, request=request)

    def primary(self, actor: int, channel: Channel) -> Link | None:
        """Return the actor's primary link, or None until that link was exported."""
        self._channels.require(channel, actor, "can_invite_users")
        return self._primary_of(channel, actor)

    def renew_primary(self, actor: int, channel: Channel) -> Link:
        """Export a new primary link of the actor and revoke the previous one."""
        self._channels.require(channel, actor, "can_invite_users")
        return self._renew(channel, actor)

    def edit(
        self,
        actor: int,
        channel: Channel,
        link_hash: str,
        *,
        title: str,
        expires: datetime | None,
        member_limit: int | None,
        request: bool,
    ) -> Link:
        """Change a link: one of the admin's own links or, for the owner, any link.

        Raises Refused as ``export`` and ``revoke`` do, and Refused (CHAT_INVITE_PERMANENT) for a primary link.
        """
        link = self._editable(actor, channel, link_hash)
        if link.primary:
            raise bad("CHAT_INVITE_PERMANENT")
        self._check(title, expires, member_limit, request=request)
        link.title, link.expires, link.member_limit, link.request = title, expires, member_limit, request
        self._channels.save(channel)
        return link

    def revoke(self, actor: int, channel: Channel, link_hash: str) -> tuple[Link, Link | None]:
        """Revoke a link; for a primary link, also return the new primary link.

        Raises Refused with one of these names: INVITE_HASH_INVALID (unknown), INVITE_HASH_EXPIRED (already revoked),
        CHAT_ADMIN_REQUIRED (link of another admin).
        """
        link = self._editable(actor, channel, link_hash)
        if link.primary:
            new = self._renew(channel, link.creator)
            return link, new
        link.revoked = True
        self._channels.save(channel)
        return link, None

    def delete_revoked(self, actor: int, channel: Channel, link_hash: str) -> None:
        """Delete a revoked link."""
        self._channels.require(channel, actor, "can_invite_users")
        link = channel.links.get(link_hash)
        if link is None or not link.revoked:
            raise bad("INVITE_HASH_INVALID")
        self._require_hold(actor, channel, link)
        del channel.links[link_hash]
        self._channels.save(channel)

    def links_of(self, actor: int, channel: Channel, admin: int, *, revoked: bool = False) -> list[Link]:
        """Return an admin's links, newest first; only the owner sees the links of other admins."""
        self._channels.require(channel, actor, "can_invite_users")
        if actor not in {admin, channel.owner}:
            raise bad("CHAT_ADMIN_REQUIRED")
        mine = [each for each in channel.links.values() if each.creator == admin and each.revoked == revoked]
        return mine[::-1]

    def find(self, link_hash: str) -> tuple[Channel, Link] | None:
        """Return the channel and link of a hash, even if the link is not usable; None for an unknown hash."""
        for channel in self._channels.all():
            if link_hash in channel.links:
                return channel, channel.links[link_hash]
        return None

    def is_live(self, channel: Channel, link: Link) -> bool:
        """Return True if the link can be used now to join or to request to join."""
        if link.revoked or channel.deleted:
            return False
        if link.expires is not None and link.expires <= self._state.clock.now():
            return False
        return link.member_limit is None or channel.present_by(link.hash) < link.member_limit

    def _editable(self, actor: int, channel: Channel, link_hash: str) -> Link:
        self._channels.require(channel, actor, "can_invite_users")
        link = channel.links.get(link_hash)
        if link is None:
            raise bad("INVITE_HASH_INVALID")
        self._require_hold(actor, channel, link)
        if link.revoked:
            raise bad("INVITE_HASH_EXPIRED")
        return link

    def _require_hold(self, actor: int, channel: Channel, link: Link) -> None:
        if actor not in {link.creator, channel.owner}:
            raise bad("CHAT_ADMIN_REQUIRED", "another admin's link")

    def _check(self, title: str, expires: datetime | None, limit: int | None, *, request: bool) -> None:
        if len(title) > _MAX_TITLE:
            raise bad("INVITE_TITLE_TOO_LONG")
        if expires is not None and expires <= self._state.clock.now():
            raise bad("EXPIRE_DATE_INVALID")
        if limit is not None and (request or not 1 <= limit <= _MAX_LIMIT):
            raise bad("USAGE_LIMIT_INVALID")

    def _primary_of(self, channel: Channel, admin: int) -> Link | None:
        links = channel.links.values()
        return next((one for one in links if one.primary and one.creator == admin and not one.revoked), None)

    def _renew(self, channel: Channel, admin: int) -> Link:
        if (old := self._primary_of(channel, admin)) is not None:
            old.revoked = True
        return self._add(channel, admin, primary=True)

    def _add(
        self,
        channel: Channel,
        creator: int,
        *,
        title: str = "",
        expires: datetime | None = None,
        limit: int | None = None,
        request: bool = False,
        primary: bool = False,
    ) -> Link:
        link = Link(
            hash=self._state.ids.token("invite-link", 16, URL_SAFE),
            creator=creator,
            at=self._state.clock.now(),
            title=title,
            expires=expires,
            member_limit=limit,
            request=request,
            primary=primary,
        )
        channel.links[link.hash] = link
        self._channels.save(channel)
        return link
