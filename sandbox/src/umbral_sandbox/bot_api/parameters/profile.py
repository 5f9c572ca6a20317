"""Parameters of the Bot API methods that read and change a bot's profile."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from .base import ApiObject, ChatId, FromJson, Integer, Parameters, Text
from .markup import WebApp

LanguageCode = Annotated[Text, Field(pattern=r"^([a-z]{2})?$")]


class BotCommand(ApiObject):
    """Command in a bot's menu."""

    command: Annotated[Text, Field(pattern=r"^/?[a-z0-9_]{1,32}$")]
    description: Annotated[Text, Field(min_length=1, max_length=256)]


class WideScope(ApiObject):
    """Scope of a bot's commands that names no chat."""

    type: Literal["default", "all_private_chats", "all_group_chats", "all_chat_administrators"]


class ChatScope(ApiObject):
    """Scope of a bot's commands in one chat."""

    type: Literal["chat", "chat_administrators"]
    chat_id: ChatId


class MemberScope(ApiObject):
    """Scope of a bot's commands for one member of one chat."""

    type: Literal["chat_member"]
    chat_id: ChatId
    user_id: Integer


def _scope_kind(value: object) -> str:
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    if kind == "chat_member":
        return "member"
    return "chat" if kind in ("chat", "chat_administrators") else "wide"


Scope = Annotated[
    Annotated[WideScope, Tag("wide")] | Annotated[ChatScope, Tag("chat")] | Annotated[MemberScope, Tag("member")],
    Discriminator(_scope_kind),
    FromJson,
]


class Commands(Parameters):
    """Parameters of getMyCommands and deleteMyCommands."""

    scope: Scope = WideScope(type="default")
    language_code: LanguageCode = ""


class SetMyCommands(Commands):
    """Parameters of setMyCommands."""

    commands: Annotated[list[BotCommand], Field(max_length=100), FromJson]


class Language(Parameters):
    """Parameters of methods that return a text of the profile in one language."""

    language_code: LanguageCode = ""


class SetMyName(Language):
    """Parameters of setMyName."""

    name: Annotated[Text, Field(max_length=64)] = ""


class SetMyDescription(Language):
    """Parameters of setMyDescription."""

    description: Annotated[Text, Field(max_length=512)] = ""


class SetMyShortDescription(Language):
    """Parameters of setMyShortDescription."""

    short_description: Annotated[Text, Field(max_length=120)] = ""


class PlainMenu(ApiObject):
    """Bot API objects MenuButtonCommands and MenuButtonDefault."""

    type: Literal["commands", "default"]


class WebAppMenu(ApiObject):
    """Bot API object MenuButtonWebApp."""

    type: Literal["web_app"]
    text: Text
    web_app: WebApp


class GetChatMenuButton(Parameters):
    """Parameters of getChatMenuButton."""

    chat_id: Integer | None = None


class SetChatMenuButton(GetChatMenuButton):
    """Parameters of setChatMenuButton."""

    menu_button: Annotated[PlainMenu | WebAppMenu, Field(discriminator="type"), FromJson] = PlainMenu(type="default")
