"""Rights of channel admins, under the Bot API's names."""

from typing import Final

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

#: MTProto's ChatAdminRights flags for the same things.
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
}
MAX_ADMINS: Final = 50
MAX_BOTS: Final = 20


def ordered(rights: set[str]) -> list[str]:
    """``rights`` in the Bot API's order; every admin right implies can_manage_chat."""
    with_base = rights | {"can_manage_chat"} if rights else rights
    return [name for name in CHANNEL_RIGHTS if name in with_base]
