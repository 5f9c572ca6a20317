"""Screens for the language of messages and the time zone."""

from zoneinfo import ZoneInfo

from bot import callbacks
from bot.formats import city_name
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.texts import Texts, load_texts, own_name
from subscriptions.domain.services.zones import ZONE_CHOICES

AS_TELEGRAM = "telegram"
BY_LANGUAGE = "language"


def choice(t: Texts, language_code: str | None, *, is_done: bool = False) -> Screen:
    """Return the languages under their own names, and the option to use the app's language.

    language_code: the chosen language, or None for the app's language. is_done: True if the customer has just chosen
    the language.
    """
    current = language_code or AS_TELEGRAM
    buttons = {code: own_name(code) for code in load_texts()}
    buttons[AS_TELEGRAM] = t.plain("chat.language.as_telegram")
    # The flag is replaced by the check mark, so that each line has one emoji.
    labels = {code: f"✅ {name.partition(' ')[2]}" if code == current else name for code, name in buttons.items()}
    rows = [button(name, callbacks.language(code)) for code, name in labels.items()]
    zone = button(t.plain("chat.zone.button", place=city_name(t, t.zone)), callbacks.ZONES)
    return Screen(t("chat.language.done" if is_done else "chat.language.ask"), keyboard(*rows, zone))


def zones(t: Texts, zone_name: str | None, *, is_done: bool = False) -> Screen:
    """Return the time zones to choose from.

    zone_name: the chosen zone, or None for the language's default. is_done: True if the customer has just chosen the
    zone.
    """
    ways = {name: city_name(t, ZoneInfo(name)) for name in ZONE_CHOICES}
    buttons = [button(f"✅ {city}" if name == zone_name else city, callbacks.zone(name)) for name, city in ways.items()]
    pairs = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    label = t.plain("chat.zone.by_language")
    # The emoji is replaced by the check mark, so that each line has one emoji.
    usual = button(label if zone_name else f"✅ {label.partition(' ')[2]}", callbacks.zone(BY_LANGUAGE))
    text = t("chat.zone.done", place=city_name(t, t.zone)) if is_done else t("chat.zone.ask")
    return Screen(text, keyboard(*pairs, usual))
