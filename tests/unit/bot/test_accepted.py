"""Check that an addition by a feature to a screen is left out if Telegram would reject it, and that the feature is
named in a report.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiogram.types import InlineKeyboardButton

from bot import feature as chat
from bot.accepted import LONGEST, LONGEST_PART, check_answer, length_of
from bot.feature import ChatPart
from bot.keyboards import button, link
from bot.screens import Screen, alarms
from bot.screens.panel.people import people
from bot.screens.status import status
from bot.status_section import StatusSection
from bot.texts import Texts, texts_for
from subscriptions.application import feature_failures
from subscriptions.application.feature_failures import FAILURES
from subscriptions.application.features import FeatureState, FeatureStates, InvalidFeature
from subscriptions.application.views.card_part import CardFacts, CardLine
from subscriptions.application.views.see_customers import CustomerView
from subscriptions.application.views.show_status import StatusView
from subscriptions.bootstrap.feature_states import RunningStates
from tests.fakes import samples
from tests.support.features import declared

T = texts_for("es")
GOOD = StatusSection(order=1, text="Tienes <b>dos</b> rifas", buttons=[[button("Ver", "raffle")]])


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Remove the recorded failures of other tests."""
    FAILURES.lasting.clear()
    FAILURES.waiting.clear()
    yield
    FAILURES.lasting.clear()
    FAILURES.waiting.clear()


class Found:
    """Pair of installed features: one that works, and the one under test."""

    def __init__(self, part: ChatPart) -> None:
        async def sections(customer: object, t: Texts) -> Sequence[StatusSection]:
            return [GOOD]

        self._parts: Mapping[str, ChatPart] = {
            "raffle": part,
            "works": ChatPart(sections=lambda container: sections),
        }
        self.features = {name: declared(name) for name in self._parts}

    def part(self, name: str, kind: type[Any]) -> Any:
        """Return the feature's declarations for the chat, whatever kind of part is requested."""
        return self._parts[name]


def container_of(part: ChatPart) -> Any:
    """Return a container with two installed features, one of which has this part."""
    found: Any = Found(part)
    states = FeatureStates(states=dict.fromkeys(found.features, FeatureState.ON))
    return SimpleNamespace(core=SimpleNamespace(features=lambda: RunningStates(found, states)))


async def sections_with(*sections: Any) -> list[StatusSection]:
    """Return the sections of the card after a feature added the given sections."""

    async def read(customer: object, t: Texts) -> Any:
        return sections

    readers = chat.status_sections(container_of(ChatPart(sections=lambda container: read)))
    nobody: Any = None
    return [section for read_each in readers for section in await read_each(nobody, T)]


REJECTED = {
    "open tag": StatusSection(order=1, text="<b>dos rifas"),
    "unknown tag": StatusSection(order=1, text="<table>"),
    "single sign": StatusSection(order=1, text="1 < 2"),
    "long": StatusSection(order=1, text="a" * (LONGEST_PART + 1)),
    "number as a text": StatusSection(order=1, text=7),  # type: ignore[arg-type]
    "no section": "dos rifas",
    "no order": StatusSection(order=None),  # type: ignore[arg-type]
    "long data": StatusSection(order=1, buttons=[[button("Ver", "r" * 65)]]),
    "no data": StatusSection(order=1, buttons=[[button("Ver", "")]]),
    "no label": StatusSection(order=1, buttons=[[button(" ", "raffle")]]),
    "no action": StatusSection(order=1, buttons=[[InlineKeyboardButton(text="Ver")]]),
    "address": StatusSection(order=1, buttons=[[link("Ver", "javascript:1")]]),
    "no button": StatusSection(order=1, buttons=[["Ver"]]),  # type: ignore[list-item]
    "wide row": StatusSection(order=1, buttons=[[button("Ver", "raffle")] * 9]),
    "many buttons": StatusSection(order=1, buttons=[[button("Ver", "raffle")]] * 21),
}


@pytest.mark.parametrize("kind", REJECTED)
async def test_status_card_leaves_out_only_the_section_that_telegram_would_reject(kind: str) -> None:
    assert await sections_with(GOOD, REJECTED[kind]) == [GOOD, GOOD]
    assert [*FAILURES.take()] == [("raffle", "section of the status card")]


@pytest.mark.parametrize("found", [None, 7, "dos rifas"])
async def test_status_card_leaves_out_a_feature_result_that_is_not_a_list_of_sections(found: Any) -> None:
    async def read(customer: object, t: Texts) -> Any:
        return found

    nobody: Any = None
    readers = chat.status_sections(container_of(ChatPart(sections=lambda container: read)))

    assert [section for each in readers for section in await each(nobody, T)] == [GOOD]


async def test_status_card_leaves_out_a_section_that_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_failures, "PATIENCE_S", 0)

    async def read(customer: object, t: Texts) -> Any:
        await asyncio.Event().wait()

    nobody: Any = None
    slow, _ = chat.status_sections(container_of(ChatPart(sections=lambda container: read)))

    assert await slow(nobody, T) == []
    assert [*FAILURES.take()] == [("raffle", "section of the status card")]


def test_card_text_stays_within_telegrams_limit() -> None:
    many = [StatusSection(order=number, text=f"{number}" * LONGEST_PART) for number in range(1, 6)]

    screen = status(T, StatusView(subscriptions=(), open_orders=(), payments=()), sections=many)

    assert length_of(screen.text) <= LONGEST
    assert "11" in screen.text


@pytest.mark.parametrize("answer", [Screen("<b>"), Screen("a" * (LONGEST + 1)), "<b>", 7], ids=repr)
def test_feature_answer_that_telegram_would_reject_is_refused(answer: Any) -> None:
    with pytest.raises(InvalidFeature):
        check_answer(answer)


@pytest.mark.parametrize("answer", [None, "Hola", Screen("Hola <i>tú</i>")], ids=repr)
def test_valid_answer_of_a_feature_is_accepted(answer: Any) -> None:
    check_answer(answer)


@pytest.mark.parametrize("text", ["Falta {prize}. Mira", "Sobra { . Mira", "Queda <b>abierto. Mira"])
def test_alarm_with_an_invalid_text_template_is_still_shown_with_its_kind_and_details(text: str) -> None:
    t = Texts("es", {**T.entries, "alarms.raffle_stuck": text})

    screen = alarms.alarm(t, {"alarm": "raffle_stuck", "raffle": "Navidad"})

    assert "raffle_stuck" in screen.text
    assert "Navidad" in screen.text


@pytest.mark.parametrize("key", ["no.such.text", "people.kept"])
def test_card_line_that_cannot_be_rendered_is_left_out(key: str) -> None:
    added = [CardFacts(lines=[CardLine(text=key, feature="raffle")], feature="raffle")]
    view = CustomerView(customer=samples.customer(), plans=(), payments=(), notes=(), added=added)

    assert view.customer.first_name in people.customer(T, view, None).text
    assert [*FAILURES.take()] == [("raffle", "cards: customer")]
