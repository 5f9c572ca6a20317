"""Parser of `parse_mode=MarkdownV2`."""

from dataclasses import dataclass

from .links import link_entity
from .text import Entity, EntityError, FormattedText, Output

_RESERVED = "_*[]()~`>#+-=|{}.!"
_MARKS = {"*": "bold", "__": "underline", "_": "italic", "~": "strikethrough", "||": "spoiler"}
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
}


@dataclass(frozen=True, slots=True)
class _Open:
    kind: str
    mark: str
    offset: int
    begin: int
    language: str = ""


def parse_markdown(source: str) -> FormattedText:
    """Parse `source` into text and entities; raise EntityError with the position in bytes."""
    return _Markdown(source).parse()


class _Markdown:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._out = Output()
        self._open: list[_Open] = []
        self._quote: int | None = None
        self._entities: list[Entity] = []

    def parse(self) -> FormattedText:
        while self._at < len(self._source):
            self._step()
        self._end_quote()
        if self._open:
            last = self._open[-1]
            position = self._byte(last.begin)
            raise EntityError(f"Can't find end of {_NAMES[last.kind]} entity at byte offset {position}")
        return FormattedText(self._out.text(), self._entities)

    def _step(self) -> None:
        char = self._source[self._at]
        following = self._source[self._at + 1 : self._at + 2]
        verbatim = bool(self._open) and self._open[-1].kind in ("code", "pre")
        if char == "\\" and following and following.isascii():
            self._take(following, 2)
        elif self._open and self._source.startswith(self._open[-1].mark, self._at):
            self._close()
        elif verbatim or char not in _RESERVED:
            self._plain(char)
        elif char == ">" and self._line_start():
            self._quote = self._out.position if self._quote is None else self._quote
            self._at += 1
        else:
            self._begin(char)

    def _plain(self, char: str) -> None:
        self._take(char, 1)
        if char == "\n" and self._quote is not None and self._source[self._at : self._at + 1] != ">":
            self._end_quote()

    def _take(self, text: str, width: int) -> None:
        self._out.add(text)
        self._at += width

    def _line_start(self) -> bool:
        return self._at == 0 or self._source[self._at - 1] == "\n"

    def _begin(self, char: str) -> None:
        pair = self._source[self._at : self._at + 2]
        if self._source.startswith("```", self._at):
            self._begin_block()
        elif char == "`":
            self._push("code", "`", 1)
        elif pair in ("__", "||"):
            self._push(_MARKS[pair], pair, 2)
        elif char in "*_~":
            self._push(_MARKS[char], char, 1)
        elif char == "[":
            self._push("text_link", "]", 1)
        elif pair == "![":
            self._push("custom_emoji", "]", 2)
        else:
            raise EntityError(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")

    def _begin_block(self) -> None:
        begin, at = self._at, self._at + 3
        end = at
        while end < len(self._source) and not self._source[end].isspace() and self._source[end] != "`":
            end += 1
        language = self._source[at:end] if self._source[end : end + 1] == "\n" else ""
        at = end if language else at
        at += 1 if self._source[at : at + 1] == "\n" else 0
        self._open.append(_Open("pre", "```", self._out.position, begin, language))
        self._at = at

    def _push(self, kind: str, mark: str, width: int) -> None:
        self._open.append(_Open(kind, mark, self._out.position, self._at))
        self._at += width

    def _close(self) -> None:
        opened = self._open.pop()
        self._at += len(opened.mark)
        target = self._target() if opened.mark == "]" else ""
        length = self._out.position - opened.offset
        entity = self._entity(opened, length, target) if length else None
        if entity is not None:
            self._entities.append(entity)

    def _entity(self, opened: _Open, length: int, target: str) -> Entity | None:
        range_fields: Entity = {"offset": opened.offset, "length": length}
        match opened.kind:
            case "text_link":
                return link_entity(target or self._out.since(opened.offset), opened.offset, length)
            case "custom_emoji":
                emoji = target.removeprefix("tg://emoji?id=")
                return {"type": "custom_emoji", **range_fields, "custom_emoji_id": emoji}
            case "pre" if opened.language:
                return {"type": "pre", **range_fields, "language": opened.language}
            case kind:
                return {"type": kind, **range_fields}

    def _target(self) -> str:
        if self._source[self._at : self._at + 1] != "(":
            return ""
        begin = self._at + 1
        url = ""
        at = begin
        while at < len(self._source) and self._source[at] != ")":
            at += 1 if self._source[at] == "\\" and at + 1 < len(self._source) else 0
            url += self._source[at]
            at += 1
        if at >= len(self._source):
            raise EntityError(f"Can't find end of a URL at byte offset {self._byte(begin)}")
        self._at = at + 1
        return url

    def _end_quote(self) -> None:
        if self._quote is not None and self._out.position > self._quote:
            length = self._out.position - self._quote
            self._entities.append({"type": "blockquote", "offset": self._quote, "length": length})
        self._quote = None

    def _byte(self, index: int) -> int:
        return len(self._source[:index].encode())
