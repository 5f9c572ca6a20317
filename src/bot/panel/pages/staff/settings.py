"""Panel pages of the business settings: the list, changes, and the reset to the default."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form
from bot.panel.lists import page_part
from bot.panel.pages.staff.commands import SUBJECT, form_of, press, run
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.staff import settings as screens
from subscriptions.application.settings.change_setting import VALUE, ChangeSetting, RestoreSetting
from subscriptions.bootstrap.settings_in_force import EDITABLE, meaning
from subscriptions.bootstrap.settings_shown import shown_settings
from subscriptions.domain.entities.dialogue import Dialogue

SETTINGS: Final = "settings"


async def settings(visit: Visit) -> Screen:
    """Show the settings with their descriptions."""
    shown = await shown_settings(visit.use.core)
    names, more = page_part([name for name in EDITABLE if name in shown], visit.number())
    meanings = {name: meaning(name, visit.t.language) for name in names}
    return screens.settings(visit.t, meanings, visit.number(), more=more)


async def setting(visit: Visit) -> Screen:
    """Show one setting."""
    return await _card(visit, visit.part())


async def _card(visit: Visit, name: str, note: str = "") -> Screen:
    subject = await visit.use.run_command().subject(visit.who, ChangeSetting.name, name)
    if subject is None:
        raise Stale("no such setting")
    value, typed_value = str(subject.facts["value"]), str(subject.facts["given"])
    meaning_text = meaning(name, visit.t.language)
    return screens.setting(visit.t, name, meaning_text, value, EDITABLE[name], note, is_own=value != typed_value)


async def _change(visit: Visit, dialogue: Dialogue) -> Screen:
    name, answers = dialogue.answers[SUBJECT], {VALUE.name: dialogue.answers[VALUE.name]}
    return await _card(visit, name, await run(visit, ChangeSetting, name, answers, dialogue.id))


CHANGE: Final[Form] = replace(
    form_of(ChangeSetting), carry_out=_change, leave=lambda dialogue: data("setting", dialogue.answers[SUBJECT])
)


async def change(visit: Visit) -> Screen:
    """Ask for a setting's new value."""
    name = visit.part()
    subject = await visit.use.run_command().subject(visit.who, ChangeSetting.name, name)
    if subject is None:
        raise Stale("no such setting")
    return await begin(visit, CHANGE, **{SUBJECT: subject.id})


PAGES: Final[Mapping[str, Page]] = {
    SETTINGS: Page(ChangeSetting.permission, settings),
    "setting": Page(ChangeSetting.permission, setting),
    "setting.edit": Page(ChangeSetting.permission, change),
    "setting.back": press(RestoreSetting, lambda visit, note: _card(visit, visit.part(), note)),
}
FORMS: Final = (CHANGE,)
