"""The /idioma command, which sets the language of messages and of the command menu, and the time zone."""

from collections.abc import Mapping
from functools import partial

from aiogram import Bot, F, Router
from aiogram.types import BotCommandScopeChat, CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.commands import command_filter, menu
from bot.menu import Exists, MenuPage, name_page, names_with_something
from bot.middlewares.meeting import person_of
from bot.screens.language import choice, zones
from bot.texts import LANGUAGES, Texts, texts_for
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import ChooseLanguage, ChooseZone
from subscriptions.domain.entities.customer import Customer


def language_router(page: MenuPage | None) -> Router:
    """Return the router of the /idioma command and its buttons. page: page of the menu button; None if
    there is none.
    """
    router = Router(name="language")
    router.message.register(_ask, command_filter("idioma"))
    router.callback_query.register(_zones, F.data == callbacks.ZONES)
    router.callback_query.register(_choose_zone, PressFilter(callbacks.ZONE_PATTERN))
    router.callback_query.register(partial(_choose, page=page), PressFilter(callbacks.LANGUAGE_PATTERN))
    return router


async def _ask(message: Message, customer: Customer, t: Texts, bot: Bot) -> None:
    await show(message, choice(t, customer.chosen_language), bot)


async def _zones(callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot) -> None:
    await show(callback, zones(t, customer.zone), bot)


async def _choose_zone(
    callback: CallbackQuery,
    customer: Customer,
    t: Texts,
    zone_name: str,
    bot: Bot,
    choose_zone: ChooseZone,
    policy: Policy,
) -> None:
    customer = await choose_zone(person_of(callback.from_user), zone_name)
    texts = t.in_zone(policy.zones.zone_of(customer.language, customer.zone))
    await show(callback, zones(texts, customer.zone, is_done=True), bot)


async def _choose(
    callback: CallbackQuery,
    language_code: str,
    bot: Bot,
    choose_language: ChooseLanguage,
    late_commands: Mapping[str, Exists],
    hidden_commands: frozenset[str],
    *,
    page: MenuPage | None,
) -> None:
    # Read before the choice is stored, so that the customer can press the button again after a failure.
    late = await names_with_something(late_commands)
    customer = await choose_language(
        person_of(callback.from_user), language_code if language_code in LANGUAGES else None
    )
    t, scope = texts_for(customer.language), BotCommandScopeChat(chat_id=customer.telegram_id)
    if customer.chosen_language is None:
        await bot.delete_my_commands(scope)
    else:
        await bot.set_my_commands(menu(t, late=late, hidden=hidden_commands), scope)
    await name_page(bot, page, customer.telegram_id, t)
    await show(callback, choice(t, customer.chosen_language, is_done=True), bot)
