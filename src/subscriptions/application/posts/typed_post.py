"""Parsing and formatting of posts that staff type into a form: formatting tags, the URL of a picture, and one link
button per line.
"""

import html
import json
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlsplit

from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong
from subscriptions.application.texts.text_rules import ENTITY_KINDS, check_markup, has_markup
from subscriptions.domain.entities.post import TEXT_LIMIT, PostButton

NO_BUTTONS: Final = "-"
_BUTTONS: Final = 8
_LABEL: Final = 64
_ADDRESS_LIMIT: Final = 2000
_TAGS: Final = {kind: tag for tag, kind in ENTITY_KINDS.items()}
_PERSON: Final = re.compile(r"tg://user\?id=(\d{1,18})")
"""Pattern of the URL by which Telegram's HTML mentions a person without a username
(core.telegram.org/bots/api#html-style).
"""


class Marked(str):
    """Text as staff typed it, which templates render with its formatting."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return the text as Telegram's HTML, or without formatting if its tags are invalid."""
        try:
            if has_markup(self):
                check_markup(self)
        except Wrong:
            return html.escape(self)
        plain, entities = read_markup(self)
        return typed_markup(plain, entities) if entities else html.escape(plain, quote=False)


def text(answer: Answer, _: Answers) -> str:
    """Check a text. Raises Wrong for an unknown or unclosed tag, and for a text beyond Telegram's limit."""
    if has_markup(answer.text):
        check_markup(answer.text)
    plain, _entities = read_markup(answer.text)
    if not plain.strip() or len(plain) > TEXT_LIMIT:
        raise Wrong("cast_text", limit=str(TEXT_LIMIT))
    return answer.text


def picture(answer: Answer, _: Answers) -> str:
    """Check the URL of a picture. Raises Wrong unless the URL begins with https."""
    url = answer.text.strip()
    if url and not is_address(url, "https"):
        raise Wrong("cast_picture", given=url[:40])
    return url


def buttons(answer: Answer, _: Answers) -> str:
    """Check the buttons, one per line as in `Ver la cuota - https://…`; a single dash means no buttons. Raises Wrong
    for an invalid line.
    """
    if answer.text.strip() in {"", NO_BUTTONS}:
        return NO_BUTTONS
    lines = [line.strip() for line in answer.text.splitlines() if line.strip()]
    if not 0 < len(lines) <= _BUTTONS:
        raise Wrong("cast_buttons", given=answer.text[:40])
    for line in lines:
        label, _dash, address = line.rpartition(" - ")
        if not is_address(address.strip(), "http", "https") or not 0 < len(label.strip()) <= _LABEL:
            raise Wrong("cast_buttons", given=line[:40])
    return "\n".join(lines)


def is_address(text: str, *schemes: str) -> bool:
    """Return True if the text is a complete URL with one of the given schemes that Telegram accepts."""
    try:
        address = urlsplit(text)
    except ValueError:
        return False
    return bool(address.hostname) and address.scheme in schemes and " " not in text and len(text) <= _ADDRESS_LIMIT


def buttons_of(text: str) -> tuple[tuple[PostButton, ...], ...]:
    """Parse buttons that `buttons` has checked, and return them with one button per row."""
    if text == NO_BUTTONS:
        return ()
    parts = (line.rpartition(" - ") for line in text.splitlines())
    return tuple((PostButton(label.strip(), address.strip()),) for label, _, address in parts)


def typed_buttons(rows: tuple[tuple[PostButton, ...], ...]) -> str:
    """Return the buttons as text, as staff would type them."""
    return "\n".join(f"{each.text} - {each.url}" for row in rows for each in row)


def is_marked(text: str) -> bool:
    """Return True if the text contains tags or escaped tags; any other text is plain."""
    return has_markup(text) or has_markup(html.unescape(text))


def read_markup(text: str) -> tuple[str, str | None]:
    """Return the text without tags, and its entities as JSON for the Bot API. The entities are None for text without
    formatting.
    """
    if not is_marked(text):
        return text, None
    plain, entities = read_html(text)
    return plain, json.dumps(entities) if entities else None


def read_html(markup: str) -> tuple[str, list[dict[str, Any]]]:
    """Convert Telegram's HTML to plain text and Bot API entities, inner entities before outer ones."""
    pieces = _Pieces()
    pieces.feed(markup)
    pieces.close()
    return pieces.text, pieces.entities


def typed_markup(plain: str, entities: str | None) -> str:
    """Return the text with formatting tags, as staff would type them. Entities that no tag represents are left out."""
    entity_list = [each for each in json.loads(entities or "[]") if _tag(each)]
    if not entity_list:
        return html.escape(plain, quote=False) if has_markup(plain) else plain
    utf16 = plain.encode("utf-16-le")
    opening: dict[int, list[str]] = {}
    end_tags: dict[int, list[str]] = {}
    for each in sorted(entity_list, key=lambda entity: (entity["offset"], -entity["length"])):
        tag = _tag(each)
        opening.setdefault(each["offset"], []).append(f"<{tag}>")
        end_tags.setdefault(each["offset"] + each["length"], []).insert(0, f"</{tag.partition(' ')[0]}>")
    cuts = sorted({0, len(utf16) // 2, *opening, *end_tags})
    markup = ""
    for start, end in zip(cuts, [*cuts[1:], cuts[-1]], strict=True):
        markup += "".join(end_tags.get(start, [])) + "".join(opening.get(start, []))
        markup += html.escape(utf16[2 * start : 2 * end].decode("utf-16-le"), quote=False)
    return markup


def _tag(entity: Mapping[str, Any]) -> str:
    """Return the content of an entity's opening tag. Return an empty text if no tag represents the entity."""
    match entity:
        case {"type": "text_link", "url": str(address)}:
            return f'a href="{html.escape(address)}"'
        case {"type": "text_mention", "user": {"id": int(person)}}:
            return f'a href="tg://user?id={person}"'
        case {"type": "custom_emoji", "custom_emoji_id": emoji}:
            return f'tg-emoji emoji-id="{emoji}"'
        case {"type": "date_time", "unix_time": int(at)}:
            return f'tg-time unix="{at}" format="{entity.get("date_time_format") or ""}"'
        case {"type": "expandable_blockquote"}:
            return "blockquote expandable"
    return _TAGS.get(entity["type"], "")


def _entity(tag: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    """Return the entity that a tag represents. Return an empty entity for an unsupported tag."""
    address, at = attributes.get("href", ""), attributes.get("unix", "")
    person = _PERSON.fullmatch(address)
    match tag:
        case "a" if person is not None:
            # Only the person's id matters.
            return {"type": "text_mention", "user": {"id": int(person[1]), "is_bot": False, "first_name": "–"}}
        case "a":
            return {"type": "text_link", "url": address}
        case "tg-emoji":
            return {"type": "custom_emoji", "custom_emoji_id": attributes.get("emoji-id", "")}
        case "tg-time" if at.isdecimal():
            return {"type": "date_time", "unix_time": int(at), "date_time_format": attributes.get("format", "")}
        case "blockquote" if "expandable" in attributes:
            return {"type": "expandable_blockquote"}
    return {"type": ENTITY_KINDS[tag]} if tag in ENTITY_KINDS else {}


class _Pieces(HTMLParser):
    """Parser that collects text and entities. Offsets and lengths are UTF-16 code units
    (core.telegram.org/bots/api#messageentity).
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.entities: list[dict[str, Any]] = []
        self._open: list[Callable[[], None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start, kind = self._length(), _entity(tag, {name: value or "" for name, value in attrs})

        def end() -> None:
            if kind and self._length() > start:
                self.entities.append({**kind, "offset": start, "length": self._length() - start})

        self._open.append(end)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()()

    def handle_data(self, data: str) -> None:
        self.text += data

    def _length(self) -> int:
        return len(self.text.encode("utf-16-le")) // 2
