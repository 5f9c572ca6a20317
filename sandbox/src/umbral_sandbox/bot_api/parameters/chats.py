"""Parameters of chats, their members and their invite links."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from .base import Boolean, Integer, Text, refusal
from .messages import InChat


class Member(InChat):
    """A call about one member of one chat."""

    user_id: Integer


class GetChatAdministrators(InChat):
    """getChatAdministrators."""

    return_bots: Boolean = False


class BanChatMember(Member):
    """banChatMember; less than 30 s or more than 366 days ahead means for ever."""

    until_date: Integer = 0
    revoke_messages: Boolean | None = None


class UnbanChatMember(Member):
    """unbanChatMember; without `only_if_banned` a present member is removed."""

    only_if_banned: Boolean = False


class LinkSettings(InChat):
    """createChatInviteLink."""

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
    """revokeChatInviteLink."""

    invite_link: Text


class EditChatInviteLink(LinkSettings, OneLink):
    """editChatInviteLink."""
