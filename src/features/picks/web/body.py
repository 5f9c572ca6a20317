"""Request bodies (JSON) for submitting and editing posts and tips."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from features.picks.domain import TipFacts, TipLeg
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


class LegIn(BaseModel):
    """Leg of a combined tip."""

    model_config = ConfigDict(extra="forbid")

    event: Text
    market: Market
    selection: Text
    odds: Decimal
    starts_at: AwareDatetime | None = None


class TipIn(BaseModel):
    """Facts of a tip. odds: decimal, at least 1. stake: in units. Numbers may be sent as text to keep all digits.
    market: a known market by any of its names, or a custom one as `other: Fouls`.

    starts_at: no copy is delivered after it; valid_until: an earlier deadline. legs: of a combined tip, whose odds
    multiply to `odds`.
    """

    model_config = ConfigDict(extra="forbid")

    event: Text
    starts_at: AwareDatetime
    market: Market
    selection: Text
    odds: Decimal
    stake: Decimal
    sport: Text = ""
    competition: Text = ""
    line: Text = ""
    bookmaker: Text = ""
    min_odds: Decimal | None = None
    valid_until: AwareDatetime | None = None
    author: Text = ""
    note: Text = ""
    legs: list[LegIn] = []

    def facts(self) -> TipFacts:
        """Return the facts as a domain object. Raises InvalidInput with the name of the invalid field."""
        legs = tuple(TipLeg(**leg.model_dump()) for leg in self.legs)
        return TipFacts(**self.model_dump(exclude={"legs"}), legs=legs)


class PickEdit(MessageIn):
    """New content of a post. text: up to 4096 characters, 1024 with a photo; with a tip it may be left out.

    plan is accepted so that the body of the POST can be changed and sent again; the plan of a post never changes.
    """

    plan: Text | None = None
    text: Text = ""
    tip: TipIn | None = None

    def draft(self) -> TipDraft | None:
        """Return the tip as a domain object, or None without a tip. Raises InvalidInput with the name of the invalid
        field.
        """
        if self.tip is None:
            return None
        try:
            facts = self.tip.facts()
        except InvalidInput as error:
            raise InvalidInput(f"tip.{error.field}", error.problem) from error
        return TipDraft(facts=facts, text=self.text, photo_url=self.photo(), buttons=self.rows())


class PickIn(PickEdit):
    """New post with its plan. publish_at: nothing is posted before it; a tip is added to the record immediately."""

    plan: Text
    publish_at: AwareDatetime | None = None
