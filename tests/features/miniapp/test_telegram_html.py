"""Chat texts as part of a page: allowed tags only, whatever a name contains."""

from __future__ import annotations

import pytest

from features.miniapp.web.telegram_html import as_page, split_heading

SHOWN = {
    "<b>Plan</b> &lt;b&gt;&amp;_*": "<b>Plan</b> &lt;b&gt;&amp;_*",
    "<script>alert(1)</script>": "alert(1)",
    '<b onclick="x()">a</b>': "<b>a</b>",
    '<a href="https://x.example/?a=1&amp;b=2">x</a>': '<a href="https://x.example/?a=1&amp;b=2">x</a>',
    '<a href="javascript:alert(1)">x</a>': "<a>x</a>",
    '<a href="https://x.example/&quot;onclick=&quot;y">/planes</a>': (
        '<a href="https://x.example/&quot;onclick=&quot;y">/planes</a>'
    ),
    "a\n\n<blockquote>b\nc</blockquote>\nd": "a<blockquote>b\nc</blockquote>d",
    "https://x.example/planes": "https://x.example/planes",
}


@pytest.mark.parametrize(("notified", "shown"), SHOWN.items())
def test_chat_text_is_converted_to_page_html(notified: str, shown: str) -> None:
    assert as_page(notified) == shown


def test_command_in_a_text_becomes_a_button() -> None:
    assert as_page("con /cancelar.").startswith('con <button class="command" type="button" data-press="/cancelar">')
    assert "<button" not in as_page("1/planes x/y.example/z /a.b 29,99 €/mes")


@pytest.mark.parametrize(
    ("notified", "heading", "text"),
    [
        ("📱 <b>Tu página</b>\n\nLo mismo", "📱 Tu página", "Lo mismo"),
        ("🎰 <b>Retabet</b> · 29 €\nx", "", "🎰 <b>Retabet</b> · 29 €\nx"),
        ("Sin título\n<b>x</b>", "", "Sin título\n<b>x</b>"),
        ("<b>&lt;i&gt;</b>", "<i>", ""),
    ],
)
def test_bold_first_line_is_the_heading(notified: str, heading: str, text: str) -> None:
    assert split_heading(notified) == (heading, text)
