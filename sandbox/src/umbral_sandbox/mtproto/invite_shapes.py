"""Conversion of invite links and join requests into TL objects."""

from typing import Any

from telethon.tl import types

from umbral_sandbox.world.telegram.channel_records import Channel, JoinRequest, Link


def invite(channel: Channel, link: Link) -> Any:
    """Return ChatInviteExported; unset optional fields are absent, as on the wire."""
    return types.ChatInviteExported(
        link=link.url,
        admin_id=link.creator,
        date=link.at,
        revoked=link.revoked or None,
        permanent=link.primary or None,
        request_needed=link.request or None,
        expire_date=link.expires,
        usage_limit=link.member_limit,
        usage=link.used or None,
        requested=channel.pending_by(link.hash) or None,
        title=link.title or None,
    )


def requester(user_id: int, request: JoinRequest) -> Any:
    """Return ChatInviteImporter of a pending join request."""
    return types.ChatInviteImporter(user_id=user_id, date=request.at, requested=True)


def joined(user_id: int, channel: Channel) -> Any:
    """Return ChatInviteImporter of a member."""
    return types.ChatInviteImporter(user_id=user_id, date=channel.members[user_id].since)


def link_hash(url: str) -> str:
    """Return the hash of an invite link in any form that Telegram accepts."""
    tail = url.rstrip("/").rsplit("/", 1)[-1]
    return tail.removeprefix("+").removeprefix("%2B")
