"""The chain of a record, which reveals tampering, and figures that are exact in any order of settlement."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.picks.domain import Settlement, TipResult, fixed_digits
from features.record.domain.record import EntryKind
from features.record.domain.record_chain import Flaw, check_chain, check_published
from features.record.domain.record_figures import breakdowns, count, exact, settled_tips
from features.record.domain.tip_history import RULE, TipHistory, histories
from tests.fakes.samples import NOON
from tests.features.picks.tips import STARTS, tip
from tests.features.record.records import Chain

WON, LOST, VOID, PUSH = TipResult.WON, TipResult.LOST, TipResult.VOID, TipResult.PUSH


def chain(tips: int = 5) -> Chain:
    made = Chain()
    published = [made.publish(tip(starts_at=STARTS + timedelta(hours=number))) for number in range(tips)]
    for tip_id in published:
        made.settle(tip_id, Settlement(result=WON))
    return made


def flaws(made: Chain) -> set[tuple[Flaw, int | None]]:
    return {(finding.flaw, finding.number) for finding in check_chain(made.entries)}


def test_unchanged_record_chain_has_no_faults() -> None:
    assert flaws(chain()) == set()


@given(
    number=st.integers(0, 9), letter=st.integers(0, 10_000), field=st.sampled_from(["body", "hash", "salt", "origin"])
)
def test_changed_bit_in_a_record_is_detected(number: int, letter: int, field: str) -> None:
    made = chain()
    text = str(getattr(made.entries[number], field))
    index = letter % len(text)
    flipped = text[:index] + chr(ord(text[index]) ^ 1) + text[index + 1 :]
    made.entries[number] = replace(made.entries[number], **{field: flipped})
    assert (Flaw.CHANGED, number + 1) in flaws(made)
    assert {at for _, at in flaws(made)} <= {number + 1, number + 2}


@given(number=st.integers(0, 8))
def test_deleted_record_entry_is_detected(number: int) -> None:
    made = chain()
    del made.entries[number]
    assert flaws(made) == {(Flaw.MISSING, number + 1)}


@given(first=st.integers(0, 9), second=st.integers(0, 9))
def test_swapped_record_entries_are_detected(first: int, second: int) -> None:
    made = chain()
    one, other = made.entries[first], made.entries[second]
    made.entries[first], made.entries[second] = replace(other, number=one.number), replace(one, number=other.number)
    if first == second:
        assert flaws(made) == set()
    else:
        assert {(Flaw.CHANGED, one.number), (Flaw.CHANGED, other.number)} <= flaws(made)


def test_changed_date_of_a_record_entry_is_detected() -> None:
    made = chain()
    made.entries[2] = replace(made.entries[2], starts_at=STARTS + timedelta(days=3))
    assert flaws(made) == {(Flaw.RE_DATED, 3), (Flaw.CHANGED, 3)}
    made = chain()
    made.entries[7] = replace(made.entries[7], at=NOON - timedelta(days=3))
    assert flaws(made) == {(Flaw.CHANGED, 8), (Flaw.EARLIER, 8)}


def test_rewritten_entry_with_a_recalculated_hash_is_detected_by_the_next_entry() -> None:
    """If the hash of a changed entry is recalculated, it no longer matches the previous hash that the next entry
    contains.
    """
    made = chain()
    forged = replace(made.entries[3], body="{}")
    made.entries[3] = replace(forged, hash=forged.digest())
    assert (Flaw.MOVED, 5) in flaws(made)


def test_entries_removed_from_the_end_are_detected_by_the_published_tips() -> None:
    made = chain()
    whole = {tip_id: len(tip.entries) for tip_id, tip in histories(made.entries).items()}
    settled = dict.fromkeys(whole, 1)
    assert check_published(made.entries, whole, settled) == []
    last = made.entries[-1].tip_id
    cut = check_published(made.entries[:-1], whole, settled)
    assert {(each.flaw, each.tip_id) for each in cut} == {(Flaw.UNREVISED, last), (Flaw.UNSETTLED, last)}
    gone = check_published(made.entries[:4], whole, settled)
    assert (Flaw.UNPUBLISHED, last) in {(each.flaw, each.tip_id) for each in gone}


@given(results=st.lists(st.sampled_from(list(TipResult)[:-1]), max_size=12), seed=st.randoms())
def test_order_of_settlement_does_not_affect_the_figures(results: list[TipResult], seed) -> None:  # type: ignore[no-untyped-def]
    def counted(order: list[int]):  # type: ignore[no-untyped-def]
        made = Chain()
        starts = [STARTS + timedelta(hours=index % 3) for index in range(len(results))]
        ids = [made.publish(tip(starts_at=at, odds=Decimal("1.9"))) for at in starts]
        for index in order:
            made.settle(ids[index], Settlement(result=results[index]))
        return count(settled_tips(histories(made.entries).values()))

    order = list(range(len(results)))
    shuffled = order.copy()
    seed.shuffle(shuffled)
    assert counted(order) == counted(shuffled)


def test_figures_of_an_example_record_match_their_documented_definitions() -> None:
    made = Chain()
    for index, (odds, stake, result) in enumerate(
        [("2", "1", WON), ("1.5", "2", LOST), ("3", "1", LOST), ("2", "1", PUSH), ("4", "9", VOID), ("1.8", "2", LOST)]
    ):
        facts = tip(odds=Decimal(odds), stake=Decimal(stake), starts_at=STARTS + timedelta(hours=index), sport="fútbol")
        made.settle(made.publish(facts), Settlement(result=result))
    tips = settled_tips(histories(made.entries).values())
    figures = count(tips)
    assert (figures.settled_count, figures.void, figures.total_stake, figures.profit) == (5, 1, 7, -4)
    assert (figures.yield_, figures.hit_rate, figures.drawdown) == (Fraction(-4, 7), Fraction(1, 4), 5)
    assert figures.losing_run == 3, "a push neither lengthens nor ends a losing run"
    assert exact(figures.average_odds or Fraction(0)) == "2.06"
    assert list(figures.curve) == [1, -1, -2, -2, -4]
    assert figures.interval is None, "five tips prove nothing"
    by = breakdowns(tips, ZoneInfo("Europe/Madrid"))
    assert {name: each.settled_count for name, each in by["odds"].items()} == {"1.5–2": 2, "2–3": 2, "3–5": 1}
    assert by["sport"]["fútbol"].profit == figures.profit
    assert sum(each.profit for each in by["month"].values()) == figures.profit


def test_confidence_interval_contains_the_yield() -> None:
    made = Chain()
    for index in range(40):
        facts = tip(odds=Decimal(2), stake=Decimal(1), starts_at=STARTS + timedelta(minutes=index))
        made.settle(made.publish(facts), Settlement(result=WON if index % 2 else LOST))
    low, high = count(settled_tips(histories(made.entries).values())).interval or (1, 1)
    assert low == pytest.approx(-0.3138, abs=0.0001)
    assert high == pytest.approx(0.3138, abs=0.0001)


def test_corrections_after_the_start_of_a_tip_are_shown_but_do_not_change_its_figures() -> None:
    made = Chain()
    tip_id = made.publish(tip())
    made.add(tip_id, EntryKind.REVISED, tip(odds=Decimal("1.7")).as_json())
    made.add(tip_id, EntryKind.CORRECTED, tip(odds=Decimal("9.9")).as_json(), at=STARTS + timedelta(hours=1))
    made.settle(tip_id, Settlement(result=LOST))
    made.settle(tip_id, Settlement(result=WON, evidence="acta"), EntryKind.RESETTLED)
    history = TipHistory(tip_id, made.entries)
    assert (history.facts.odds, len(history.corrections)) == (Decimal("1.7"), 1)
    assert history.settlement == Settlement(result=WON, evidence="acta")
    assert [each.kind for each in history.entries][-2:] == [EntryKind.SETTLED, EntryKind.RESETTLED]
    assert check_chain(made.entries) == []


@pytest.mark.parametrize(("rule", "ends"), [("void", VOID), ("lost", LOST)])
def test_tip_withdrawn_before_its_start_counts_as_void_or_lost_by_the_rule_of_its_plan(
    rule: str, ends: TipResult
) -> None:
    made = Chain()
    tip_id = made.publish(tip(), **{RULE: rule})
    made.add(tip_id, EntryKind.WITHDRAWN, {}, at=STARTS - timedelta(seconds=1))
    [history] = histories(made.entries).values()
    assert history.settlement == Settlement(result=ends)
    late = Chain()
    tip_id = late.publish(tip(), **{RULE: rule})
    late.add(tip_id, EntryKind.WITHDRAWN, {}, at=STARTS)
    late.settle(tip_id, Settlement(result=LOST))
    [history] = histories(late.entries).values()
    assert history.settlement == Settlement(result=LOST), "withdrawing a lost tip saves nobody"


@given(number=st.fractions(), digits=st.integers(0, 6))
def test_rounded_numbers_match_exact_arithmetic(number: Fraction, digits: int) -> None:
    assert Fraction(fixed_digits(number, digits)) == Fraction(round(number * 10**digits), 10**digits)


@given(number=st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000, places=7))
def test_exact_decimals_are_written_completely(number: Decimal) -> None:
    assert Decimal(exact(Fraction(number))) == number
