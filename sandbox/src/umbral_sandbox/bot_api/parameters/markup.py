"""Models of keyboards (`reply_markup`): the permitted kinds of buttons and their limits."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from umbral_sandbox.bot_api.entities.links import LinkError, checked_url

from .base import ApiObject, Boolean, FromJson, Integer, Text, refusal

Style = Literal["danger", "success", "primary"]
_KINDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_BUTTONS = 100


class CopyText(ApiObject):
    """Bot API object CopyTextButton."""

    text: Text

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if not 1 <= len(self.text) <= 256:
            raise refusal("BUTTON_COPY_TEXT_INVALID")
        return self


class WebApp(ApiObject):
    """Bot API object WebAppInfo."""

    url: Text

    @model_validator(mode="after")
    def _secure(self) -> Self:
        # Telegram accepts https alone. The sandbox also accepts this machine, which serves the pages of a demo.
        if not self.url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise refusal(f"inline keyboard button Web App URL '{self.url}' is invalid: Only HTTPS links are allowed")
        return self


class LoginUrl(ApiObject):
    """Bot API object LoginUrl."""

    url: Text
    forward_text: Text | None = None
    bot_username: Text | None = None
    request_write_access: Boolean | None = None


class ChosenChat(ApiObject):
    """Bot API object SwitchInlineQueryChosenChat."""

    query: Text | None = None
    allow_user_chats: Boolean | None = None
    allow_bot_chats: Boolean | None = None
    allow_group_chats: Boolean | None = None
    allow_channel_chats: Boolean | None = None


class CallbackGame(ApiObject):
    """Bot API object CallbackGame, an object without fields."""


class InlineButton(ApiObject):
    """Bot API object InlineKeyboardButton: a text and exactly one action."""

    text: Text
    icon_custom_emoji_id: Text | None = None
    style: Style | None = None
    url: Text | None = None
    callback_data: Text | None = None
    web_app: WebApp | None = None
    login_url: LoginUrl | None = None
    switch_inline_query: Text | None = None
    switch_inline_query_current_chat: Text | None = None
    switch_inline_query_chosen_chat: ChosenChat | None = None
    copy_text: CopyText | None = None
    callback_game: CallbackGame | None = None
    pay: Boolean | None = None

    @property
    def kind(self) -> str:
        """Return the name of the field that contains the button's action."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _limits(self) -> Self:
        kinds = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if not self.text.strip():
            raise refusal("can't parse inline keyboard button: Text must be non-empty")
        if not kinds:
            raise refusal("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if len(kinds) > 1:
            raise refusal("can't parse inline keyboard button: exactly one of the optional fields must be used")
        if self.callback_data is not None and not 1 <= len(self.callback_data.encode()) <= 64:
            raise refusal("BUTTON_DATA_INVALID")
        if self.url is not None:
            _check_button_url(self.url)
        return self


class InlineKeyboard(ApiObject):
    """Bot API object InlineKeyboardMarkup."""

    inline_keyboard: list[list[InlineButton]]

    @model_validator(mode="after")
    def _limits(self) -> Self:
        _check_count(self.inline_keyboard)
        return self


class AdminRights(ApiObject):
    """Bot API object ChatAdministratorRights; an omitted right is false."""

    is_anonymous: Boolean = False
    can_manage_chat: Boolean = False
    can_delete_messages: Boolean = False
    can_manage_video_chats: Boolean = False
    can_restrict_members: Boolean = False
    can_promote_members: Boolean = False
    can_change_info: Boolean = False
    can_invite_users: Boolean = False
    can_post_stories: Boolean = False
    can_edit_stories: Boolean = False
    can_delete_stories: Boolean = False
    can_send_welcome_messages: Boolean | None = None
    can_post_messages: Boolean | None = None
    can_edit_messages: Boolean | None = None
    can_pin_messages: Boolean | None = None
    can_manage_topics: Boolean | None = None
    can_manage_direct_messages: Boolean | None = None
    can_manage_tags: Boolean | None = None

    def names(self) -> set[str]:
        """Return the requested rights."""
        return {name for name, value in self if value and name != "is_anonymous"}


class RequestChat(ApiObject):
    """Bot API object KeyboardButtonRequestChat."""

    request_id: Annotated[Integer, Field(ge=-(2**31), lt=2**31)]
    chat_is_channel: Boolean
    chat_is_forum: Boolean | None = None
    chat_has_username: Boolean | None = None
    chat_is_created: Boolean | None = None
    user_administrator_rights: AdminRights | None = None
    bot_administrator_rights: AdminRights | None = None
    bot_is_member: Boolean | None = None
    request_title: Boolean | None = None
    request_username: Boolean | None = None
    request_photo: Boolean | None = None

    @model_validator(mode="after")
    def _within(self) -> Self:
        asked = self.bot_administrator_rights.names() if self.bot_administrator_rights is not None else set()
        held = self.user_administrator_rights
        if asked and (held is None or not asked <= held.names()):
            raise refusal("USER_RIGHTS_MISSING")
        return self


class ReplyButton(ApiObject):
    """Bot API object KeyboardButton, of the kinds that a private chat supports."""

    text: Text
    icon_custom_emoji_id: Text | None = None
    style: Style | None = None
    request_chat: RequestChat | None = None
    request_contact: Boolean | None = None
    request_location: Boolean | None = None
    web_app: WebApp | None = None


def _button(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class ReplyKeyboard(ApiObject):
    """Bot API object ReplyKeyboardMarkup."""

    keyboard: list[list[Annotated[ReplyButton, BeforeValidator(_button)]]]
    is_persistent: Boolean | None = None
    resize_keyboard: Boolean | None = None
    one_time_keyboard: Boolean | None = None
    input_field_placeholder: Annotated[Text, Field(max_length=64)] | None = None
    selective: Boolean | None = None

    @model_validator(mode="after")
    def _limits(self) -> Self:
        _check_count(self.keyboard)
        return self


class KeyboardRemove(ApiObject):
    """Bot API object ReplyKeyboardRemove."""

    remove_keyboard: Literal[True]
    selective: Boolean | None = None


class ForceReply(ApiObject):
    """Bot API object ForceReply."""

    force_reply: Literal[True]
    input_field_placeholder: Annotated[Text, Field(max_length=64)] | None = None
    selective: Boolean | None = None


def _check_button_url(url: str) -> None:
    try:
        checked_url(url)
    except LinkError as error:
        raise refusal(f"inline keyboard button URL '{url}' is invalid: {error}") from error


def _check_count(rows: Sequence[Sequence[object]]) -> None:
    if sum(len(row) for row in rows) > _BUTTONS:
        raise refusal("reply markup is too long")


def _form(value: object) -> str | None:
    """Return the kind of keyboard, identified by the field that only this kind has; None if no kind matches."""
    if isinstance(value, dict):
        return next((key for key in _FORMS if key in value), None)
    return next((key for key in _FORMS if hasattr(value, key)), None)


_FORMS = ("inline_keyboard", "keyboard", "remove_keyboard", "force_reply")
Markup = InlineKeyboard | ReplyKeyboard | KeyboardRemove | ForceReply
ReplyMarkup = Annotated[
    Annotated[InlineKeyboard, Tag("inline_keyboard")]
    | Annotated[ReplyKeyboard, Tag("keyboard")]
    | Annotated[KeyboardRemove, Tag("remove_keyboard")]
    | Annotated[ForceReply, Tag("force_reply")],
    Discriminator(
        _form,
        custom_error_type="bot_api",
        custom_error_message="object expected as reply markup",
    ),
    FromJson,
]
InlineMarkup = Annotated[InlineKeyboard, FromJson]
