"""Automatic settlement of football tips by the goals of the match. Ambiguous cases are left to staff.

Markets are decided by regular time, as bookmakers do. src/features/record/docs.md documents the rules as a table.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from features.picks.domain import Settlement, TipFacts, TipResult, result_by_legs
from features.record.domain.event_result import EventResult, Goals
from subscriptions.domain.services.markets import bare, market_named
from subscriptions.domain.services.team_names import is_side, side_named, sides_of

SLACK: Final = timedelta(hours=1)
"""Maximum difference between the start named by a tip and the actual start of the event."""
FOOTBALL: Final = frozenset({"", "futbol", "football", "futebol", "soccer"})

_HOME: Final = frozenset({"1", "local", "home", "casa", "mandante"})
_AWAY_WORDS: Final = frozenset({"2", "visitante", "away", "fora"})
_DRAW: Final = frozenset({"x", "empate", "draw"})
_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_TOTAL: Final = re.compile(
    rf"(?:(?P<over>mas|mais|over|\+)|(?P<under>menos|under))(?: de)? ?(?P<line>{_NUMBER})(?: (?:gol[eo]?s|goals))?"
)
_WINS: Final = re.compile(
    r"(?:gana|vence|victoria(?: de)?) (?P<who>.+)|(?P<whom>.+?) (?:gana|vence|wins?|to win)|(?P<name>.+)"
)
_OR_DRAW: Final = re.compile(r"(?P<who>.+?) (?:o|ou|or) (?:empate|draw)|(?:empate|draw) (?:o|ou|or) (?P<whom>.+)")
_NO_BET: Final = re.compile(r"[-:(]* ?(?:empate no apuesta|draw no bet|dnb|empate anula(?: aposta)?) ?[):]*")
_BOTH_SCORE: Final = re.compile(
    r"(?P<named>ambos(?: equipos)? marcan|both(?: teams)?(?: to)? score|btts|ambas marcam)?[ :-]*"
    r"(?:(?P<yes>si|sim|yes)|(?P<no>no|nao))?"
)
_HANDICAP: Final = re.compile(rf"(?P<who>.+?) \(?(?P<line>[+-]{_NUMBER}|0)\)?")
_HANDICAP_WORDS: Final = re.compile(r"\b(?:handicap|asiatico|asian)\b")
_SCORE: Final = re.compile(r"(?P<home>\d{1,2}) ?- ?(?P<away>\d{1,2})")
_HALF: Final = re.compile(r" ?(?:al descanso|(?:en la )?primera parte|at half ?time|ao intervalo)")


def settlement_by(facts: TipFacts, results: Sequence[EventResult]) -> Settlement | None:
    """Return the settlement of a tip according to these results; None if the results are not conclusive, so that staff
    must decide.
    """
    if bare(facts.sport) not in FOOTBALL:
        return None
    if not facts.legs:
        event = _event(facts.event, facts.starts_at, facts.competition, results)
        selection = facts.selection if facts.line in facts.selection else f"{facts.selection} {facts.line}"
        grade_result = (
            grade(facts.event, facts.market, selection, event.goals, event.half_time) if event is not None else None
        )
        return (
            Settlement(result=grade_result, evidence=event.evidence)
            if event is not None and grade_result is not None
            else None
        )
    legs, evidence = list[TipResult](), list[str]()
    for leg in facts.legs:
        event = _event(leg.event, leg.starts_at or facts.starts_at, facts.competition, results)
        grade_result = (
            grade(leg.event, leg.market, leg.selection, event.goals, event.half_time) if event is not None else None
        )
        if event is None or grade_result is None:
            return None
        legs.append(grade_result)
        evidence.append(event.evidence)
    return Settlement(result=result_by_legs(facts, legs), legs=tuple(legs), evidence=" · ".join(evidence))


def _event(name: str, starts_at: datetime, competition: str, results: Sequence[EventResult]) -> EventResult | None:
    """Return the only event that matches a tip's name and start; if several match, the one in the same competition.
    None if no single event matches.
    """
    sides = sides_of(name)
    if sides is None:
        return None
    events = [
        each
        for each in results
        if abs(each.starts_at - starts_at) <= SLACK and is_side(sides[0], each.home) and is_side(sides[1], each.away)
    ]
    if len(events) > 1:
        events = [each for each in events if bare(each.competition) == bare(competition)]
    return events[0] if len(events) == 1 else None


def grade(event: str, market: str, selection: str, goals: Goals, half_time: Goals | None = None) -> TipResult | None:
    """Return the result of one selection according to the goals in regular time; None if the goals do not decide the
    selection.
    """
    sides, name = sides_of(event), market_named(market)
    if sides is None or name is None:
        return None
    plain_selection = re.sub("[–—−]", "-", bare(selection))
    if name == "Descanso":
        plain_selection = _HALF.sub("", plain_selection)
        return (
            (_total(plain_selection, sides, half_time) or _winner(plain_selection, sides, half_time))
            if half_time is not None
            else None
        )
    if name == "Hándicap":
        return _handicap(plain_selection, sides, goals, asian="asia" in bare(f"{market} {selection}"))
    grader = _GRADERS.get(name)
    return grader(plain_selection, sides, goals) if grader is not None else None


def _total(selection: str, _: Sequence[str], goals: Goals) -> TipResult | None:
    match = _TOTAL.fullmatch(selection)
    if match is None:
        return None
    margin = sum(goals) - _fraction(match["line"])
    return _by_margin(margin if match["over"] else -margin)


def _winner(selection: str, sides: Sequence[str], goals: Goals) -> TipResult | None:
    if selection in _DRAW:
        return _result_of(goals[0] == goals[1])
    match = _WINS.fullmatch(selection)
    lead = _lead(match["who"] or match["whom"] or match["name"], sides, goals) if match is not None else None
    return _result_of(lead > 0) if lead is not None else None


def _double_chance(selection: str, sides: Sequence[str], goals: Goals) -> TipResult | None:
    if selection == "12":
        return _result_of(goals[0] != goals[1])
    match = _OR_DRAW.fullmatch({"1x": "1 o empate", "x2": "2 o empate"}.get(selection, selection))
    lead = _lead(match["who"] or match["whom"], sides, goals) if match is not None else None
    return _result_of(lead >= 0) if lead is not None else None


def _draw_no_bet(selection: str, sides: Sequence[str], goals: Goals) -> TipResult | None:
    match = _WINS.fullmatch(_NO_BET.sub("", selection).strip())
    lead = _lead(match["who"] or match["whom"] or match["name"], sides, goals) if match is not None else None
    return _by_margin(Fraction(lead)) if lead is not None else None


def _both_score(selection: str, _: Sequence[str], goals: Goals) -> TipResult | None:
    match = _BOTH_SCORE.fullmatch(selection)
    if match is None or not any(match.groups()):
        return None
    return _result_of((min(goals) > 0) == (match["no"] is None))


def _handicap(selection: str, sides: Sequence[str], goals: Goals, *, asian: bool) -> TipResult | None:
    match = _HANDICAP.fullmatch(" ".join(_HANDICAP_WORDS.sub(" ", selection).split()))
    lead = _lead(match["who"], sides, goals) if match is not None else None
    if match is None or lead is None:
        return None
    line = _fraction(match["line"])
    result = _by_margin(lead + line)
    # A European handicap with whole goals loses a tie, while an Asian one returns the stake.
    return None if result is TipResult.PUSH and line and not asian else result


def _exact_score(selection: str, _: Sequence[str], goals: Goals) -> TipResult | None:
    match = _SCORE.fullmatch(selection)
    return _result_of((int(match["home"]), int(match["away"])) == goals) if match is not None else None


_GRADERS: Final[dict[str, Callable[[str, Sequence[str], Goals], TipResult | None]]] = {
    "Goles": _total,
    "Ganador": _winner,
    "Doble oportunidad": _double_chance,
    "Empate no apuesta": _draw_no_bet,
    "Ambos marcan": _both_score,
    "Resultado exacto": _exact_score,
}


def _lead(who: str, sides: Sequence[str], goals: Goals) -> int | None:
    """Return the lead of the named side in goals, negative if that side is behind; None if the name matches neither
    side.
    """
    index = 0 if who in _HOME else 1 if who in _AWAY_WORDS else side_named(who, sides)
    return goals[index] - goals[1 - index] if index is not None else None


def _by_margin(margin: Fraction) -> TipResult | None:
    """Return the result of a selection by the margin between the score and the selection's line; None for a line that
    is not a multiple of a quarter. A quarter line is two bets with half the stake each, on the lines a quarter above
    and a quarter below.
    """
    if (margin * 4).denominator != 1:
        return None
    parts = (margin,) if (margin * 2).denominator == 1 else (margin - Fraction(1, 4), margin + Fraction(1, 4))
    signs = {(part > 0) - (part < 0) for part in parts}
    return {
        frozenset({1}): TipResult.WON,
        frozenset({0}): TipResult.PUSH,
        frozenset({-1}): TipResult.LOST,
        frozenset({0, 1}): TipResult.HALF_WON,
        frozenset({0, -1}): TipResult.HALF_LOST,
    }[frozenset(signs)]


def _result_of(is_so: bool) -> TipResult:
    return TipResult.WON if is_so else TipResult.LOST


def _fraction(number: str) -> Fraction:
    return Fraction(number.replace(",", "."))
