"""Screens of the activity feed, and of an owner's choice of topics."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from aiogram.types import InlineKeyboardButton

from bot.formats import day, day_of
from bot.keyboards import button, keyboard, link
from bot.panel.data import CARD, data, short
from bot.screens import Screen
from bot.screens.panel.frame import pairs, screen, up
from bot.texts import Texts
from features.news.domain import Topic
from features.news.messages import News, NewsTogether
from subscriptions.domain.money import Money

_FIGURES = frozenset({Topic.DAILY, Topic.WEEKLY})


def news(t: Texts, item: News) -> Screen:
    """Render a single entry of the activity feed."""
    card_button = None if item.topic in _FIGURES else _card(t, item)
    return Screen("\n\n".join([*_lost_topic(t, item), _line(t, item)]), keyboard(card_button))


def digest(t: Texts, items: NewsTogether) -> Screen:
    """Render several entries as one message, with a count and sum per topic; entries with figures are shown in full."""
    figures = [_line(t, each) for each in items.news if each.topic in _FIGURES]
    rest = [each for each in items.news if each.topic not in _FIGURES]
    counts = Counter(each.topic for each in rest)
    lines = [
        t(f"news.many.{topic}", n=counts[topic], money=_money(t, [each for each in rest if each.topic == topic]))
        for topic in Topic
        if counts[topic]
    ]
    head = [t("news.together", n=len(rest)), "\n".join(lines)] if rest else []
    return Screen(
        "\n\n".join([*_lost_topic(t, items), *head, *figures]), keyboard(button(t.plain("news.people"), data("people")))
    )


def _lost_topic(t: Texts, news: News | NewsTogether) -> list[str]:
    return [] if news.lost is None else [t("news.topic_gone", topic=str(news.lost))]


def _line(t: Texts, news: News) -> str:
    facts = news.facts
    key = f"news.{news.topic}.{news.word}" if t.has(f"news.{news.topic}.{news.word}") else f"news.{news.topic}"
    if news.topic in _FIGURES:
        first_day, last_day = (datetime.fromisoformat(facts[name]) for name in ("day", "last"))
        earnings = _sums(t, facts["earned"]) or t.plain("numbers.nothing")
        return t(key, **{**facts, "day": day(t, first_day), "last": day(t, last_day), "earned": earnings})
    line = t(
        key if t.has(key) else "news.other",
        topic=news.topic,
        who=facts.get("who", ""),
        plan=facts.get("plan", ""),
        amount=news.amount or "",
        until=day_of(t, facts.get("until", "")),
    )
    reason = facts.get("reason", "")
    if not reason:
        return line
    word = t.plain(f"buttons.reason.{reason}") if t.has(f"buttons.reason.{reason}") else reason
    return f"{line}\n{t('news.reason', reason=word)}"


def _sums(t: Texts, text: str) -> str:
    """Format amounts such as `29.99 EUR · 500 XTR` for the reader's language. Text that an older release stored in
    another form is shown unchanged.
    """
    parts = [part.partition(" ") for part in text.split(" · ")]
    return " · ".join(
        str(t.money(Money.parse(amount, code, is_stored=True)))
        if code.isalpha() and code.isascii()
        else amount + space + code
        for amount, space, code in parts
    )


def _card(t: Texts, news: News) -> InlineKeyboardButton | None:
    """Return the button that opens the customer card; None for an entry without a customer. In a group, the button
    links to the chat with the bot, because only staff may see the card.
    """
    customer, bot = news.facts.get("customer", ""), news.facts.get("bot", "")
    if not customer:
        return None
    text = t.plain("buttons.their_card")
    if bot:
        return link(text, f"https://t.me/{bot}?start={CARD}{short(UUID(customer))}")
    return button(text, data("c", UUID(customer)))


def _money(t: Texts, news: list[News]) -> str:
    sums: dict[str, int] = {}
    for each in news:
        if each.amount is not None:
            sums[each.amount.currency] = sums.get(each.amount.currency, 0) + each.amount.minor
    return " · ".join(t.money(Money(minor, currency)) for currency, minor in sorted(sums.items()))


def topics(t: Texts, choices: Mapping[Topic, bool]) -> Screen:
    """Return the screen with one button per topic, which switches the topic on or off."""
    switches = [
        button(
            t.plain("news.on" if is_on else "news.off", topic=t.plain(f"news.topic.{topic}")),
            data("news.off" if is_on else "news.on", topic),
        )
        for topic, is_on in choices.items()
    ]
    return screen(t, t("news.panel"), *pairs(switches), back_to=up("news"))
