"""Conversion of users, channels and groups into TL objects, as one account sees them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from telethon.tl import types

from umbral_sandbox.mtproto.peers import Peers
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot, Person
from umbral_sandbox.world.telegram.rights import MTPROTO_RIGHTS, PERMISSIONS


def user(peers: Peers, seen: Person | Bot) -> Any:
    """Return types.User, with the phone number only for the account itself."""
    own = seen.id == peers.viewer
    if isinstance(seen, Bot):
        return types.User(
            id=seen.id,
            access_hash=peers.access_hash(seen.id),
            bot=True,
            bot_nochats=False,
            bot_info_version=1,
            first_name=seen.name,
            username=seen.username,
        )
    if seen.deleted:
        return types.User(id=seen.id, access_hash=peers.access_hash(seen.id), deleted=True)
    return types.User(
        id=seen.id,
        access_hash=peers.access_hash(seen.id),
        is_self=own,
        first_name=seen.first_name,
        last_name=seen.last_name or None,
        username=seen.username,
        phone=seen.phone if own else None,
        lang_code=None,
        status=types.UserStatusRecently(),
    )


def users(peers: Peers, seen: Iterable[Person | Bot | None]) -> list[Any]:
    """Return the users as TL objects, each user once."""
    return [user(peers, one) for one in {one.id: one for one in seen if one is not None}.values()]


def channel(peers: Peers, seen: Channel) -> Any:
    """Return types.Channel, or types.Chat of a basic group, as this account sees it."""
    admin = seen.admins.get(peers.viewer)
    creator = seen.owner == peers.viewer
    if seen.kind == "basic_group":
        return _basic_group(peers, seen, creator=creator)
    return types.Channel(
        id=seen.id,
        title=seen.title,
        photo=types.ChatPhotoEmpty(),
        date=seen.at,
        access_hash=peers.access_hash(seen.id),
        broadcast=not seen.is_group or None,
        megagroup=seen.is_group or None,
        forum=seen.kind == "forum" or None,
        join_to_send=seen.join_to_send or None,
        join_request=seen.join_by_request or None,
        has_link=seen.linked is not None or None,
        default_banned_rights=banned_rights(seen.permissions, None) if seen.is_group else None,
        creator=creator,
        left=peers.viewer not in seen.members,
        noforwards=seen.protected,
        admin_rights=_admin_rights(seen, creator, admin.rights if admin else None),
        participants_count=len(seen.members),
    )


def admin_rights(names: Iterable[str]) -> Any:
    """Return ChatAdminRights with the rights of these Bot API names."""
    held = set(names)
    return types.ChatAdminRights(**{flag: True for flag, name in MTPROTO_RIGHTS.items() if name in held})


def creator_rights(of: Channel) -> Any:
    """Return ChatAdminRights of an owner: all rights of this kind of chat."""
    return admin_rights(of.known_rights)


def right_names(rights: Any, of: Channel) -> set[str]:
    """Return the Bot API's names of the set rights; rights that this kind of chat lacks are dropped."""
    return {name for flag, name in MTPROTO_RIGHTS.items() if getattr(rights, flag)} & set(of.known_rights)


def banned_rights(permissions: Iterable[str], until: datetime | None) -> Any:
    """Return ChatBannedRights that forbid every permission missing from ``permissions`` (Bot API names)."""
    allowed = set(permissions)
    taken = {flag: True for name, flag in PERMISSIONS.items() if name not in allowed}
    return types.ChatBannedRights(until_date=until, **taken)


def permission_names(rights: Any) -> set[str]:
    """Return the permissions left by ChatBannedRights; ``send_messages`` and ``send_media`` each remove several."""
    allowed = {name for name, flag in PERMISSIONS.items() if not getattr(rights, flag)}
    if rights.send_messages:
        allowed -= {name for name in PERMISSIONS if name.startswith("can_send_")} | {"can_add_web_page_previews"}
    if rights.send_media:
        allowed -= {name for name in PERMISSIONS if name.startswith("can_send_")} - {"can_send_messages"}
    return allowed


def _basic_group(peers: Peers, seen: Channel, *, creator: bool) -> Any:
    new = seen.migrated_to
    return types.Chat(
        id=seen.id,
        title=seen.title,
        photo=types.ChatPhotoEmpty(),
        participants_count=len(seen.members),
        date=seen.at,
        version=1,
        creator=creator or None,
        left=peers.viewer not in seen.members or None,
        deactivated=new is not None or None,
        migrated_to=types.InputChannel(new, peers.access_hash(new)) if new is not None else None,
        default_banned_rights=banned_rights(seen.permissions, None),
    )


def _admin_rights(seen: Channel, creator: bool, names: list[str] | None) -> Any:
    if creator:
        return creator_rights(seen)
    return admin_rights(names) if names is not None else None
