"""Activity feed messages, as shown to owners and groups."""

from __future__ import annotations

from uuid import UUID

import pytest

from bot.screens.notices import render
from bot.texts import texts_for
from features.news.domain import DEFAULT_TOPICS, NewsChat, Topic
from features.news.messages import News, NewsTogether
from features.news.settings import news_chats
from subscriptions.domain.ids import TelegramId

ANA = UUID("019a3f00-0000-7000-8000-000000000001")
FACTS = {"who": "<b>Ana", "customer": str(ANA), "plan": "Retabet", "minor": "2999", "currency": "EUR"}


def test_sale_notification_names_customer_plan_and_amount_and_links_to_the_customer() -> None:
    screen = render(News(topic=Topic.SALE, facts=FACTS), "es")
    assert screen.text == "💶 <b>Venta</b>: 29,99\xa0€ · Retabet\n&lt;b&gt;Ana"
    assert screen.markup is not None
    ((button,),) = screen.markup.inline_keyboard
    assert (button.callback_data or "").startswith("a:c:")


def test_group_button_links_to_the_chat_with_the_bot() -> None:
    screen = render(News(topic=Topic.SALE, facts=FACTS | {"bot": "umbral_bot"}, thread_id=7), "es")
    assert screen.markup is not None
    ((button,),) = screen.markup.inline_keyboard
    assert (button.url or "").startswith("https://t.me/umbral_bot?start=c_")


def test_cancellation_reason_is_written_in_words() -> None:
    text = render(News(topic=Topic.CANCELLATION, facts=FACTS | {"reason": "price", "until": ""}), "en").text
    assert text.splitlines()[-1] == f"Reason: {texts_for('en').plain('buttons.reason.price')}"


def test_combined_notification_counts_entries_by_topic_with_amounts() -> None:
    dollars = FACTS | {"minor": "999", "currency": "USD"}
    reported = tuple(News(topic=Topic.SALE, facts=facts) for facts in [FACTS] * 3 + [dollars])
    text = render(NewsTogether(news=(*reported, News(topic=Topic.REFUND, facts=FACTS))), "es").text
    assert text.splitlines() == [
        "🔔 <b>5 novedades a la vez</b>",
        "",
        "💶 Ventas: 4 · 89,97\xa0€ · 9,99\xa0US$",
        "↩️ Devoluciones: 1 · 29,99\xa0€",
    ]


def test_stored_activity_entry_is_restored_unchanged() -> None:
    reported = News(topic=Topic.DISPUTE, said="won", facts=FACTS, thread_id=7)
    assert News.from_params(reported.to_params()) == reported


def test_activity_groups_are_parsed_from_the_settings() -> None:
    chat = TelegramId(-1001234567890)
    assert news_chats("-1001234567890, sale+refund=-1001234567890/7") == (
        NewsChat(chat=chat, topics=DEFAULT_TOPICS),
        NewsChat(chat=chat, thread=7, topics=frozenset({Topic.SALE, Topic.REFUND})),
    )


@pytest.mark.parametrize("wrong", ["1234", "-100/x", "sales=-1001234567890", "=-1001234567890"])
def test_invalid_activity_group_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"must be like|have an event called"):
        news_chats(wrong)
