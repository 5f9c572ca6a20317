"""Panel pages that edit custom texts: the groups of texts, the texts of a group, and one text as customers see it."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.panel.lists import PAGE_SIZE, page_part
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.texts import texts as screens
from subscriptions.application.texts.list_texts import TextView
from subscriptions.domain.entities.custom_text import TextId
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.services.staff_policy import StaffAction


async def groups(visit: Visit) -> Screen:
    """Show a page of the groups of texts."""
    page = visit.number()
    every = await visit.use.list_texts()(visit.who, visit.t.language)
    part, more = page_part(list(enumerate(_group(every))), page, 2 * PAGE_SIZE)
    return screens.groups(visit.t, dict(part), page, more=more)


async def group(visit: Visit) -> Screen:
    """Show the texts of one group."""
    page, number = visit.number(), visit.number(1)
    groups = list(_group(await visit.use.list_texts()(visit.who, visit.t.language)).items())
    if number >= len(groups):
        raise Stale("no such group")
    name, views = groups[number]
    part, more = page_part(views, page)
    return screens.text_list(visit.t, name, number, part, page, more=more)


async def text(visit: Visit) -> Screen:
    """Show one text in one language."""
    subject = await visit.use.run_command().subject(visit.who, "edit_text", str(visit.id()))
    if subject is None:
        raise Stale("no such text")
    return await show(visit, subject.id)


async def show(visit: Visit, raw_id: str, note: str | None = None) -> Screen:
    """Show the card of a text. note: result of the previous command."""
    text_id = TextId.parse(raw_id)
    view = await visit.use.list_texts().get(visit.who, text_id)
    if view is None:
        raise Stale("no such text")
    others = [TextId(language, text_id.key) for language in LANGUAGES if language != text_id.language]
    return screens.card(visit.t, view, others, note)


def _group(views: Sequence[TextView]) -> Mapping[str, list[TextView]]:
    """Group texts by the part of the chat, or by the web page, in which they appear."""
    text_views: dict[str, list[TextView]] = {}
    for view in views:
        text_views.setdefault(screens.part_of(view.id.key), []).append(view)
    return text_views


PAGES: Final[Mapping[str, Page]] = {
    "texts": Page(StaffAction.EDIT_TEXTS, groups),
    "texts.of": Page(StaffAction.EDIT_TEXTS, group),
    "text": Page(StaffAction.EDIT_TEXTS, text),
}
