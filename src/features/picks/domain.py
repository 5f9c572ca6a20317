"""Tips (predictions for sports bets with a time and a verifiable outcome) and their settlements."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import prod
from typing import Any, Final

from subscriptions.domain.errors import InvalidInput

TEXT_LIMIT: Final = 200
NOTE_LIMIT: Final = 1000
ODDS: Final = (Decimal(1), Decimal(10_000))
STAKE: Final = (Decimal("0.01"), Decimal(100))
ODDS_BOUND_SETTING: Final = "TIP_ODDS_BOUND"
"""Name of the setting with the odds above which a tip's odds have to be repeated."""
ODDS_DIGITS: Final = 3
STAKE_DIGITS: Final = 2
LEGS: Final = 20
LONGEST_LEAD: Final = timedelta(days=366)
"""Maximum time from now until the start of a tip's event. A later start is probably a typing error in the year."""
_CONTRADICTS: Final = "contradicts another leg on the same event and market"


_AMERICAN: Final = re.compile(r"(?P<sign>[+-])(?P<amount>[1-9]\d{2,4})", re.ASCII)
_FRACTIONAL: Final = re.compile(r"(?P<gain>\d{1,4})/(?P<stake>[1-9]\d{0,3})", re.ASCII)
_DECIMAL: Final = re.compile(r"-?\d+(?:[.,]\d+)?", re.ASCII)


def read_odds(text: str) -> Decimal:
    """Return decimal odds, whichever form the text has: decimal (`1,85`), American (`+150`, `-110`) or fractional
    (`3/2`). American and fractional odds are rounded to three decimals. Raises ValueError for any other text.

    A sign marks American odds, so a signed number of less than three digits is no odds at all.
    """
    text = text.strip().replace("−", "-")
    american, fractional = _AMERICAN.fullmatch(text), _FRACTIONAL.fullmatch(text)
    if american is not None:
        gain = Fraction(int(american["amount"]), 100)
        return _rounded(1 + (gain if american["sign"] == "+" else 1 / gain))
    if fractional is not None:
        return _rounded(1 + Fraction(int(fractional["gain"]), int(fractional["stake"])))
    return read_decimal(text)


def read_decimal(text: str) -> Decimal:
    """Return a number as people write it: digits with a decimal point or comma. Raises ValueError for any other text,
    also for forms that `Decimal` takes, such as `1_9` and `1e3`.
    """
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("no number")
    return Decimal(text.replace(",", "."))


def _rounded(odds: Fraction) -> Decimal:
    return Decimal(fixed_digits(odds, ODDS_DIGITS))


def check_confirmed(odds: Decimal, confirmed: Decimal | None, bound: Decimal) -> None:
    """Raise InvalidInput for odds above the bound that were not repeated: they are probably a typing error, such as
    185 for 1.85, and what a record contains is never rewritten.
    """
    if odds > bound and confirmed != odds:
        raise InvalidInput("confirmed_odds", f"must repeat odds above {plain(bound)}, which these are: {plain(odds)}")


class TipResult(StrEnum):
    """Result of a tip or of one leg of a combined tip. A push returns the stake and counts in the figures; a void
    result is excluded from all figures.
    """

    WON = "won"
    LOST = "lost"
    PUSH = "push"
    VOID = "void"
    HALF_WON = "half_won"
    HALF_LOST = "half_lost"
    CASHED_OUT = "cashed_out"


def _require(name: str, text: str, limit: int = TEXT_LIMIT) -> None:
    if not text.strip():
        raise InvalidInput(name, "must not be empty")
    _short_enough(name, text, limit)


def _short_enough(name: str, text: str, limit: int = TEXT_LIMIT) -> None:
    if len(text) > limit:
        raise InvalidInput(name, f"must have at most {limit} characters")
    if any(ord(character) < ord(" ") and character != "\n" for character in text):
        raise InvalidInput(name, "must not contain control characters")


def _require_within(name: str, number: Decimal, limits: tuple[Decimal, Decimal], digits: int) -> None:
    least, most = limits
    if not number.is_finite() or not least <= number <= most:
        raise InvalidInput(name, f"must be a number from {least} to {most}")
    if number != round(number, digits):
        raise InvalidInput(name, f"must have at most {digits} decimals")


class _Claim:
    """Prediction: the market and the selection that a tip and a leg of a combined tip have in common."""

    market: str
    selection: str

    @property
    def claim(self) -> str:
        """Return the market and selection. Both are needed, because the selection alone is ambiguous: «Más de 9,5» may
        mean goals, corners or cards.
        """
        return f"{self.market} · {self.selection}"


@dataclass(frozen=True, kw_only=True)
class TipLeg(_Claim):
    """Leg of a combined tip. `starts_at`: None if the leg starts at the same time as the tip."""

    event: str
    market: str
    selection: str
    odds: Decimal
    starts_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TipFacts(_Claim):
    """Content of a tip.

    odds: decimal odds, at least 1
    stake: stake in units
    line: line of a handicap or a total
    min_odds: lowest odds at which the tip is valid
    valid_until: time after which no copy is delivered; defaults to the start
    legs: at least two legs for a combined tip; their odds multiply to `odds`
    """

    event: str
    starts_at: datetime
    market: str
    selection: str
    odds: Decimal
    stake: Decimal
    sport: str = ""
    competition: str = ""
    line: str = ""
    bookmaker: str = ""
    min_odds: Decimal | None = None
    valid_until: datetime | None = None
    author: str = ""
    note: str = ""
    legs: tuple[TipLeg, ...] = ()

    @property
    def deadline(self) -> datetime:
        """Return the time after which no copy of the tip is delivered."""
        return self.valid_until or self.starts_at

    def __post_init__(self) -> None:
        for name in ("event", "market", "selection"):
            _require(name, getattr(self, name))
        for name in ("sport", "competition", "line", "bookmaker", "author"):
            _short_enough(name, getattr(self, name))
        _short_enough("note", self.note, NOTE_LIMIT)
        for name in ("starts_at", "valid_until"):
            at = getattr(self, name)
            if at is not None and at.tzinfo is None:
                raise InvalidInput(name, "must have a time zone")
        _require_within("odds", self.odds, ODDS, ODDS_DIGITS)
        _require_within("stake", self.stake, STAKE, STAKE_DIGITS)
        if self.min_odds is not None:
            _require_within("min_odds", self.min_odds, ODDS, ODDS_DIGITS)
            if self.min_odds > self.odds:
                raise InvalidInput("min_odds", "must not be above the odds")
        if self.valid_until is not None and self.valid_until > self.starts_at:
            raise InvalidInput("valid_until", "must not be after the start")
        self._check_legs()

    def _check_legs(self) -> None:
        if not self.legs:
            return
        if not 2 <= len(self.legs) <= LEGS:
            raise InvalidInput("legs", f"must be 2 to {LEGS}")
        for index, leg in enumerate(self.legs):
            for name in ("event", "market", "selection"):
                _require(f"legs.{index}.{name}", getattr(leg, name))
            _require_within(f"legs.{index}.odds", leg.odds, ODDS, ODDS_DIGITS)
            if leg.starts_at is not None and leg.starts_at.tzinfo is None:
                raise InvalidInput(f"legs.{index}.starts_at", "must have a time zone")
            if leg.starts_at is not None and leg.starts_at < self.starts_at:
                raise InvalidInput(f"legs.{index}.starts_at", "must not be before the tip's start")
        self._check_contradictions()

    def _check_contradictions(self) -> None:
        claims: dict[tuple[str, str], str] = {}
        for index, leg in enumerate(self.legs):
            claim = (leg.event.casefold().strip(), leg.market.casefold().strip())
            if claims.setdefault(claim, _alike(leg.selection)) != _alike(leg.selection):
                raise InvalidInput(f"legs.{index}.selection", _CONTRADICTS)
        product = prod((Fraction(leg.odds) for leg in self.legs), start=Fraction(1))
        if abs(product - Fraction(self.odds)) >= Fraction(1, 100):
            raise InvalidInput("odds", f"must be the product of the legs' odds, {float(product):.3f}")

    def check_new(self, now: datetime) -> None:
        """Raise InvalidInput if the tip cannot be published now, for example because the event has started."""
        if self.starts_at <= now:
            raise InvalidInput("starts_at", "must not be in the past")
        if self.starts_at > now + LONGEST_LEAD:
            raise InvalidInput("starts_at", f"must not be more than {LONGEST_LEAD.days} days ahead")
        if self.deadline <= now:
            raise InvalidInput("valid_until", "must not be in the past")
        self._check_repeats()

    def _check_repeats(self) -> None:
        """Raise InvalidInput if a leg occurs twice in different spelling. Only new tips are checked, because tips
        stored earlier may contain such legs.
        """
        claims: dict[tuple[str, str], TipLeg] = {}
        for index, leg in enumerate(self.legs):
            other = claims.setdefault((_alike(leg.event), _alike(leg.market)), leg)
            if other is not leg:
                repeats = _alike(other.selection) == _alike(leg.selection)
                raise InvalidInput(f"legs.{index}.selection", "repeats another leg" if repeats else _CONTRADICTS)

    def as_json(self) -> dict[str, object]:
        """Serialize the tip for the plan's tip record: numbers as decimal text, timestamps in ISO 8601, empty values
        omitted.
        """
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "legs"}
        stored_values = {name: _stored_form(value) for name, value in values.items() if value not in (None, "")}
        legs = [{each.name: _stored_form(getattr(leg, each.name)) for each in fields(leg)} for leg in self.legs]
        return {**stored_values, **({"legs": legs} if legs else {})}

    @classmethod
    def from_json(cls, facts: Mapping[str, object]) -> "TipFacts":
        """Parse the result of `as_json`."""
        legs = facts.get("legs", ())
        if not isinstance(legs, Sequence):
            raise TypeError("legs must be a list")
        return cls(
            **{name: _parse(name, value) for name, value in facts.items() if name != "legs"},
            legs=tuple(TipLeg(**{name: _parse(name, value) for name, value in leg.items()}) for leg in legs),
        )


def _alike(text: str) -> str:
    """Normalize case, whitespace and dashes for comparison."""
    return " ".join(re.sub("[–—−]", "-", text).casefold().split())


def _stored_form(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case Decimal():
            return plain(value)
        case _:
            return value


def _parse(name: str, value: object) -> Any:
    if value is None:
        return None
    if name in {"odds", "min_odds", "stake"}:
        return Decimal(str(value))
    return datetime.fromisoformat(str(value)) if name in {"starts_at", "valid_until"} else value


def plain(number: Decimal) -> str:
    """Return decimal text without exponent or trailing zeros, so that equal numbers give equal text."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"", "-0"} else text


def written_odds(odds: Decimal) -> Decimal:
    """Return odds as bookmakers write them, with at least two decimals: 1.50, 1.925."""
    odds = Decimal(plain(odds))
    two_decimals = odds.quantize(Decimal("0.01"))
    return two_decimals if two_decimals == odds else odds


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """Settlement of a tip.

    odds: odds of the cash-out
    legs: result of each leg of a combined tip, in order; if given, these determine the payout
    evidence: source where the result can be verified
    """

    result: TipResult
    odds: Decimal | None = None
    legs: tuple[TipResult, ...] = ()
    evidence: str = ""

    def __post_init__(self) -> None:
        cashed_out = self.result is TipResult.CASHED_OUT
        if cashed_out and self.odds is None:
            raise InvalidInput("odds", "must be given for a tip that was cashed out")
        if not cashed_out and self.odds is not None:
            raise InvalidInput("odds", "belong to a tip that was cashed out, and to no other")
        if self.odds is not None:
            # A cash-out at a loss returns less than the stake.
            _require_within("odds", self.odds, (Decimal(0), ODDS[1]), ODDS_DIGITS)
        _short_enough("evidence", self.evidence, NOTE_LIMIT)

    def check_fits(self, facts: TipFacts) -> None:
        """Raise InvalidInput if the legs do not match the tip, or contradict the result."""
        if not self.legs:
            return
        if len(self.legs) != len(facts.legs):
            raise InvalidInput("legs", f"must be {len(facts.legs)}, one for each leg in order")
        if TipResult.CASHED_OUT in self.legs:
            raise InvalidInput("legs", "a leg alone cannot be cashed out")
        possible = combined_results(facts, self.legs)
        if self.result is not TipResult.CASHED_OUT and self.result not in possible:
            raise InvalidInput("result", f"must be {' or '.join(sorted(possible))} by the results of its legs")

    def known_from(self, facts: TipFacts) -> datetime:
        """Return the time from which the result can be known. A combined tip can be lost with its first leg, but is won
        only with its last.
        """
        if self.legs:
            legs = [leg for leg, result in zip(facts.legs, self.legs, strict=True) if result is not TipResult.VOID]
        else:
            early_results = {TipResult.LOST, TipResult.VOID, TipResult.CASHED_OUT}
            legs = [] if self.result in early_results else list(facts.legs)
        return max([facts.starts_at, *(leg.starts_at for leg in legs if leg.starts_at is not None)])

    def as_json(self) -> dict[str, object]:
        """Serialize the settlement for the plan's tip record."""
        odds = {"odds": plain(self.odds)} if self.odds is not None else {}
        legs = {"legs": [str(each) for each in self.legs]} if self.legs else {}
        return {"result": str(self.result), **odds, **legs, **({"evidence": self.evidence} if self.evidence else {})}

    @classmethod
    def from_json(cls, facts: Mapping[str, object]) -> "Settlement":
        """Parse the result of `as_json`."""
        odds, legs = facts.get("odds"), facts.get("legs", ())
        if not isinstance(legs, Sequence):
            raise TypeError("legs must be a list")
        return cls(
            result=TipResult(str(facts["result"])),
            odds=Decimal(str(odds)) if odds is not None else None,
            legs=tuple(TipResult(each) for each in legs),
            evidence=str(facts.get("evidence", "")),
        )


def factor(result: TipResult, odds: Decimal) -> Fraction:
    """Return the payout per unit staked at these odds; for a cash-out, at the odds of the cash-out."""
    match result:
        case TipResult.WON | TipResult.CASHED_OUT:
            return Fraction(odds)
        case TipResult.HALF_WON:
            return (1 + Fraction(odds)) / 2
        case TipResult.HALF_LOST:
            return Fraction(1, 2)
        case TipResult.LOST:
            return Fraction(0)
        case _:
            return Fraction(1)


def profit(facts: TipFacts, settlement: Settlement) -> Fraction:
    """Return the exact gain or, below zero, loss in units: `stake × (factor − 1)`.

    If the legs of a combined tip were settled individually, the factor is the product of the legs' factors; a push or
    void leg has the factor 1.
    """
    stake = Fraction(facts.stake)
    if settlement.odds is not None:
        return stake * (Fraction(settlement.odds) - 1)
    if settlement.legs and not all(each is TipResult.WON for each in settlement.legs):
        return stake * (_product(facts, settlement.legs) - 1)
    return stake * (factor(settlement.result, facts.odds) - 1)


def combined_results(facts: TipFacts, legs: Sequence[TipResult]) -> frozenset[TipResult]:
    """Return the results that are possible for a combined tip with these results of its legs; `profit` determines the
    payout.
    """
    for alike in (TipResult.WON, TipResult.VOID):
        if all(each is alike for each in legs):
            return frozenset({alike})
    product = _product(facts, legs)
    if product > 1:
        return frozenset({TipResult.WON, TipResult.HALF_WON})
    if product == 1:
        return frozenset({TipResult.PUSH})
    return frozenset({TipResult.LOST} if product == 0 else {TipResult.LOST, TipResult.HALF_LOST})


def result_by_legs(facts: TipFacts, legs: Sequence[TipResult]) -> TipResult:
    """Return the default result of a combined tip: won if the payout exceeds the stake, push if they are equal, half
    lost if the payout is below the stake, lost if nothing is paid out, void if all legs are void.
    """
    possible = combined_results(facts, legs)
    order: list[TipResult] = [TipResult.WON, TipResult.HALF_LOST, *TipResult]
    return next(each for each in order if each in possible)


def _product(facts: TipFacts, legs: Sequence[TipResult]) -> Fraction:
    factors = (factor(result, leg.odds) for result, leg in zip(legs, facts.legs, strict=True))
    return prod(factors, start=Fraction(1))


def fixed_digits(number: Fraction, digits: int) -> str:
    """Format a number with at most the given number of decimals, rounding half to even and removing trailing zeros."""
    whole = round(number * 10**digits)
    text = f"{abs(whole):0{digits + 1}d}"
    text = f"{text[:-digits]}.{text[-digits:]}".rstrip("0").rstrip(".") if digits else text
    return f"-{text}" if whole < 0 else text
