"""Rules that an edited text must satisfy."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from string import Formatter
from typing import Final

from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.texts.text_rule import rule_of
from subscriptions.domain.entities.custom_text import PER_RESOURCE, TextId
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.ports.text_catalog import TextCatalog

PAGES: Final = "pages."
"""Prefix of the keys of texts on web pages; all other texts are for the chat."""
LONGEST: Final = 3500
"""Maximum length of a text in characters: the limit of a message (4096, core.telegram.org/bots/api#sendmessage) minus a
reserve for the facts.
"""
LONGEST_BUTTON: Final = 64
LONGEST_COMMAND: Final = 200
"""Maximum length of a command's description in the menu: the limit (256) minus the length of its button."""
LONGEST_CAPTION: Final = 450
"""Maximum length of a caption in characters: less than half of the limit (1024, core.telegram.org/bots/api#sendphoto),
because a caption may consist of two such texts, minus a reserve for the facts.
"""
CAPTIONS: Final = frozenset({"document.withdrawal.caption", "mydata.file", "mydata.file_cut", "notices.content.other"})
"""Keys of the texts that are captions of files."""
ENTITY_KINDS: Final = {
    "b": "bold",
    "blockquote": "blockquote",
    "code": "code",
    "i": "italic",
    "pre": "pre",
    "s": "strikethrough",
    "tg-spoiler": "spoiler",
    "u": "underline",
}
"""Entity types (core.telegram.org/bots/api#messageentity), keyed by HTML tag
(core.telegram.org/bots/api#html-style).
"""
_TAGS: Final = frozenset({"a", "tg-emoji", "tg-time", *ENTITY_KINDS})
_NUMBERS: Final = {"tg-emoji": "emoji-id", "tg-time": "unix"}
"""Required attribute with a number, keyed by tag."""
_DATE_FORMAT: Final = re.compile(r"r|[wdDtT]*")
_LINKS: Final = re.compile(r'href="\{(\w+)\}"')
_LINE: Final = ("buttons.", "chat.commands.")


def default_of(catalog: TextCatalog, text_id: TextId) -> str | None:
    """Return the default text, or the default text in the first language if this language has none. Return None if
    there is none at all.
    """
    key = text_id.for_all.key
    if text_id.language not in LANGUAGES or key not in catalog.text_keys():
        return None
    if text_id.scope and key not in PER_RESOURCE and not rule_of(key).per_plan:
        return None
    default = catalog.default(text_id)
    return default if default is not None else catalog.default(TextId(LANGUAGES[0], key))


def model_of(catalog: TextCatalog, text_id: TextId) -> str | None:
    """Return the text that determines which facts an edited text may contain; None if there is no default text. For a
    plan's text, this is the default text for all plans.
    """
    return default_of(catalog, text_id.for_all)


def unnamed_facts(key: str, text: str) -> Sequence[str]:
    """Return the required facts that a text does not contain. Raises ValueError for a text that cannot be parsed."""
    return [name for name in rule_of(_general(key)).needs if name not in facts_of(text)]


def _general(key: str) -> str:
    """Return the key of the general text to which the text for a single plan or resource belongs."""
    return TextId("", key).for_all.key


def check_text(key: str, default: str, text: str) -> None:
    """Check a text that the operator edited. `default`: text that determines which facts are allowed. Raises Wrong with
    the problem.
    """
    if not text.strip() and default.strip():
        raise Wrong("text_empty")
    longest = longest_of(key)
    _check_facts(default, text)
    if missing_names := unnamed_facts(key, text):
        raise Wrong("text_needs", names=", ".join(f"{{{name}}}" for name in missing_names))
    is_plain = key.startswith(PAGES) or rule_of(_general(key)).is_plain
    if is_plain or (not has_markup(default) and "\n" not in default):
        if has_markup(text):
            raise Wrong("text_plain")
        if "<" in text and not is_plain and not key.startswith(_LINE):
            # The text is part of a message that Telegram would refuse.
            raise Wrong("text_markup", tag="<")
    else:
        check_markup(text)
    if key.startswith(_LINE) and "\n" in text:
        raise Wrong("text_line")
    length = len(re.sub(r"<[^>]*>", "", text))
    if length > longest:
        raise Wrong("text_long", n=str(length), limit=str(longest))


def longest_of(key: str) -> int:
    """Return the maximum length of a text, in characters."""
    if key.startswith("buttons."):
        return LONGEST_BUTTON
    if key in CAPTIONS or rule_of(key).is_caption:
        return LONGEST_CAPTION
    return LONGEST_COMMAND if key.startswith("chat.commands.") else LONGEST


def facts_of(text: str) -> dict[str, set[str]]:
    """Return the facts that a text contains, each with its format specifications, such as `{price:quoted}`. Raises
    ValueError for a text that cannot be parsed.
    """
    facts: dict[str, set[str]] = {}
    for _, name, format_spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if conversion or not name.isidentifier():
            raise ValueError(name)
        facts.setdefault(name, set()).add(format_spec or "")
    return facts


def _check_facts(default: str, text: str) -> None:
    known_names = facts_of(default)
    try:
        facts = facts_of(text)
    except ValueError:
        raise Wrong("text_braces") from None
    names = ", ".join(f"{{{name}}}" for name in known_names) or "–"
    for name, variants in facts.items():
        if name not in known_names:
            raise Wrong("text_fact", name=f"{{{name}}}", names=names)
        if not variants <= known_names[name] | {""}:
            raise Wrong("text_braces")
    # Links to the terms and similar pages must be kept.
    for name in _LINKS.findall(default):
        if name not in facts:
            raise Wrong("text_link", name=f"{{{name}}}")


def has_markup(text: str) -> bool:
    """Return True if the text has a tag, even one unknown to Telegram."""
    return re.search(r"</?[a-zA-Z]", text) is not None


def check_markup(text: str) -> None:
    """Raise Wrong for a tag that Telegram does not support, or that is not closed."""
    markup = _Markup()
    markup.feed(text)
    markup.close()
    if markup.wrong or markup.open:
        raise Wrong("text_markup", tag=markup.wrong or f"<{markup.open[-1]}>")
    if "<" in re.sub(r"</?[a-z][^<>]*>", "", text):
        raise Wrong("text_markup", tag="<")


def _fits(tag: str, attributes: dict[str, str]) -> bool:
    """Return True if a tag has exactly the attributes that it needs."""
    if tag == "a":
        return attributes.keys() == {"href"} and bool(attributes["href"])
    number = attributes.pop(_NUMBERS[tag], "") if tag in _NUMBERS else "1"
    moment_format = attributes.pop("format", "") if tag == "tg-time" else ""
    if tag == "blockquote":
        attributes.pop("expandable", None)
    return number.isdecimal() and bool(_DATE_FORMAT.fullmatch(moment_format)) and not attributes


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS or not _fits(tag, {name: value or "" for name, value in attrs}):
            self.wrong = self.wrong or f"<{tag}>"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong = self.wrong or f"</{tag}>"
