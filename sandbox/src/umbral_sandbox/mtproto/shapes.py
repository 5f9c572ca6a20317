"""Users and channels as TL objects, seen by one account."""

from collections.abc import Iterable
from typing import Any

from telethon.tl import types

from umbral_sandbox.mtproto.peers import Peers
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot, Person
from umbral_sandbox.world.telegram.rights import CHANNEL_RIGHTS, MTPROTO_RIGHTS


def user(peers: Peers, seen: Person | Bot) -> Any:
    """Return types.User; the phone only of oneself."""
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
    """Return each of those users once."""
    return [user(peers, one) for one in {one.id: one for one in seen if one is not None}.values()]


def channel(peers: Peers, seen: Channel) -> Any:
    """Return types.Channel as this account sees it."""
    admin = seen.admins.get(peers.viewer)
    creator = seen.owner == peers.viewer
    return types.Channel(
        id=seen.id,
        title=seen.title,
        photo=types.ChatPhotoEmpty(),
        date=seen.at,
        access_hash=peers.access_hash(seen.id),
        broadcast=True,
        creator=creator,
        left=peers.viewer not in seen.members,
        noforwards=seen.protected,
        has_link=None,
        admin_rights=_admin_rights(creator, admin.rights if admin else None),
        participants_count=len(seen.members),
    )


def admin_rights(names: Iterable[str]) -> Any:
    """Return ChatAdminRights of the rights with these Bot API names."""
    held = set(names)
    return types.ChatAdminRights(**{flag: True for flag, name in MTPROTO_RIGHTS.items() if name in held})


def creator_rights() -> Any:
    """Return ChatAdminRights of an owner: all of them."""
    return admin_rights(CHANNEL_RIGHTS)


def right_names(rights: Any) -> set[str]:
    """Return the Bot API's names of the rights that are set; rights channels do not have are dropped."""
    return {name for flag, name in MTPROTO_RIGHTS.items() if getattr(rights, flag)}


def _admin_rights(creator: bool, names: list[str] | None) -> Any:
    if creator:
        return creator_rights()
    return admin_rights(names) if names is not None else None
