"""Request bodies (JSON) for submitting and editing posts and tips."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from features.picks.domain import ODDS, TipFacts, TipLeg, check_confirmed, read_odds
from features.picks.use_cases.tip_text import TipDraft
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.markets import MARKETS, market_named
from web.routes.message_body import MessageIn, Text


def _market(text: str) -> str:
    market = market_named(text)
    if market is None:
        names = ", ".join(each.name for each in MARKETS)
        raise ValueError(f"must be one of {names}, or one of your own after `other:`")
    return market


Market = Annotated[Text, AfterValidator(_market)]


def _odds(value: object) -> object:
    try:
        return read_odds(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("must be decimal, American or fractional odds: 2.5, +150 or 3/2") from None


Odds = Annotated[Decimal, BeforeValidator(_odds)]
"""Odds as a number, or as text in any form that `read_odds` reads."""


class LegIn(BaseModel):
    """Leg of a combined tip."""

    model_config = ConfigDict(extra="forbid")

    event: Text
    market: Market
    selection: Text
    odds: Odds
    starts_at: AwareDatetime | None = None


class TipIn(BaseModel):
    """Facts of a tip. odds: decimal, at least 1; as text also American (`+150`) or fractional (`3/2`). stake: in units.
    Numbers may be sent as text to keep all digits. confirmed_odds: the odds again, if they are above the bound of the
    shop (`TIP_ODDS_BOUND`). market: a known market by any of its names, or a custom one as `other: Fouls`.

    starts_at: no copy is delivered after it; valid_until: an earlier deadline. legs: of a combined tip, whose odds
    multiply to `odds`.
    """

    model_config = ConfigDict(extra="forbid")

    event: Text
    starts_at: AwareDatetime
    market: Market
    selection: Text
    odds: Odds
    confirmed_odds: Odds | None = None
    stake: Decimal
    sport: Text = ""
    competition: Text = ""
    line: Text = ""
    bookmaker: Text = ""
    min_odds: Odds | None = None
    valid_until: AwareDatetime | None = None
    author: Text = ""
    note: Text = ""
    legs: list[LegIn] = []

    def facts(self) -> TipFacts:
        """Return the facts as a domain object. Raises InvalidInput with the name of the invalid field."""
        legs = tuple(TipLeg(**leg.model_dump()) for leg in self.legs)
        return TipFacts(**self.model_dump(exclude={"legs", "confirmed_odds"}), legs=legs)


class PickEdit(MessageIn):
    """New content of a post. text: up to 4096 characters, 1024 with a photo; with a tip it may be left out.

    plan is accepted so that the body of the POST can be changed and sent again; the plan of a post never changes.
    """

    plan: Text | None = None
    text: Text = ""
    tip: TipIn | None = None

    def draft(self, bound: Decimal = ODDS[1]) -> TipDraft | None:
        """Return the tip as a domain object, or None without a tip. bound: odds above which the odds must be repeated.
        Raises InvalidInput with the name of the invalid field.
        """
        if self.tip is None:
            return None
        try:
            facts = self.tip.facts()
            check_confirmed(facts.odds, self.tip.confirmed_odds, bound)
        except InvalidInput as error:
            raise InvalidInput(f"tip.{error.field}", error.problem) from error
        return TipDraft(facts=facts, text=self.text, photo_url=self.photo(), buttons=self.rows())


class PickIn(PickEdit):
    """New post with its plan. publish_at: nothing is posted before it; a tip is added to the record immediately."""

    plan: Text
    publish_at: AwareDatetime | None = None
