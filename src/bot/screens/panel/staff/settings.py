"""Screens of the business settings for owners."""

from collections.abc import Mapping, Sequence
from html import escape

from bot.formats import with_code
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import pairs, screen, turns, up
from bot.texts import Texts


def settings(t: Texts, meanings: Mapping[str, str], page: int, *, more: bool) -> Screen:
    """Return a page of the settings with their descriptions. Each button shows a setting's number."""
    numbered_meanings = list(enumerate(meanings.items(), 1))
    lines = [
        with_code(t("settings.numbered", n=n, setting=name, meaning=words)) for n, (name, words) in numbered_meanings
    ]
    buttons = [button(str(n), data("setting", name)) for n, (name, _) in numbered_meanings]
    text = "\n\n".join([t("settings.title"), *lines])
    more_pages = turns(t, "settings", page, more, newest_first=False)
    return screen(
        t, text, button(t.plain("features.open"), data("features")), *pairs(buttons), more_pages, back_to=up("settings")
    )


def setting(
    t: Texts, name: str, meaning: str, value: str, restarts: Sequence[str], note: str = "", *, is_own: bool
) -> Screen:
    """Return one setting. restarts: processes that apply a change only after a restart. is_own: True if the value
    differs from the default and can be reset.
    """
    effect_time = t("settings.at_start", processes=", ".join(restarts)) if restarts else t("settings.at_once")
    parts = (
        note,
        with_code(t("settings.line", setting=name, meaning=meaning)),
        f"<code>{escape(value) or '–'}</code>",
        effect_time,
    )
    commands = [button(t.plain("commands.change_setting.label"), data("setting.edit", name))]
    if is_own:
        commands.append(button(t.plain("commands.restore_setting.label"), data("setting.back", name)))
    return screen(t, "\n\n".join(part for part in parts if part), *commands, back_to="settings", deep=True)
