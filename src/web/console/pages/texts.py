"""Console pages of custom texts: search, preview, change and reset."""

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any, Final

from subscriptions.application.dto.languages import language_name
from subscriptions.application.menu import MenuSection
from subscriptions.application.posts.typed_post import is_marked
from subscriptions.application.texts.list_texts import TextLayer, TextView
from subscriptions.domain.entities.custom_text import TextId
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import Page, PageGone, Visit

A_PAGE: Final = 50
_EXCERPT: Final = 160


async def texts(visit: Visit) -> Mapping[str, Any]:
    """Show the texts of one language, filtered by search words and by the layer that defines the text."""
    language, layer = visit.query("language"), visit.query("layer")
    language = language if language in LANGUAGES else visit.words.language
    chosen_layer = TextLayer(layer) if layer in set(TextLayer) else None
    words, number = visit.query("q")[:100], visit.number()
    views = await visit.use.list_texts()(visit.who, language, words, chosen_layer)
    text_views = views[number * A_PAGE : (number + 1) * A_PAGE]
    return {
        "rows": [(view, short(view.text)) for view in text_views],
        "total": len(views),
        "language": language,
        "languages": [(code, language_name(code)) for code in LANGUAGES],
        "layers": list(TextLayer),
        "layer": layer,
        "sought": words,
        "number": number,
        "following": visit.address(page=str(number + 1)) if (number + 1) * A_PAGE < len(views) else "",
    }


async def text(visit: Visit) -> Mapping[str, Any]:
    """Show one text in every language."""
    text_id = TextId.parse(visit.request.path_params["id"])
    views = [await visit.use.list_texts().get(visit.who, TextId(code, text_id.key)) for code in LANGUAGES]
    view = next((each for each in views if each is not None and each.id == text_id), None)
    if view is None:
        raise PageGone("no such text")
    return {
        "view": view,
        "views": [each for each in views if each is not None],
        "read": show_as_read,
        "commands": _commands(view),
        "name": language_name,
    }


def _commands(view: TextView) -> Sequence[str]:
    return ("edit_text", "restore_text") if view.layer is TextLayer.OPERATOR else ("edit_text",)


def show_as_read(view: TextView) -> Sequence[tuple[str, str]]:
    """Return a text as a customer sees it, in the form of `pieces_of`."""
    return pieces_of(view.sample)


def pieces_of(markup: str) -> Sequence[tuple[str, str]]:
    """Return the pieces of a text with markup. Each piece has the names of its enclosing tags, in a form to which the
    template adds the prefix `as-` to obtain CSS classes; empty without tags.
    """
    pieces = _Pieces()
    pieces.feed(markup)
    pieces.close()
    return pieces.pieces


def typed_pieces(text: str) -> Sequence[tuple[str, str]]:
    """Return the pieces of a text as staff typed it, with or without markup, in the form of `pieces_of`."""
    return pieces_of(text) if is_marked(text) else [(text, "")]


class _Pieces(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[tuple[str, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        del self._open[-1:]

    def handle_data(self, data: str) -> None:
        self.pieces.append((data, " as-".join(self._open)))


def short(text: str) -> str:
    """Return the beginning of a text on one line, without markup and with dots between its lines."""
    lines = (" ".join(line.split()) for line in re.sub(r"</?[a-z][^<>]*>", "", text).splitlines())
    plain = " · ".join(line for line in lines if line)
    return plain if len(plain) <= _EXCERPT else f"{plain[:_EXCERPT].rpartition(' ')[0]}…"


PAGES: Final = (
    Page("texts", "/texts", "texts.html", StaffAction.EDIT_TEXTS, texts, section=MenuSection.SETTINGS),
    Page("text", "/texts/{id}", "text.html", StaffAction.EDIT_TEXTS, text, parent="texts"),
)
