"""Parser of `parse_mode=HTML`."""

import html
import re
from dataclasses import dataclass

from .links import link_entity
from .text import Entity, EntityError, FormattedText, Output, is_date_format

_SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
}
_TAGS = {*_SIMPLE, "a", "pre", "blockquote", "tg-emoji", "tg-time"}
_LEADING_NUMBER = re.compile(r"-?\d+")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)(?=[\s>]))""")
_BARE = re.compile(r"\s*([a-zA-Z-]+)(?=[\s>])")


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    date: int = 0


def parse_html(source: str) -> FormattedText:
    """Parse `source` into text and entities; raise EntityError with the position in bytes."""
    return _Html(source).parse()


class _Html:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._out = Output()
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def parse(self) -> FormattedText:
        while self._at < len(self._source):
            char = self._source[self._at]
            if char == "<":
                if self._source.startswith("</", self._at):
                    self._close_tag()
                else:
                    self._open_tag()
            else:
                self._character(char)
        if self._open:
            raise EntityError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        return FormattedText(self._out.text(), self._entities)

    def _character(self, char: str) -> None:
        reference = _REFERENCE.match(self._source, self._at) if char == "&" else None
        self._out.add(_decoded(reference) if reference else char)
        self._at = reference.end() if reference else self._at + 1

    def _open_tag(self) -> None:
        begin = self._at
        match = re.compile(r"<([^\s>]*)").match(self._source, begin)
        tag = match[1].lower() if match else ""
        self._at = begin + 1 + len(tag)
        if self._at >= len(self._source):
            raise EntityError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if tag not in _TAGS:
            raise EntityError(f'Unsupported start tag "{tag}" at byte offset {self._byte(begin)}')
        attributes = self._attributes(tag, begin)
        argument = _argument(tag, attributes)
        if tag == "span" and argument != "spoiler":
            position = self._byte(begin)
            raise EntityError(f'Tag "span" must have class "tg-spoiler" at byte offset {position}')
        date = _LEADING_NUMBER.match(attributes.get("unix", "")) if tag == "tg-time" else None
        self._open.append(_Open(tag, argument, self._out.position, int(date[0]) if date else 0))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            rest = re.compile(r"\s*").match(self._source, self._at)
            self._at = rest.end() if rest else self._at
            if self._at >= len(self._source):
                raise EntityError(f'Unclosed start tag "{tag}" at byte offset {self._byte(begin)}')
            if self._source[self._at] == ">":
                self._at += 1
                return found
            match = _ATTRIBUTE.match(self._source, self._at)
            if match is None:
                match = _BARE.match(self._source, self._at)
                if match is None or tag != "blockquote":
                    raise EntityError(
                        "Expected equal sign in declaration of an attribute of the tag "
                        f'"{tag}" at byte offset {self._byte(begin)}'
                    )
                found[match[1].lower()] = ""
            else:
                value = next((group for group in match.groups()[1:] if group is not None), "")
                found[match[1].lower()] = html.unescape(value)
            self._at = match.end()

    def _close_tag(self) -> None:
        begin = self._at
        position = self._byte(begin)
        if not self._open:
            raise EntityError(f"Unexpected end tag at byte offset {position}")
        match = re.compile(r"</([^\s>]*)\s*>").match(self._source, begin)
        if match is None:
            raise EntityError(f"Unclosed end tag at byte offset {position}")
        opened = self._open.pop()
        found = match[1].lower()
        if found and found != opened.tag:
            raise EntityError(
                f'Unmatched end tag at byte offset {position}, expected "</{opened.tag}>", found "</{found}>"'
            )
        self._at = match.end()
        self._finish(opened)

    def _finish(self, opened: _Open) -> None:
        length = self._out.position - opened.offset
        if not length:
            return
        entity = self._entity(opened, length)
        if entity is not None:
            self._entities.append(entity)

    def _entity(self, opened: _Open, length: int) -> Entity | None:
        range_fields: Entity = {"offset": opened.offset, "length": length}
        if opened.tag == "a":
            return link_entity(opened.argument or self._out.since(opened.offset), opened.offset, length)
        if opened.tag == "pre":
            return {"type": "pre", **range_fields, **self._language(opened.offset, length)}
        if opened.tag == "blockquote":
            return {"type": "expandable_blockquote" if opened.argument else "blockquote", **range_fields}
        if opened.tag == "tg-emoji":
            return {"type": "custom_emoji", **range_fields, "custom_emoji_id": opened.argument}
        if opened.tag == "tg-time":
            if not is_date_format(opened.argument):
                raise EntityError("Invalid date format used")
            date: Entity = {
                "type": "date_time",
                **range_fields,
                "unix_time": opened.date,
                "date_time_format": opened.argument,
            }
            return date if opened.date > 0 else None
        nested = opened.tag == "code" and any(outer.tag == "pre" for outer in self._open)
        extra: Entity = {"language": opened.argument} if nested and opened.argument else {}
        return {"type": _SIMPLE[opened.tag], **range_fields, **extra}

    def _language(self, offset: int, length: int) -> Entity:
        """Merge `<pre><code class="language-x">` into one block by dropping the inner entity."""
        if self._entities and self._entities[-1]["type"] == "code":
            inner = self._entities[-1]
            if (inner["offset"], inner["length"]) == (offset, length):
                self._entities.pop()
                return {"language": inner["language"]} if "language" in inner else {}
        return {}

    def _byte(self, index: int) -> int:
        return len(self._source[:index].encode())


def _decoded(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    valid = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(code) if valid else match[0]


_ARGUMENTS = {"a": "href", "tg-emoji": "emoji-id", "tg-time": "format"}
"""HTML attribute that contains the argument of an entity, keyed by the tag."""


def _argument(tag: str, attributes: dict[str, str]) -> str:
    css = attributes.get("class", "")
    match tag:
        case "code":
            return css.removeprefix("language-") if css.startswith("language-") else ""
        case "span":
            return css.removeprefix("tg-") if css.startswith("tg-") else ""
        case "blockquote":
            return "1" if "expandable" in attributes else ""
        case _:
            return attributes.get(_ARGUMENTS.get(tag, ""), "")
