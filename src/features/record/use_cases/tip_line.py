"""Parser of a tip typed in one line: `Betis – Sevilla | más de 2,5 goles | 1,85 | 3u | 21:00`.

The event comes first. The other parts may be in any order, because each part is recognized by its form. The staff
member is asked for missing parts.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from features.picks.domain import TEXT_LIMIT
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.dto.typed_moments import TIME, read_moment
from subscriptions.domain.services.markets import market_named, market_of

_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_STAKE: Final = re.compile(
    rf"(?:stake\s*)?(?P<n>{_NUMBER})\s*(?:u|ud|uds|unidad|unidades|units?)\.?|stake\s*(?P<m>{_NUMBER})(?:/10)?", re.I
)
_ODDS: Final = re.compile(rf"(?:(?:@|cuota|odds?|odd)\s*:?)?\s*(?P<n>[-+−]?{_NUMBER})", re.I)
_LABELLED_FRACTION: Final = re.compile(r"(?:@|cuota|odds?|odd)\s*:?\s*(?P<n>\d{1,4}/[1-9]\d{0,3})", re.I)
FRACTION: Final = re.compile(r"(?P<gain>\d{1,4})/(?P<stake>[1-9]\d{0,3})")
"""Pattern of fractional odds in British notation, such as 5/2."""
_KEYS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("min", "mín", "mínimo", "minimo", "mínima", "minimum", "at least"), "min_odds"),
    **dict.fromkeys(("casa", "bookmaker", "bookie"), "bookmaker"),
    **dict.fromkeys(("liga", "competición", "competicion", "competition", "league", "competição"), "competition"),
    **dict.fromkeys(("deporte", "sport", "esporte"), "sport"),
    **dict.fromkeys(("mercado", "market"), "market"),
    **dict.fromkeys(("nota", "note"), "note"),
    **dict.fromkeys(("autor", "author"), "author"),
    **dict.fromkeys(("publicar", "publish", "publish at", "publica"), "publish_at"),
    **dict.fromkeys(("vale hasta", "hasta", "until", "válido até"), "valid_until"),
}
_KEY_VALUE: Final = re.compile(
    rf"(?P<key>{'|'.join(sorted(map(re.escape, _KEYS), key=len, reverse=True))})\s*:?\s+(?P<value>\S.*)", re.I
)
_SIDES: Final = frozenset({"1", "2", "12"})
"""Selections that look like numbers, such as 1 for the home team, and must not be read as odds."""
_COMBINED_LABEL: Final = "Combinada"


def looks_like_tip(text: str) -> bool:
    """Return True if a text sent by staff looks like a tip: parts between vertical bars, with odds and either a start
    or a stake.

    A fraction next to a time may be a date instead of odds.
    """
    lines = text.strip().splitlines()
    parts = _parts(lines[0]) if lines else []
    has_stake, has_hour = (any(each(part) for part in parts) for each in (_STAKE.fullmatch, TIME.search))
    has_odds, has_fraction = (any(each.fullmatch(part) for part in parts) for each in (_ODDS, FRACTION))
    return len(parts) >= 3 and ((has_odds and (has_stake or has_hour)) or (has_fraction and has_stake))


def read_line(text: str) -> Mapping[str, str]:
    """Return the answers found in a typed tip, which are still to be parsed by their inputs. Raises Wrong for an
    unknown part.

    The lines after the first are the legs of a combined tip.
    """
    head, *legs = [line for line in text.strip().splitlines() if line.strip()]
    answers, words, numbers = dict[str, str](), list[str](), list[str]()
    for part in _parts(head):
        _file_part(part, answers, words, numbers)
    fraction = next(filter(FRACTION.fullmatch, words), None)
    is_side = set(numbers) <= _SIDES or (len(numbers) == 2 and numbers[0] in _SIDES)
    if fraction is not None and "odds" not in answers and is_side:
        words.remove(fraction)
        answers["odds"] = fraction
    if len(numbers) > ("odds" not in answers) and len(words) == 1 and numbers[0] in _SIDES:
        words.append(numbers.pop(0))
    # A second bare number is the stake, by convention of tipsters.
    missing = [name for name in ("odds", "stake") if name not in answers]
    if len(numbers) > len(missing):
        raise Wrong("tip_line", question="event", given=numbers[len(missing)])
    answers |= zip(missing, numbers, strict=False)
    if len(words) > 3:
        raise Wrong("tip_line", question="event", given=words[3][:60])
    answers |= _claim(words, answers.get("market", ""))
    if legs:
        answers |= _name_combination(answers, legs)
    return {name: value for name, value in answers.items() if value}


def _claim(words: Sequence[str], market: str) -> Mapping[str, str]:
    """Return the event, the selection and the market, if present, from the parts that are neither numbers nor times."""
    if len(words) < 2:
        return {"event": words[0]} if words else {}
    market = words[1] if len(words) == 3 else market
    market_named = market_of(words[-1]) if not market else None
    market, selection = market_named or (market, words[-1])
    return {"event": words[0], "market": market, "selection": selection}


def _name_combination(answers: Mapping[str, str], legs: Sequence[str]) -> Mapping[str, str]:
    """Return the answers of a combined tip: its legs, and general values for the inputs that the author left out. The
    names of the legs' events replace a missing name.
    """
    name = market_named(answers.get("event", _COMBINED_LABEL))
    events = " + ".join(_parts(leg)[0] for leg in legs if _parts(leg))
    claim = {} if "selection" in answers else {"market": _COMBINED_LABEL, "selection": "Todas"}
    event = {"event": events} if name == _COMBINED_LABEL and len(events) <= TEXT_LIMIT else {}
    return {**claim, **event, "legs": "\n".join(legs)}


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split("|") if part.strip()]


def _file_part(part: str, answers: dict[str, str], words: list[str], numbers: list[str]) -> None:
    """Assign a part to an answer, according to its form."""
    stake, key_match = _STAKE.fullmatch(part), _KEY_VALUE.fullmatch(part)
    number = _LABELLED_FRACTION.fullmatch(part) or _ODDS.fullmatch(part)
    if stake is not None:
        found = "stake", stake["n"] or stake["m"]
    elif key_match is not None:
        found = _KEYS[key_match["key"].casefold()], key_match["value"]
    elif number is not None and number["n"] != part:
        found = "odds", number["n"]
    elif number is not None:
        numbers.append(part)
        return
    elif _is_moment(part):
        found = "starts_at", part
    else:
        words.append(part)
        return
    name, value = found
    if name in answers:
        # Which of two values is meant would be a matter of chance.
        raise Wrong("tip_line", question="event", given=part[:60])
    answers[name] = value


def _is_moment(part: str) -> bool:
    try:
        read_moment(part, datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")), ZoneInfo("UTC"))
    except ValueError:
        return False
    return True
