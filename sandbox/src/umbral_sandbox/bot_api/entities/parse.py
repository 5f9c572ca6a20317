"""Conversion of the text of a call (with `parse_mode` or entities) into the text stored in a message."""

import re
from collections.abc import Sequence

from umbral_sandbox.bot_api.errors import bad_request
from umbral_sandbox.bot_api.parameters.text import MessageEntity

from .html import parse_html
from .markdown import parse_markdown
from .text import Entity, EntityError, FormattedText, trimmed, utf16_length

MESSAGE_LIMIT = 4096
CAPTION_LIMIT = 1024
_FOUND = re.compile(
    r"(?P<url>(?<![\w@/.])https?://[^\s<>\"]+[^\s<>\".,;:!?)])"
    r"|(?P<mention>(?<![\w@/])@[A-Za-z]\w{3,31}\b)"
    r"|(?P<bot_command>(?<![\w/@])/[A-Za-z0-9_]{1,64}\b)"
)


def format_text(source: str, parse_mode: str | None, given: Sequence[MessageEntity] | None) -> FormattedText:
    """Return the formatted text; raise BotApiError if it cannot be parsed."""
    try:
        parsed = _parsed(source, parse_mode, given)
    except EntityError as error:
        raise bad_request(f"can't parse entities: {error}") from error
    result = trimmed(parsed)
    return FormattedText(result.text, result.entities + _found(result))


def message_text(
    source: str,
    parse_mode: str | None,
    given: Sequence[MessageEntity] | None,
    too_long: str = "message is too long",
) -> FormattedText:
    """Return the text of a message, 1-4096 characters after parsing."""
    result = format_text(source, parse_mode, given)
    if not result.text:
        raise bad_request("message text is empty")
    if utf16_length(result.text) > MESSAGE_LIMIT:
        raise bad_request(too_long)
    return result


def caption_text(source: str | None, parse_mode: str | None, given: Sequence[MessageEntity] | None) -> FormattedText:
    """Return a caption, 0-1024 characters after parsing."""
    result = format_text(source or "", parse_mode, given)
    if utf16_length(result.text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return result


def _parsed(source: str, parse_mode: str | None, given: Sequence[MessageEntity] | None) -> FormattedText:
    match (parse_mode or "").lower():
        case "":
            return FormattedText(source, _checked(source, given or ()))
        case "html":
            return parse_html(source)
        case "markdownv2":
            return parse_markdown(source)
        case _:
            raise bad_request("unsupported parse_mode")


def _checked(source: str, given: Sequence[MessageEntity]) -> list[Entity]:
    size = utf16_length(source)
    for entity in given:
        if entity.offset < 0 or entity.length <= 0 or entity.offset + entity.length > size:
            raise bad_request("entity beyond the end of the text")
    return [entity.model_dump(exclude_none=True) for entity in given]


def _found(formatted: FormattedText) -> list[Entity]:
    """Return the addresses, mentions and commands that Telegram detects outside other links."""
    taken = [entity for entity in formatted.entities if entity["type"] in ("text_link", "code", "pre")]
    found: list[Entity] = []
    for match in _FOUND.finditer(formatted.text):
        offset = utf16_length(formatted.text[: match.start()])
        length = utf16_length(match[0])
        if not any(_overlap(entity, offset, length) for entity in taken):
            found.append({"type": str(match.lastgroup), "offset": offset, "length": length})
    return found


def _overlap(entity: Entity, offset: int, length: int) -> bool:
    begin, size = entity["offset"], entity["length"]
    if not isinstance(begin, int) or not isinstance(size, int):
        return False
    return begin < offset + length and offset < begin + size
