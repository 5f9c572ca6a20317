"""Results of a tip's selections, calculated from the goals of a match, and cases that are not settled automatically."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.picks.domain import TipLeg, TipResult, factor
from features.record.domain.event_result import EventResult, Goals
from features.record.domain.grading import grade, settlement_by
from subscriptions.domain.services.team_names import is_side, sides_of
from tests.features.picks.tips import STARTS, tip

EVENT = "Betis – Sevilla"
GOALS = st.tuples(st.integers(0, 12), st.integers(0, 12))
QUARTERS = st.integers(0, 48).map(lambda n: Decimal(n) / 4)
W, L, P, HW, HL = (TipResult.WON, TipResult.LOST, TipResult.PUSH, TipResult.HALF_WON, TipResult.HALF_LOST)
ODDS = Decimal(2)


def graded(market: str, selection: str, goals: Goals, half: Goals | None = None) -> TipResult:
    result = grade(EVENT, market, selection, goals, half)
    assert result is not None, (market, selection)
    return result


def paid(result: TipResult) -> Fraction:
    return factor(result, ODDS)


def half_bet(margin: Fraction) -> Fraction:
    return Fraction(2 if margin > 0 else 1 if margin == 0 else 0)


@given(goals=GOALS, line=QUARTERS)
def test_over_under_bet_on_a_quarter_line_pays_like_two_half_bets(goals: Goals, line: Decimal) -> None:
    margin = sum(goals) - Fraction(line)
    parts = [margin] if line * 2 % 1 == 0 else [margin - Fraction(1, 4), margin + Fraction(1, 4)]
    over, under = graded("Goles", f"Más de {line}", goals), graded("Goles", f"menos de {line} goles", goals)
    assert paid(over) == sum(map(half_bet, parts)) / len(parts)
    # One side wins exactly as much as the other loses.
    assert paid(over) + paid(under) == 2


@given(goals=GOALS, line=QUARTERS, sign=st.sampled_from("+-"))
def test_handicap_bet_on_a_quarter_line_pays_like_two_half_bets_and_opposite_bets_balance(
    goals: Goals, line: Decimal, sign: str
) -> None:
    other = "-" if sign == "+" else "+"
    ours = graded("Hándicap asiático", f"Betis {sign}{line}", goals)
    theirs = graded("Hándicap asiático", f"Sevilla {other}{line}", goals)
    margin = goals[0] - goals[1] + Fraction(f"{sign}{line}")
    parts = [margin] if line * 2 % 1 == 0 else [margin - Fraction(1, 4), margin + Fraction(1, 4)]
    assert paid(ours) == sum(map(half_bet, parts)) / len(parts)
    assert paid(ours) + paid(theirs) == 2


@given(goals=GOALS)
def test_match_has_one_winning_outcome_and_equivalent_bets_have_the_same_result(goals: Goals) -> None:
    singles = {sign: graded("Ganador", sign, goals) for sign in ("1", "X", "2")}
    assert sorted(singles.values()) == [L, L, W]
    for pair in ("1X", "X2", "12"):
        assert graded("Doble oportunidad", pair, goals) == (W if W in [singles[each] for each in pair] else L)
    for side, sign in (("Betis", "1"), ("Sevilla", "2")):
        expected = P if singles["X"] is W else singles[sign]
        assert graded("Empate no apuesta", f"{side} empate no apuesta", goals) == expected
        # A level handicap is equivalent, and half a goal more or less is the winner's market.
        assert graded("Hándicap", f"{side} 0", goals) == expected
        assert graded("Hándicap", f"{side} -0,5", goals) == singles[sign]
    yes, no = graded("Ambos marcan", "Sí", goals), graded("Ambos marcan", "No", goals)
    assert (yes, no) == ((W, L) if min(goals) else (L, W))
    assert graded("Resultado exacto", f"{goals[0]}-{goals[1]}", goals) == W
    assert graded("Resultado exacto", f"{goals[0] + 1}-{goals[1]}", goals) == L


@pytest.mark.parametrize(
    ("market", "selection", "goals", "result"),
    [
        ("Goles", "Más de 2,25", (1, 1), HL),
        ("Goals", "under 2.25", (1, 1), HW),
        ("Goles", "+3 goles", (2, 1), P),
        ("1X2", "Gana el Betis", (1, 0), W),
        ("Ganador", "Real Betis gana", (1, 0), None),
        ("Ganador", "Sevilla to win", (1, 0), L),
        ("Ganador", "Empate", (1, 1), W),
        ("Ganador", "Gana Betis y ambos marcan", (2, 1), None),
        ("Ganador", "Gana Madrid", (2, 1), None),
        ("Doble oportunidad", "Betis o empate", (0, 1), L),
        ("Both teams to score", "BTTS: no", (2, 0), W),
        ("Ambos marcan", "Ambos marcan y más de 2,5", (2, 1), None),
        ("Hándicap", "Betis -0,75", (1, 0), HW),
        ("Hándicap", "Sevilla +0,25", (1, 1), HW),
        ("Hándicap", "Betis -1", (3, 1), W),
        ("Hándicap", "Betis -1", (2, 1), None),
        ("Hándicap", "Hándicap asiático Betis −1", (2, 1), P),
        ("Hándicap", "Betis -1 europeo", (3, 0), None),
        ("Goles", "Betis más de 1,5", (2, 1), None),
        ("Goles", "Más de 2,2", (2, 1), None),
        ("Córners", "Más de 9,5", (2, 1), None),
        ("Goleador", "Marca Joaquín", (2, 1), None),
        ("Clasificado", "Betis se clasifica", (2, 1), None),
        ("faltas", "Más de 2,5", (2, 1), None),
        ("Descanso", "Empate al descanso", (2, 1), W),
        ("Descanso", "más de 0,5 goles primera parte", (2, 1), L),
        ("Descanso", "1/2", (2, 1), None),
    ],
)
def test_selections_in_tipsters_notation_are_graded(
    market: str, selection: str, goals: Goals, result: TipResult | None
) -> None:
    assert grade(EVENT, market, selection, goals, (0, 0)) == result
    assert grade("Betis y Sevilla", market, selection, goals, (0, 0)) is None


def test_half_time_bet_is_not_settled_without_the_half_time_score() -> None:
    assert grade(EVENT, "Descanso", "Empate", (0, 0)) is None


@pytest.mark.parametrize(
    ("name", "known", "same"),
    [
        ("Betis", "Real Betis Balompié", True),
        ("betis balompie", "Real Betis Balompié", True),
        ("FC Barcelona", "Barcelona", True),
        ("Atlético de Madrid", "Club Atlético de Madrid", True),
        ("Atlético de Madrid", "Real Madrid CF", False),
        ("Real Sociedad", "Real Sociedad B", False),
        ("Real Sociedad B", "Real Sociedad", False),
        ("Betis Femenino", "Real Betis Balompié", False),
        ("España", "España U21", False),
        ("", "Betis", False),
    ],
)
def test_team_name_matches_its_variants_only(name: str, known: str, same: bool) -> None:
    assert is_side(name, [known]) is same


@pytest.mark.parametrize(
    "event", ["Betis – Sevilla", "Betis - Sevilla", "Betis vs Sevilla", "Betis v. Sevilla", "Betis-Sevilla"]
)
def test_names_of_both_teams_are_parsed_from_every_notation_of_an_event(event: str) -> None:
    assert sides_of(event) == ("Betis", "Sevilla")


@pytest.mark.parametrize(
    "event", ["Roland Garros", "A – B – C", "Paris Saint-Germain - Saint-Étienne - X", "Betis –", ""]
)
def test_event_name_that_does_not_consist_of_two_teams_is_not_parsed(event: str) -> None:
    assert sides_of(event) is None


def played(home: str = "Real Betis Balompié", competition: str = "Primera Division", minutes: int = 0) -> EventResult:
    return EventResult(
        competition=competition,
        home=[home],
        away=["Sevilla FC"],
        starts_at=STARTS + timedelta(minutes=minutes),
        goals=(2, 1),
        half_time=None,
        evidence="2–1",
    )


def test_event_is_matched_by_teams_and_start_time_only_if_one_match_fits() -> None:
    settled = settlement_by(tip(), [played("Getafe"), played(minutes=45)])
    assert settled is not None
    assert (settled.result, settled.evidence) == (W, "2–1")
    assert settlement_by(tip(), [played(minutes=61)]) is None
    assert settlement_by(tip(sport="Tenis"), [played()]) is None
    assert settlement_by(tip(sport="Fútbol", selection="Menos de", line="3,25"), [played()]).result is HW  # type: ignore[union-attr]
    twice = [played(), played(competition="Copa del Rey")]
    assert settlement_by(tip(), twice) is None
    assert settlement_by(tip(competition="copa del rey"), twice) is not None


def test_combined_tip_is_settled_only_after_every_leg_has_a_result() -> None:
    legs = tuple(
        TipLeg(event=f"{home} – Sevilla", market="Goles", selection=selection, odds=Decimal("1.5"))
        for home, selection in (("Betis", "Más de 2,5"), ("Getafe", "Más de 3"))
    )
    combined = tip(odds=Decimal("2.25"), legs=legs)
    assert settlement_by(combined, [played()]) is None
    settled = settlement_by(combined, [played(), played("Getafe")])
    assert settled is not None
    assert (settled.result, settled.legs) == (W, (W, P))
    settled.check_fits(combined)


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (("1", "local", "home", "casa", "mandante", "Betis"), W),
        (("2", "visitante", "away", "fora", "Sevilla"), L),
        (("x", "empate", "draw"), L),
    ],
)
def test_selected_team_is_recognized_by_its_name_and_by_home_or_away_in_each_language(
    words: tuple[str, ...], result: TipResult
) -> None:
    assert [graded("Ganador", word, (2, 1)) for word in words] == [result] * len(words)
