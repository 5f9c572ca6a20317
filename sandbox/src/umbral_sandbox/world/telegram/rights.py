"""Rights of admins and permissions of group members, by the Bot API's names."""

from collections.abc import Iterable
from typing import Final

from umbral_sandbox.world.telegram.records import Content

#: Rights that exist in a channel, in the Bot API's order.
CHANNEL_RIGHTS: Final = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
    "can_post_messages",
    "can_edit_messages",
    "can_manage_direct_messages",
)
#: Rights that exist in a group.
GROUP_RIGHTS: Final = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
    "can_pin_messages",
    "can_manage_topics",
    "can_manage_tags",
)

#: MTProto's ChatAdminRights flags of the same rights.
MTPROTO_RIGHTS: Final = {
    "other": "can_manage_chat",
    "delete_messages": "can_delete_messages",
    "manage_call": "can_manage_video_chats",
    "ban_users": "can_restrict_members",
    "add_admins": "can_promote_members",
    "change_info": "can_change_info",
    "invite_users": "can_invite_users",
    "post_stories": "can_post_stories",
    "edit_stories": "can_edit_stories",
    "delete_stories": "can_delete_stories",
    "manage_welcome_messages": "can_send_welcome_messages",
    "post_messages": "can_post_messages",
    "edit_messages": "can_edit_messages",
    "manage_direct_messages": "can_manage_direct_messages",
    "pin_messages": "can_pin_messages",
    "manage_topics": "can_manage_topics",
    "manage_ranks": "can_manage_tags",
}
MAX_ADMINS: Final = 50
MAX_BOTS: Final = 20

#: Permissions of group members by the Bot API's names (ChatPermissions), with the MTProto flag that removes each.
PERMISSIONS: Final = {
    "can_send_messages": "send_plain",
    "can_send_audios": "send_audios",
    "can_send_documents": "send_docs",
    "can_send_photos": "send_photos",
    "can_send_videos": "send_videos",
    "can_send_video_notes": "send_roundvideos",
    "can_send_voice_notes": "send_voices",
    "can_send_polls": "send_polls",
    "can_send_other_messages": "send_stickers",
    "can_add_web_page_previews": "embed_links",
    "can_react_to_messages": "send_reactions",
    "can_edit_tag": "edit_rank",
    "can_change_info": "change_info",
    "can_invite_users": "invite_users",
    "can_pin_messages": "pin_messages",
    "can_manage_topics": "manage_topics",
}
#: Permissions of members of a new group.
MEMBER_PERMISSIONS: Final = tuple(
    name
    for name in PERMISSIONS
    if name not in {"can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics", "can_edit_tag"}
)
#: Permission needed to send each kind of content, and MTProto's name for the refusal.
_SENDING: Final = {
    "photo": ("can_send_photos", "CHAT_SEND_PHOTOS_FORBIDDEN"),
    "video": ("can_send_videos", "CHAT_SEND_VIDEOS_FORBIDDEN"),
    "document": ("can_send_documents", "CHAT_SEND_DOCS_FORBIDDEN"),
    "voice": ("can_send_voice_notes", "CHAT_SEND_VOICES_FORBIDDEN"),
    "poll": ("can_send_polls", "CHAT_SEND_POLL_FORBIDDEN"),
    "sticker": ("can_send_other_messages", "CHAT_SEND_STICKERS_FORBIDDEN"),
}


def sending_permission(content: Content) -> tuple[str, str]:
    """Return the permission that ``content`` needs in a group, and the name of the refusal without it."""
    kind = next((name for name in _SENDING if name in content), None)
    return ("can_send_messages", "CHAT_SEND_PLAIN_FORBIDDEN") if kind is None else _SENDING[kind]


def ordered(rights: set[str], known: Iterable[str] = CHANNEL_RIGHTS) -> list[str]:
    """Return ``rights`` in the Bot API's order; every admin right implies can_manage_chat."""
    with_base = rights | {"can_manage_chat"} if rights else rights
    return [name for name in known if name in with_base]
