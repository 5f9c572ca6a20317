"""Watermarked texts with the same meaning: varied parts, unchanged parts, and the customer identified from a leaked
copy.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from math import log
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.marks.domain.leak_odds import WRONG_AT_MOST, Verdict, evidence, judge, text_fits
from features.marks.domain.text_marks import SPACES, mark_text, pairs_of_words, slots

PICK = """⚽ LaLiga · Jornada 14
Betis – Sevilla: más de 2,5 goles @ 1.95
Stake 3/10 en "Bet365", hasta las 21:00...
El Betis gana casi todo en casa y el Sevilla llega sin D'Alessandro, como todos saben...
Más en https://picks.example/a-b?x=1 y @retador, #laliga /estado `cuota 2 1`
Total: 1 000 € y 2 - 1 al descanso"""
SYNONYMS = (("más de", "por encima de"), ("gana", "vence"), ("casi todo", "prácticamente todo"))
WORDS = pairs_of_words(PICK, SYNONYMS)
SEEDS = {number: hashlib.sha256(str(number).encode()).digest() for number in range(1000)}
SPACE = re.compile(f"[{''.join(SPACES)}]")


def copy(number: int, text: str = PICK, limit: int = 4096) -> str:
    return mark_text(text, SEEDS[number], SYNONYMS, limit)


def traced(leak: str, seeds: Mapping[int, bytes] = SEEDS) -> tuple[Verdict, list[int]]:
    verdict, whose = judge(text_fits(evidence(slots(leak, SYNONYMS), WORDS), seeds))
    return verdict, list(whose)


def plain(text: str) -> str:
    """Return the text as read by a person, without its variants."""
    text = SPACE.sub(" ", text).replace("…", "...").replace("–", "-").replace("’", "'")
    for first, *others in SYNONYMS:
        for other in others:
            text = text.replace(other, first).replace(other.capitalize(), first.capitalize())
    return text


@pytest.mark.parametrize("part", ["a", "a-", "a.", "a'", "#a ", "gana "])
def test_watermarking_takes_linear_time(part: str) -> None:
    began = process_time()
    slots(part * 20_000, SYNONYMS)
    assert process_time() - began < 5


def test_copies_differ_but_look_the_same() -> None:
    copies = {copy(number) for number in range(1000)}
    assert len(copies) == 1000
    assert {plain(each) for each in copies} == {plain(PICK)}
    assert all({first in each for each in copies} == {True, False} for first, _ in SYNONYMS)


@pytest.mark.parametrize(
    "kept",
    ["2,5", "@ 1.95", "3/10", "21:00", "https://picks.example/a-b?x=1 y @retador, #laliga /estado `cuota 2 1`",
     "1 000", "2 - 1"],
)  # fmt: skip
def test_watermark_leaves_figures_addresses_names_and_code_unchanged(kept: str) -> None:
    for number in range(100):
        made = copy(number)
        assert (kept in made) or (kept == "@ 1.95" and SPACE.sub(" ", made).count(kept) == 1)


@given(st.text(max_size=200), st.integers(0, 999))
def test_watermark_keeps_all_numbers_and_visible_words_of_any_text(text: str, number: int) -> None:
    made = mark_text(text, SEEDS[number], SYNONYMS, 4096)
    assert re.findall(r"\d+(?:[.,]\d+)*", made) == re.findall(r"\d+(?:[.,]\d+)*", text)
    assert plain(made) == plain(text)
    assert mark_text(made, SEEDS[number], SYNONYMS, 4096) == made


def test_watermark_does_not_exceed_the_text_limit_of_telegram() -> None:
    full = ("más de uno… " * 400)[:4096].strip()
    assert all(len(copy(number, full)) <= 4096 for number in range(20))
    assert len({copy(number, full) for number in range(20)}) == 20


@pytest.mark.parametrize("number", [0, 7, 999])
def test_copy_identifies_its_customer(number: int) -> None:
    assert traced(copy(number)) == (Verdict.NAMED, [number])


SPOILED = {
    "first half": lambda text: text[: len(text) // 2],
    "second half": lambda text: text[len(text) // 2 :],
    "comment before and after": lambda text: f"Mirad lo que me ha llegado:\n{text}\nGratis en mi canal",
    "in capitals": str.upper,
    "line breaks removed": lambda text: text.replace("\n", " "),
    "one kind of space replaced": lambda text: text.replace("\u00a0", " "),
    "emoji left out": lambda text: text.replace("⚽ ", ""),
}


@pytest.mark.parametrize("spoil", SPOILED)
def test_damaged_copy_identifies_its_customer(spoil: str) -> None:
    assert all(traced(SPOILED[spoil](copy(number))) == (Verdict.NAMED, [number]) for number in range(0, 1000, 250))


def test_text_without_a_watermark_identifies_no_customer() -> None:
    for leak in (PICK, SPACE.sub(" ", copy(3)), "Betis", "", "⚽"):
        assert traced(leak) == (Verdict.NO_MARK, [])


def test_mixed_copies_identify_no_single_customer() -> None:
    one, other = copy(1).splitlines(), copy(2).splitlines()
    mixed = "\n".join([*one[:2], *other[2:3], other[3][:40] + one[3][40:], *one[4:]])
    verdict, whose = traced(mixed)
    assert (verdict, set(whose) <= {1, 2}) == (Verdict.MIXED, True)


def test_watermark_of_another_key_identifies_no_customer() -> None:
    others = {number: hashlib.sha256(f"another key {number}".encode()).digest() for number in range(1000)}
    named = [traced(mark_text(PICK, seed, SYNONYMS, 4096)) for seed in list(others.values())[:20]]
    assert named == [(Verdict.NO_MARK, [])] * 20


def test_innocent_customers_are_identified_no_more_often_than_the_stated_error_rate() -> None:
    """Innocent copies are identified as leaked no more often than stated: one in a hundred at 1 %."""
    leak = evidence(slots(SPACE.sub(lambda _: " ", copy(5)[:80]) + copy(5)[80:], SYNONYMS), WORDS)
    innocents = {number: hashlib.sha256(f"innocent {number}".encode()).digest() for number in range(4000)}
    fits = text_fits(leak, innocents).values()
    for limit in (0.1, 0.01):
        assert sum(fit.logarithm <= log(limit) for fit in fits) / 4000 <= limit * 1.3
    assert WRONG_AT_MOST <= 0.001
