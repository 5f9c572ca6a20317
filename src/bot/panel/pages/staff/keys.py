"""Keys of the operator's own programs: made and shown once, confirmed, revoked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Final

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Form
from bot.panel.pages.staff.commands import SUBJECT, form_of, outcome_of, press
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.staff import keys as screens
from subscriptions.application.lists.read_lists import View
from subscriptions.application.staff.api_keys import ConfirmKey, MadeKey, MakeKey, RevokeKey
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ports.repositories.views import Row

KEYS: Final = "keys"
PAGE_SIZE: Final = 50


async def _rows(visit: Visit) -> list[Row]:
    model = LISTS[KEYS]
    view = View(model=model, sort=model.sort, is_descending=model.is_descending, filters={}, zone=UTC)
    return list((await visit.use.lists()(visit.who, view, PAGE_SIZE)).rows)


async def keys(visit: Visit) -> Screen:
    """By name."""
    return screens.keys(visit.t, await _rows(visit))


async def key(visit: Visit) -> Screen:
    """One of them."""
    row = next((each for each in await _rows(visit) if each["id"] == str(visit.id())), None)
    if row is None:
        raise Stale("no such key")
    return screens.key(visit.t, row)


async def _list(visit: Visit, note: str) -> Screen:
    return screens.keys(visit.t, await _rows(visit), note)


async def _make(visit: Visit, dialogue: Dialogue) -> Screen:
    answers = {asked_input.name: dialogue.answers[asked_input.name] for asked_input in MakeKey.inputs}
    outcome = await outcome_of(visit, MakeKey, "", answers, dialogue.id)
    if outcome is None or not isinstance(outcome.result, MadeKey):
        raise Stale("no such key")
    return screens.new_key(visit.t, outcome.result)


NEW: Final[Form] = replace(form_of(MakeKey), carry_out=_make, leave=lambda _: data(KEYS))


async def new(visit: Visit) -> Screen:
    """Ask for its name and what it may do."""
    return await begin(visit, NEW, **{SUBJECT: ""})


PAGES: Final[Mapping[str, Page]] = {
    KEYS: Page(MakeKey.permission, keys),
    "key": Page(MakeKey.permission, key),
    "key.new": Page(MakeKey.permission, new),
    "key.confirm": press(ConfirmKey, _list),
    "key.revoke": press(RevokeKey, _list),
}
FORMS: Final = (NEW,)
