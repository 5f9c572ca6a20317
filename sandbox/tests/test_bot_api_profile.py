"""Profile of a bot, and its persistence."""

from pathlib import Path

from aiogram import Bot
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    MenuButtonCommands,
    MenuButtonDefault,
    MenuButtonWebApp,
    WebAppInfo,
)

from tests.sandbox.conftest import Scene
from tests.support.plain_http import plain_http
from umbral_sandbox.server import running_sandbox


async def test_get_me_returns_the_bot_identity(scene: Scene, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot, me.first_name) == (scene.bot.id, "shop_bot", True, "Shop")
    assert await bot.log_out()


async def _descriptions(bot: Bot, language: str | None = None) -> list[str]:
    return [command.description for command in await bot.get_my_commands(language_code=language)]


async def test_commands_are_stored_by_scope_and_language(scene: Scene, bot: Bot) -> None:
    spanish = [BotCommand(command="planes", description="Ver planes")]
    english = [BotCommand(command="planes", description="See plans")]
    assert await bot.set_my_commands(spanish)
    assert await bot.set_my_commands(english, language_code="en")
    scope = BotCommandScopeChat(chat_id=scene.customer.id)
    assert await bot.set_my_commands([BotCommand(command="admin", description="Panel")], scope=scope)
    assert await _descriptions(bot) == ["Ver planes"]
    assert await _descriptions(bot, "en") == ["See plans"]
    assert [command.command for command in await bot.get_my_commands(scope=scope)] == ["admin"]
    assert await bot.delete_my_commands(scope=scope)
    assert await bot.get_my_commands(scope=scope) == []
    nobody = {"type": "chat", "chat_id": 1}
    assert await scene.refused("setMyCommands", commands=[], scope=nobody) == (
        400,
        "Bad Request: chat not found",
    )


async def test_profile_texts_are_stored_by_language(bot: Bot) -> None:
    assert await bot.set_my_description("Vende acceso")
    assert await bot.set_my_description("Sells access", language_code="en")
    assert await bot.set_my_short_description("corto")
    assert await bot.set_my_name("Tienda")
    assert (await bot.get_my_description()).description == "Vende acceso"
    assert (await bot.get_my_description(language_code="en")).description == "Sells access"
    assert (await bot.get_my_description(language_code="fr")).description == "Vende acceso"
    assert (await bot.get_my_short_description()).short_description == "corto"
    assert (await bot.get_my_name()).name == "Tienda"
    assert (await bot.get_me()).first_name == "Tienda"


async def test_menu_button_is_stored_by_chat(scene: Scene, bot: Bot) -> None:
    assert await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert isinstance(await bot.get_chat_menu_button(), MenuButtonCommands)
    assert await bot.set_chat_menu_button(chat_id=scene.customer.id, menu_button=MenuButtonDefault())
    assert isinstance(await bot.get_chat_menu_button(chat_id=scene.customer.id), MenuButtonDefault)


async def test_chat_shows_its_own_menu_button_or_the_default(scene: Scene, bot: Bot) -> None:
    async def shown() -> tuple[str | None, str | None]:
        async with plain_http() as client:
            state = (await client.get(f"{scene.sandbox.url}/control/state")).json()
        (chat,) = (chat for chat in state["chats"] if chat["person"] == scene.customer.id and chat["bot"] == bot.id)
        return next(each.get("menu") for each in state["bots"] if each["id"] == bot.id), chat.get("menu")

    page = WebAppInfo(url="https://shop.example/app")
    assert await bot.set_chat_menu_button(menu_button=MenuButtonWebApp(text="Mi acceso", web_app=page))
    assert await shown() == ("Mi acceso", None)
    named = MenuButtonWebApp(text="My access", web_app=page)
    assert await bot.set_chat_menu_button(chat_id=scene.customer.id, menu_button=named)
    assert await shown() == ("Mi acceso", "My access")
    assert await bot.set_chat_menu_button(chat_id=scene.customer.id, menu_button=MenuButtonDefault())
    assert await shown() == ("Mi acceso", None)


async def test_bot_profile_and_pending_updates_survive_a_restart(tmp_path: Path) -> None:
    async with running_sandbox(data_dir=tmp_path) as first:
        telegram = first.world.telegram
        record, person = telegram.people.add_bot("shop_bot", "Shop"), telegram.people.add_person("Ana")
        telegram.chats.start(person.id, record.id)
        first.world.commit()
        async with plain_http() as client:
            text = {"description": "Vende acceso"}
            await client.post(f"{first.url}/bot{record.token}/setMyDescription", json=text)
    async with running_sandbox(data_dir=tmp_path) as second, plain_http() as client:
        base = f"{second.url}/bot{record.token}"
        assert (await client.get(f"{base}/getMyDescription")).json()["result"] == text
        (update,) = (await client.get(f"{base}/getUpdates")).json()["result"]
        assert update["message"]["text"] == "/start"
