"""Parameters of the Bot API methods on chats, members, topics and invite links."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from .base import ApiObject, Boolean, FromJson, Integer, Text, refusal
from .messages import InChat


class Member(InChat):
    """Parameters of a call about one member of one chat."""

    user_id: Integer


class GetChatAdministrators(InChat):
    """Parameters of getChatAdministrators."""

    return_bots: Boolean = False


class BanChatMember(Member):
    """Parameters of banChatMember; a date less than 30 s or more than 366 days ahead bans forever."""

    until_date: Integer = 0
    revoke_messages: Boolean | None = None


class UnbanChatMember(Member):
    """Parameters of unbanChatMember; without `only_if_banned` a current member is removed."""

    only_if_banned: Boolean = False


class ChatPermissions(ApiObject):
    """Bot API object ChatPermissions; an omitted permission is false."""

    can_send_messages: Boolean = False
    can_send_audios: Boolean = False
    can_send_documents: Boolean = False
    can_send_photos: Boolean = False
    can_send_videos: Boolean = False
    can_send_video_notes: Boolean = False
    can_send_voice_notes: Boolean = False
    can_send_polls: Boolean = False
    can_send_other_messages: Boolean = False
    can_add_web_page_previews: Boolean = False
    can_react_to_messages: Boolean | None = None
    can_edit_tag: Boolean | None = None
    can_change_info: Boolean = False
    can_invite_users: Boolean = False
    can_pin_messages: Boolean = False
    can_manage_topics: Boolean | None = None

    def names(self, *, independent: bool) -> set[str]:
        """Return the given permissions. Unless ``independent`` is true, each permission implies others, as the Bot API
        documents.
        """
        names = {name for name, value in self if value}
        if self.can_manage_topics is None and self.can_pin_messages:
            names.add("can_manage_topics")
        if self.can_react_to_messages is None and self.can_send_messages:
            names.add("can_react_to_messages")
        if self.can_edit_tag is None and self.can_pin_messages:
            names.add("can_edit_tag")
        if not independent:
            if names & {"can_send_other_messages", "can_add_web_page_previews"}:
                names |= _MEDIA | {"can_send_messages"}
            if "can_send_polls" in names or names & _MEDIA:
                names.add("can_send_messages")
        return names


_MEDIA = {
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
}


class SetChatPermissions(InChat):
    """Parameters of setChatPermissions."""

    permissions: Annotated[ChatPermissions, FromJson]
    use_independent_chat_permissions: Boolean = False


class RestrictChatMember(SetChatPermissions, Member):
    """Parameters of restrictChatMember; a date less than 30 s or more than 366 days ahead restricts forever."""

    until_date: Integer = 0


class CreateForumTopic(InChat):
    """Parameters of createForumTopic."""

    name: Annotated[Text, Field(min_length=1, max_length=128)]
    icon_color: Integer | None = None
    icon_custom_emoji_id: Text | None = None


class OneTopic(InChat):
    """Parameters of a call about one topic of a forum."""

    message_thread_id: Integer


class EditForumTopic(OneTopic):
    """Parameters of editForumTopic; without a name the topic keeps its name."""

    name: Annotated[Text, Field(max_length=128)] | None = None
    icon_custom_emoji_id: Text | None = None


class LinkSettings(InChat):
    """Parameters of createChatInviteLink."""

    name: Annotated[Text, Field(max_length=32)] | None = None
    expire_date: Annotated[Integer, Field(ge=0)] = 0
    member_limit: Annotated[Integer, Field(ge=0, le=99999)] = 0
    creates_join_request: Boolean = False

    @model_validator(mode="after")
    def _exclusive(self) -> Self:
        if self.creates_join_request and self.member_limit:
            raise refusal("member limit can't be specified for links requiring administrator approval")
        return self


class OneLink(InChat):
    """Parameters of revokeChatInviteLink."""

    invite_link: Text


class EditChatInviteLink(LinkSettings, OneLink):
    """Parameters of editChatInviteLink."""
