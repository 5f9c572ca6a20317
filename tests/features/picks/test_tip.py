"""Tips: validation of their facts, and the payout of each result according to the definition of the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.picks.domain import Settlement, TipFacts, TipLeg, TipResult, combined_results, profit
from subscriptions.domain.errors import InvalidInput
from tests.fakes.samples import NOON
from tests.features.picks.tips import STARTS, leg, tip

ODDS = st.decimals("1", "1000", places=3)
STAKES = st.decimals("0.01", "100", places=2)


@given(odds=ODDS, stake=STAKES)
def test_every_result_except_cash_out_pays_by_its_definition(odds: Decimal, stake: Decimal) -> None:
    facts, units, gain = tip(odds=odds, stake=stake), Fraction(stake), Fraction(stake) * (Fraction(odds) - 1)
    paid = {each: profit(facts, Settlement(result=each)) for each in TipResult if each is not TipResult.CASHED_OUT}
    assert paid == {
        TipResult.WON: gain,
        TipResult.HALF_WON: gain / 2,
        TipResult.PUSH: 0,
        TipResult.VOID: 0,
        TipResult.HALF_LOST: -units / 2,
        TipResult.LOST: -units,
    }


@given(odds=ODDS, stake=STAKES, at=st.decimals("0", "1000", places=3))
def test_cash_out_pays_its_agreed_odds(odds: Decimal, stake: Decimal, at: Decimal) -> None:
    settlement = Settlement(result=TipResult.CASHED_OUT, odds=at)
    assert profit(tip(odds=odds, stake=stake), settlement) == Fraction(stake) * (Fraction(at) - 1)


@given(
    legs=st.lists(
        st.tuples(st.decimals("1", "5", places=2), st.sampled_from(list(TipResult)[:-1])), min_size=2, max_size=8
    )
)
def test_combined_tip_pays_the_product_of_its_legs(legs: list[tuple[Decimal, TipResult]]) -> None:
    parts = tuple(leg(index, odds) for index, (odds, _) in enumerate(legs))
    product = prod((Fraction(odds) for odds, _ in legs), start=Fraction(1))
    published = Decimal(round(product * 1000)) / 1000
    if published > 10_000:
        return
    facts, results = tip(odds=published, stake=Decimal(2), legs=parts), tuple(result for _, result in legs)
    worth: dict[TipResult, Fraction] = {TipResult.LOST: Fraction(0), TipResult.HALF_LOST: Fraction(1, 2)}
    expected = Fraction(1)
    for odds, result in legs:
        if result is TipResult.WON:
            expected *= Fraction(odds)
        elif result is TipResult.HALF_WON:
            expected *= (1 + Fraction(odds)) / 2
        else:
            expected *= worth.get(result, Fraction(1))
    result = sorted(combined_results(facts, results))[0]
    settlement = Settlement(result=result, legs=results)
    settlement.check_fits(facts)
    everything_won = all(each is TipResult.WON for each in results)
    # If every leg is won, the payout uses the published odds, which are the product as bookmakers round it.
    assert profit(facts, settlement) == 2 * ((Fraction(published) if everything_won else expected) - 1)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("event", {"event": " "}),
        ("market", {"market": ""}),
        ("selection", {"selection": "x" * 201}),
        ("odds", {"odds": Decimal("0.99")}),
        ("odds", {"odds": Decimal("1.8501")}),
        ("odds", {"odds": Decimal("NaN")}),
        ("stake", {"stake": Decimal(0)}),
        ("stake", {"stake": Decimal(101)}),
        ("min_odds", {"min_odds": Decimal("1.9")}),
        ("valid_until", {"valid_until": NOON + timedelta(days=9)}),
        ("starts_at", {"starts_at": NOON.replace(tzinfo=None)}),
        ("note", {"note": "x" * 1001}),
        ("bookmaker", {"bookmaker": "a\x00b"}),
        ("legs", {"legs": (leg(0, "1.85"),)}),
        ("odds", {"legs": (leg(0, "1.5"), leg(1, "1.5"))}),
        ("legs.1.odds", {"legs": (leg(0, "1.85"), leg(1, "0.5"))}),
        ("legs.1.selection", {"legs": (leg(0, "1.85"), replace(leg(0, "1"), selection="otra"))}),
        ("legs.0.starts_at", {"legs": (replace(leg(0, "1.85"), starts_at=NOON), leg(1, "1"))}),
    ],
)
def test_refusal_of_an_invalid_tip_names_the_field(field: str, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        tip(**changes)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("starts_at", {"starts_at": NOON}),
        ("starts_at", {"starts_at": NOON + timedelta(days=400)}),
        ("valid_until", {"valid_until": NOON}),
    ],
)
def test_tip_that_is_too_late_or_too_early_is_refused(field: str, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        tip(**changes).check_new(NOON)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("problem", "changes"),
    [
        ("repeats", {}),
        ("repeats", {"event": "PARTIDO  0", "market": "goles", "selection": "más de 2,5"}),
        ("contradicts", {"event": "Partido 0 ", "selection": "Menos de 2,5"}),
        ("repeats", {"event": "A - B"}),
    ],
)
def test_same_event_cannot_be_two_legs_of_a_tip(problem: str, changes: dict[str, str]) -> None:
    """A leg that counts twice would square the odds of one bet."""
    one = replace(leg(0, "1.5"), event="A – B") if changes.get("event") == "A - B" else leg(0, "1.5")
    legs = (one, replace(leg(0, "1.5"), **changes))
    with pytest.raises(InvalidInput, match=problem) as refused:
        tip(odds=Decimal("2.25"), legs=legs).check_new(NOON)
    assert refused.value.field == "legs.1.selection"


def test_tip_with_a_repeated_leg_stored_by_an_earlier_version_is_still_parsed() -> None:
    facts = tip(odds=Decimal("2.25"), legs=(leg(0, "1.5"), leg(0, "1.5")))
    assert TipFacts.from_json(facts.as_json()) == facts


@pytest.mark.parametrize(
    ("result", "legs", "hours"),
    [
        ("won", (), 9),
        ("push", (), 9),
        ("lost", (), 0),
        ("void", (), 0),
        ("won", ("won", "won"), 9),
        ("won", ("won", "void"), 0),
        ("lost", ("lost", "void"), 0),
        ("lost", ("lost", "lost"), 9),
    ],
)
def test_result_cannot_be_known_before_the_start_of_the_legs_that_decide_it(
    result: str, legs: tuple[str, ...], hours: int
) -> None:
    late = replace(leg(1, "1.5"), starts_at=STARTS + timedelta(hours=9))
    facts = tip(odds=Decimal("2.25"), legs=(leg(0, "1.5"), late))
    settlement = Settlement(result=TipResult(result), legs=tuple(map(TipResult, legs)))
    assert settlement.known_from(facts) == STARTS + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("field", "settlement"),
    [
        ("odds", lambda: Settlement(result=TipResult.CASHED_OUT)),
        ("odds", lambda: Settlement(result=TipResult.WON, odds=Decimal(2))),
        ("legs", lambda: Settlement(result=TipResult.WON, legs=(TipResult.WON,))),
        ("result", lambda: Settlement(result=TipResult.WON, legs=(TipResult.WON, TipResult.LOST))),
        ("legs", lambda: Settlement(result=TipResult.LOST, legs=(TipResult.CASHED_OUT, TipResult.LOST))),
    ],
)
def test_result_that_contradicts_its_tip_is_refused_with_the_field_named(field: str, settlement) -> None:  # type: ignore[no-untyped-def]
    facts = tip(odds=Decimal("2.25"), legs=(leg(0, "1.5"), leg(1, "1.5")))
    with pytest.raises(InvalidInput) as refused:
        settlement().check_fits(facts)
    assert refused.value.field == field


def test_tip_and_its_result_are_parsed_from_their_json_unchanged() -> None:
    parts: Sequence[TipLeg] = (leg(0, "1.5"), replace(leg(1, "1.50"), starts_at=NOON + timedelta(days=2)))
    facts = tip(odds=Decimal("2.250"), legs=tuple(parts), valid_until=NOON + timedelta(hours=1), note="¡Ojo!\nsí")
    assert TipFacts.from_json(facts.as_json()) == facts
    assert facts.as_json()["odds"] == "2.25"
    settlement = Settlement(
        result=TipResult.CASHED_OUT, odds=Decimal("1.1"), legs=(TipResult.WON, TipResult.VOID), evidence="acta"
    )
    assert Settlement.from_json(settlement.as_json()) == settlement
