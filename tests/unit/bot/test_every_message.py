"""Check that messages of every kind are rendered from typed facts alone, without a database or a process."""

from __future__ import annotations

import string
from dataclasses import MISSING, fields
from datetime import date, datetime, timedelta
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.formats import calendar_day, day, moment
from bot.screens import notices
from bot.texts import LANGUAGES, Texts, texts_for
from subscriptions.application.messages.announcement import ANNOUNCEMENTS, AlarmMessage, Announcement
from subscriptions.application.messages.channel_messages import ActionRequiredMessage, VipEntry
from subscriptions.application.messages.payment_messages import PaymentFlaggedMessage, Withdrawn
from subscriptions.application.messages.subscription_messages import AccessMovedMessage, SubscriptionMessage
from subscriptions.domain.entities.notification import FORM, Message
from subscriptions.domain.money import Money
from tests.fakes.announcements import NOW, announcement
from tests.support.each_case import each_case
from tests.support.of_features import message_kinds

KINDS = list(ANNOUNCEMENTS)
BY_DAY = {"kept", "ended_at", "stays"}

MONEY = st.builds(Money, st.integers(1, 10_000_000), st.sampled_from(["EUR", "USD", "JPY", "KWD", "XTR"]))
MOMENTS = st.timedeltas(timedelta(), timedelta(days=7300)).map(lambda since: NOW + since)
WORDS = st.sampled_from(["Retabet", "<b>&_*😀</b>", "x" * 60, "👨‍👩‍👧‍👦 {0} {plan}", ""])
STAGES = st.sampled_from([None, 1, 2, 3])
OF_A_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    bool: st.booleans(),
    Money: MONEY,
    Money | None: st.none() | MONEY,
    tuple[Money, ...]: st.lists(MONEY, min_size=1, max_size=2).map(tuple),
    datetime: MOMENTS,
    datetime | None: st.none() | MOMENTS,
    date | None: st.none() | st.dates(date(2026, 1, 1), date(2040, 1, 1)),
    int | None: STAGES,
    str | None: st.none() | WORDS,
}
BY_NAME = {
    **dict.fromkeys(("document", "record", "order"), st.uuids().map(lambda value: value.hex)),
    "resource": st.from_regex("[a-z0-9-]{1,40}", fullmatch=True),
}
"""Hypothesis strategies for facts that are ids in a button's data, which Telegram limits to 64 bytes."""


def any_of(kind: str) -> st.SearchStrategy[Announcement]:
    """Return a strategy for messages of a kind with any facts allowed by its types."""
    made = ANNOUNCEMENTS[kind]
    kinds = get_type_hints(made)
    return st.builds(made, **{item.name: BY_NAME.get(item.name, OF_A_TYPE[kinds[item.name]]) for item in fields(made)})


MESSAGES = st.sampled_from(KINDS).flatmap(any_of)


def template(t: Texts, message: Message) -> str:
    """Return the template of the message, which its kind and its word or reason determine. Unknown reasons have a
    common template.
    """
    key = f"notices.{message.kind}"
    if isinstance(message, AccessMovedMessage) and message.held:
        return t.entries[f"{key}_held"]
    if isinstance(message, SubscriptionMessage) and message.shared and t.has(f"{key}_vip"):
        return t.entries[f"{key}_vip"]
    if isinstance(message, PaymentFlaggedMessage | ActionRequiredMessage):
        return t.entries.get(f"{key}.{message.reason}", t.entries[f"{key}.other"])
    return t.entries[f"{key}.{message.word}" if message.word else key]


def as_read(t: Texts, name: str, fact: object) -> str:
    """Return the fact as shown to its reader, or "" if there is no text to search for."""
    if isinstance(fact, datetime):
        return day(t, fact) if name in BY_DAY else moment(t, fact)
    return t.money(fact) if isinstance(fact, Money) else ""


def test_every_message_kind_has_its_class() -> None:
    assert {*ANNOUNCEMENTS, AlarmMessage.kind} == message_kinds() - {"owner_news"}
    assert all(ANNOUNCEMENTS[kind].kind == kind for kind in KINDS)


@given(MESSAGES)
def test_every_message_has_localized_amounts_and_dates_in_every_language(
    message: Announcement,
) -> None:
    for language in LANGUAGES:
        t = texts_for(language)
        screen = notices.render(message, language, "@help")
        assert "<b>&_*" not in screen.text
        if isinstance(message, VipEntry):
            continue
        if isinstance(message, Withdrawn):
            due = calendar_day(t, message.due.astimezone(t.zone).date())
            time, _, zone = moment(t, message.declared_at).partition(" (")
            assert time in screen.text
            assert screen.text.count(f" ({zone}") == 1, "the zone is named once on a screen"
            assert not message.amount or due in screen.text
            continue
        for _, name, _, _ in string.Formatter().parse(template(t, message)):
            assert as_read(t, name or "", getattr(message, name or "", None)) in screen.text
        assert ("@help" in screen.text) is message.may_need_help


@each_case("kind", KINDS)
def test_message_without_a_required_field_cannot_be_created(kind: str) -> None:
    whole = announcement(kind)
    needed = [item.name for item in fields(whole) if item.default is MISSING]
    assert needed
    for name in needed:
        facts = {item: fact for item, fact in vars(whole).items() if item != name}
        with pytest.raises(TypeError, match=name):
            type(whole)(**facts)


@given(MESSAGES)
def test_stored_message_contains_each_field_as_text_under_its_name(message: Announcement) -> None:
    written = message.to_params()
    assert written.pop("v") == FORM
    assert written.keys() == {item.name for item in fields(message)}
    for name, text in written.items():
        fact = getattr(message, name)
        assert isinstance(text, str)
        assert bool(text) is (fact not in {None, "", False})
        if isinstance(fact, datetime):
            assert datetime.fromisoformat(text) == fact


def test_stored_alarm_contains_only_its_kind_and_its_details() -> None:
    assert AlarmMessage(alarm="pool_dry", facts={"accounts": "2"}).to_params() == {"alarm": "pool_dry", "accounts": "2"}
