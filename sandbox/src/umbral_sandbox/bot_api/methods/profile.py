"""Bot API methods that read and change a bot's profile: name, descriptions, commands, menu button."""

from typing import Final

from pydantic import JsonValue

from umbral_sandbox.bot_api.chats import private_person
from umbral_sandbox.bot_api.context import Context, Method, method
from umbral_sandbox.bot_api.errors import bad_request
from umbral_sandbox.bot_api.parameters.profile import (
    ChatScope,
    Commands,
    GetChatMenuButton,
    Language,
    MemberScope,
    Scope,
    SetChatMenuButton,
    SetMyCommands,
    SetMyDescription,
    SetMyName,
    SetMyShortDescription,
)
from umbral_sandbox.bot_api.parameters.updates import Nothing
from umbral_sandbox.bot_api.settings import save_settings, settings_of


def _get_me(on: Context, _: Nothing) -> JsonValue:
    return {
        "id": on.bot.id,
        "is_bot": True,
        "first_name": on.bot.name,
        "username": on.bot.username,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _commands_key(on: Context, scope: Scope, language: str) -> str:
    parts: list[str] = [scope.type]
    if isinstance(scope, ChatScope | MemberScope):
        parts.append(str(scope.chat_id))
        if isinstance(scope.chat_id, int) and scope.chat_id > 0:
            private_person(on, scope.chat_id)
    if isinstance(scope, MemberScope):
        parts.append(str(scope.user_id))
    return "/".join((*parts, language))


def _set_commands(on: Context, wanted: SetMyCommands) -> JsonValue:
    settings = settings_of(on.bot)
    key = _commands_key(on, wanted.scope, wanted.language_code)
    settings.commands[key] = [
        {"command": command.command.lstrip("/"), "description": command.description} for command in wanted.commands
    ]
    save_settings(on.world, on.bot, settings)
    return True


def _get_commands(on: Context, wanted: Commands) -> JsonValue:
    key = _commands_key(on, wanted.scope, wanted.language_code)
    return [dict(command) for command in settings_of(on.bot).commands.get(key, [])]


def _delete_commands(on: Context, wanted: Commands) -> JsonValue:
    settings = settings_of(on.bot)
    settings.commands.pop(_commands_key(on, wanted.scope, wanted.language_code), None)
    save_settings(on.world, on.bot, settings)
    return True


def _set_name(on: Context, wanted: SetMyName) -> JsonValue:
    settings = settings_of(on.bot)
    if wanted.name and not wanted.language_code:
        on.bot.name = wanted.name
    _keep(settings.names, wanted.language_code, wanted.name)
    save_settings(on.world, on.bot, settings)
    return True


def _set_description(on: Context, wanted: SetMyDescription) -> JsonValue:
    settings = settings_of(on.bot)
    _keep(settings.descriptions, wanted.language_code, wanted.description)
    save_settings(on.world, on.bot, settings)
    return True


def _set_short_description(on: Context, wanted: SetMyShortDescription) -> JsonValue:
    settings = settings_of(on.bot)
    _keep(settings.short_descriptions, wanted.language_code, wanted.short_description)
    save_settings(on.world, on.bot, settings)
    return True


def _keep(texts: dict[str, str], language: str, text: str) -> None:
    if text:
        texts[language] = text
    else:
        texts.pop(language, None)


def _get_name(on: Context, wanted: Language) -> JsonValue:
    return {"name": _in_language(settings_of(on.bot).names, wanted.language_code) or on.bot.name}


def _get_description(on: Context, wanted: Language) -> JsonValue:
    return {"description": _in_language(settings_of(on.bot).descriptions, wanted.language_code)}


def _get_short_description(on: Context, wanted: Language) -> JsonValue:
    return {"short_description": _in_language(settings_of(on.bot).short_descriptions, wanted.language_code)}


def _in_language(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or texts.get("", "")


def _set_menu_button(on: Context, wanted: SetChatMenuButton) -> JsonValue:
    settings = settings_of(on.bot)
    settings.menu_buttons[_menu_key(on, wanted)] = wanted.menu_button.model_dump(mode="json")
    save_settings(on.world, on.bot, settings)
    return True


def _get_menu_button(on: Context, wanted: GetChatMenuButton) -> JsonValue:
    buttons = settings_of(on.bot).menu_buttons
    return buttons.get(_menu_key(on, wanted)) or buttons.get("") or {"type": "commands"}


def _menu_key(on: Context, wanted: GetChatMenuButton) -> str:
    if wanted.chat_id is None:
        return ""
    if wanted.chat_id <= 0:
        raise bad_request("chat must be private")
    private_person(on, wanted.chat_id)
    return str(wanted.chat_id)


METHODS: Final[tuple[Method, ...]] = (
    method("getMe", Nothing, _get_me),
    method("setMyCommands", SetMyCommands, _set_commands),
    method("getMyCommands", Commands, _get_commands),
    method("deleteMyCommands", Commands, _delete_commands),
    method("setMyName", SetMyName, _set_name),
    method("getMyName", Language, _get_name),
    method("setMyDescription", SetMyDescription, _set_description),
    method("getMyDescription", Language, _get_description),
    method("setMyShortDescription", SetMyShortDescription, _set_short_description),
    method("getMyShortDescription", Language, _get_short_description),
    method("setChatMenuButton", SetChatMenuButton, _set_menu_button),
    method("getChatMenuButton", GetChatMenuButton, _get_menu_button),
)
