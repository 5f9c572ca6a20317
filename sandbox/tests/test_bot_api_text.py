"""Formatted text: HTML and MarkdownV2 as the Bot API parses them."""

import pytest
from pydantic import ValidationError

from umbral_sandbox.bot_api.entities.parse import caption_text, message_text
from umbral_sandbox.bot_api.errors import BotApiError
from umbral_sandbox.bot_api.parameters.text import MessageEntity


def _html(source: str) -> tuple[str, list[dict[str, object]]]:
    parsed = message_text(source, "HTML", None)
    return parsed.text, parsed.entities


def _markdown(source: str) -> tuple[str, list[dict[str, object]]]:
    parsed = message_text(source, "MarkdownV2", None)
    return parsed.text, parsed.entities


def test_positions_of_html_entities_are_counted_in_utf16_units() -> None:
    text, entities = _html("<b>hi</b> &lt;x&gt; 😀<i>a<u>b</u></i>")
    assert text == "hi <x> 😀ab"
    assert entities == [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "italic", "offset": 9, "length": 2},
        {"type": "underline", "offset": 10, "length": 1},
    ]


def test_html_links_code_and_quotes_become_entities() -> None:
    assert _html('<a href="https://x.y/?a=1&amp;b=2">k</a>')[1] == [
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://x.y/?a=1&b=2"}
    ]
    assert _html('<pre><code class="language-python">x=1</code></pre>')[1] == [
        {"type": "pre", "offset": 0, "length": 3, "language": "python"}
    ]
    assert _html("<blockquote expandable>q</blockquote>")[1][0]["type"] == "expandable_blockquote"
    assert _html('<span class="tg-spoiler">s</span><tg-spoiler>t</tg-spoiler>')[0] == "st"


def test_white_space_at_the_ends_is_stripped() -> None:
    assert _html("  <b> x </b>\n") == ("x", [{"type": "bold", "offset": 0, "length": 1}])


def test_addresses_mentions_and_commands_are_detected() -> None:
    _, entities = _html("see http://a.b/c. or /start @hello, <code>/not @these</code>")
    kinds = [(entity["type"], entity["offset"]) for entity in entities if entity["type"] != "code"]
    assert kinds == [("url", 4), ("bot_command", 21), ("mention", 28)]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<foo>", 'Unsupported start tag "foo" at byte offset 0'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("é<b>x</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_html_is_refused(source: str, reason: str) -> None:
    with pytest.raises(BotApiError) as caught:
        _html(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"


def test_markdown_marks_become_entities() -> None:
    text, entities = _markdown("*b* _i_ __u__ ~s~ ||p|| `c.` [x](https://a.b/) 1\\.5")
    assert text == "b i u s p c. x 1.5"
    assert [entity["type"] for entity in entities] == [
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "code",
        "text_link",
    ]


def test_markdown_blocks_and_quotes_become_entities() -> None:
    assert _markdown("```python\nx=1```")[1] == [{"type": "pre", "offset": 0, "length": 3, "language": "python"}]
    assert _markdown(">q\n>r\nz")[1] == [{"type": "blockquote", "offset": 0, "length": 4}]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("29.99", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a - b", "Character '-' is reserved and must be escaped with the preceding '\\'"),
        ("*x", "Can't find end of Bold entity at byte offset 0"),
        ("[x](http://a", "Can't find end of a URL at byte offset 4"),
    ],
)
def test_broken_markdown_is_refused(source: str, reason: str) -> None:
    with pytest.raises(BotApiError) as caught:
        _markdown(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"


def test_length_limits_apply_after_parsing() -> None:
    assert len(_html("<b>" + "x" * 4096 + "</b>")[0]) == 4096
    with pytest.raises(BotApiError, match="message is too long"):
        _html("x" * 4097)
    with pytest.raises(BotApiError, match="message text is empty"):
        _html("<b> </b>")
    with pytest.raises(BotApiError, match="message caption is too long"):
        caption_text("x" * 1025, None, None)
    with pytest.raises(BotApiError, match="unsupported parse_mode"):
        message_text("x", "bbcode", None)


def test_date_and_time_tags_become_entities() -> None:
    text, entities = _html('Hasta <b><tg-time unix="1647531900" format="wDT">mañana 22:45</tg-time></b>')
    moment = {"type": "date_time", "offset": 6, "length": 12, "unix_time": 1647531900, "date_time_format": "wDT"}
    assert (text, moment in entities) == ("Hasta mañana 22:45", True)
    # tdlib, MessageEntity.cpp: without a date it is plain text.
    assert _html("<tg-time>mañana</tg-time>") == ("mañana", [])
    with pytest.raises(BotApiError, match="Invalid date format used"):
        _html('<tg-time unix="1647531900" format="rx">mañana</tg-time>')
    given = {"type": "date_time", "offset": 0, "length": 6, "unix_time": 1647531900, "date_time_format": "r"}
    assert message_text("mañana", None, [MessageEntity.model_validate(given)]).entities == [given]
    for wrong in ({"unix_time": None}, {"unix_time": 0}, {"date_time_format": "tr"}):
        with pytest.raises(ValidationError):
            MessageEntity.model_validate(given | wrong)
