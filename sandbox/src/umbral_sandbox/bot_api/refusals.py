"""Conversion of a refusal by Telegram's rules into the Bot API's error response, whose text depends on the method in
some cases.
"""

from typing import Final

from umbral_sandbox.bot_api.errors import BotApiError
from umbral_sandbox.world.telegram.refusal import Refused

_KICKED: Final = "Forbidden: bot was kicked from the channel chat"
_NOT_MODIFIED: Final = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)
_TEXTS: Final = {
    (400, "PEER_ID_INVALID"): "Bad Request: chat not found",
    (400, "CHANNEL_INVALID"): "Bad Request: chat not found",
    (400, "CHANNEL_PRIVATE"): _KICKED,
    (403, "PEER_ID_INVALID"): "Forbidden: bot can't initiate conversation with a user",
    (403, "INPUT_USER_DEACTIVATED"): "Forbidden: user is deactivated",
    (403, "USER_IS_BLOCKED"): "Forbidden: bot was blocked by the user",
    (403, "USER_IS_BOT"): "Forbidden: bot can't send messages to bots",
    (400, "USER_ADMIN_INVALID"): "Bad Request: user is an administrator of the chat",
    (400, "USER_ID_INVALID"): "Bad Request: PARTICIPANT_ID_INVALID",
    (400, "MESSAGE_NOT_MODIFIED"): _NOT_MODIFIED,
    (400, "MESSAGE_AUTHOR_REQUIRED"): "Bad Request: message can't be edited",
    # TDLib, MessagesManager::delete_messages: the first error if a channel's rules do not permit the bot's deletion,
    # which includes messages older than 48 hours; the second in private chats and basic groups.
    (400, "MESSAGE_DELETE_FORBIDDEN"): "Bad Request: message can't be deleted",
    (400, "MESSAGE_REVOKE_FORBIDDEN"): "Bad Request: message can't be deleted for everyone",
    (403, "CHAT_SEND_PLAIN_FORBIDDEN"): "Bad Request: not enough rights to send text messages to the chat",
    (403, "CHAT_SEND_PHOTOS_FORBIDDEN"): "Bad Request: not enough rights to send photos to the chat",
    (403, "CHAT_SEND_VIDEOS_FORBIDDEN"): "Bad Request: not enough rights to send videos to the chat",
    (403, "CHAT_SEND_DOCS_FORBIDDEN"): "Bad Request: not enough rights to send documents to the chat",
    (403, "CHAT_SEND_POLL_FORBIDDEN"): "Bad Request: not enough rights to send polls to the chat",
    (400, "CHANNEL_FORUM_MISSING"): "Bad Request: the chat is not a forum",
    (400, "TOPIC_DELETED"): "Bad Request: message thread not found",
    (400, "REPLY_MESSAGE_ID_INVALID"): "Bad Request: message to be replied not found",
    (400, "QUERY_ID_INVALID"): ("Bad Request: query is too old and response timeout expired or query ID is invalid"),
    (400, "CHAT_FORWARDS_RESTRICTED"): "Bad Request: message has protected content and can't be forwarded",
    (400, "CHAT_ADMIN_REQUIRED"): "Bad Request: need administrator rights in the channel chat",
}
_RIGHTS: Final = {
    "pinChatMessage": "not enough rights to manage pinned messages in the chat",
    "unpinChatMessage": "not enough rights to manage pinned messages in the chat",
    "unpinAllChatMessages": "not enough rights to manage pinned messages in the chat",
    "createForumTopic": "not enough rights to create a topic",
    "editForumTopic": "not enough rights to edit the topic",
    "closeForumTopic": "not enough rights to close the topic",
    "reopenForumTopic": "not enough rights to reopen the topic",
    "deleteForumTopic": "not enough rights to delete the topic",
    "setChatPermissions": "not enough rights to change chat permissions",
    "restrictChatMember": "not enough rights to restrict/unrestrict chat member",
    "banChatMember": "not enough rights to restrict/unrestrict chat member",
    "unbanChatMember": "not enough rights to restrict/unrestrict chat member",
    "createChatInviteLink": "not enough rights to manage chat invite link",
    "editChatInviteLink": "not enough rights to manage chat invite link",
    "revokeChatInviteLink": "not enough rights to manage chat invite link",
    "exportChatInviteLink": "not enough rights to manage chat invite link",
    "approveChatJoinRequest": "not enough rights to manage chat join requests",
    "declineChatJoinRequest": "not enough rights to manage chat join requests",
    "editMessageText": "message can't be edited",
    "editMessageCaption": "message can't be edited",
    "editMessageReplyMarkup": "message can't be edited",
    "deleteMessage": "message can't be deleted",
    "deleteMessages": "message can't be deleted",
}
_MISSING: Final = {
    "editMessageText": "message to edit not found",
    "editMessageCaption": "message to edit not found",
    "editMessageReplyMarkup": "message to edit not found",
    "deleteMessage": "message to delete not found",
    "pinChatMessage": "message to pin not found",
    "unpinChatMessage": "message to unpin not found",
    "copyMessage": "message to copy not found",
    "forwardMessage": "message to forward not found",
}
_BY_METHOD: Final = {"CHAT_ADMIN_REQUIRED": _RIGHTS, "MESSAGE_ID_INVALID": _MISSING}


def rendered(refused: Refused, method: str) -> BotApiError:
    """Return the Bot API's error response for a refusal; a refusal without a known text is shown by its name."""
    text = _BY_METHOD.get(refused.name, {}).get(method)
    if text is not None:
        return BotApiError(400, f"Bad Request: {text}")
    known = _TEXTS.get((refused.code, refused.name))
    if known is not None:
        # CHANNEL_PRIVATE is 400 over MTProto, but forbidden here.
        return BotApiError(403 if known.startswith("Forbidden") else 400, known)
    prefix = "Forbidden" if refused.code == 403 else "Bad Request"
    return BotApiError(refused.code, f"{prefix}: {refused.name}")
