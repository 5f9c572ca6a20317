"""Conversion of Telegram's HTML for the Mini App's page: supported tags are kept, everything else is escaped as text.

https://core.telegram.org/bots/api#html-style
"""

import re
from html import escape, unescape
from html.parser import HTMLParser
from typing import Final

_SAME: Final = frozenset({"b", "strong", "i", "em", "u", "s", "code", "pre", "blockquote"})
_LINK: Final = re.compile(r"(?:https?|tg|mailto):", re.ASCII)
_COMMAND: Final = re.compile(r"(?<![^\s(])(/[a-z]{3,20}(?:_[a-z]{1,20})?)(?![\w/]|\.\w)")
"""Pattern of a command in a text. Telegram shows such a command as a link."""
_HEADING: Final = re.compile(r"\s*([^<\n]{0,12}<b>[^\n]*?</b>[^\w<\n]*)(?:\n|$)")
"""Pattern of a bold first line, with an optional emoji before it."""


class _Page(HTMLParser):
    def __init__(self, presses: bool) -> None:
        super().__init__()
        self._presses = presses
        self.parts: list[str] = []
        self._in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._in_link = True
            url = dict(attrs).get("href") or ""
            self.parts.append(f'<a href="{escape(url)}">' if _LINK.match(url) else "<a>")
        elif tag in _SAME:
            self.parts.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_link = False
        if tag == "a" or tag in _SAME:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._in_link or not self._presses:
            self.parts.append(escape(data))
            return
        pieces = _COMMAND.split(data)
        self.parts += [_command(each) if index % 2 else escape(each) for index, each in enumerate(pieces)]


def _command(command: str) -> str:
    return f'<button class="command" type="button" data-press="{command}">{command}</button>'


def split_heading(text: str, *, presses: bool = True) -> tuple[str, str]:
    """Return a message's heading as plain text and the remaining text as HTML. The heading is empty if the first line
    is not a heading.

    presses: as in `as_page`.
    """
    match = _HEADING.match(text)
    if match is None:
        return "", as_page(text, presses=presses)
    return unescape(re.sub(r"<[^>]*>", "", match[1])).strip(), as_page(text[match.end() :], presses=presses)


def as_page(text: str, *, presses: bool = True) -> str:
    """Return a Telegram message as an HTML fragment; the style sheet preserves its line breaks.

    presses: True to turn commands in the text into buttons.
    """
    page = _Page(presses)
    page.feed(text.strip())
    page.close()
    return re.sub(r"\n*(</?blockquote>)\n*", r"\1", "".join(page.parts))
