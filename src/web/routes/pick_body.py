"""JSON bodies of posts."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints

from subscriptions.application.record.tip_text import TipDraft
from subscriptions.domain.entities.pick import PickButton, PickContent
from subscriptions.domain.entities.tip import TipFacts, TipLeg, TipResult
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.markets import MARKETS, market_named

BUTTON_TEXT_LIMIT: Final = 64
ROW_LIMIT: Final = 8
ROWS_LIMIT: Final = 100


def _without_nul(text: str) -> str:
    # PostgreSQL cannot store NUL, and the stored text has to equal the sent one.
    if "\x00" in text:
        raise ValueError("must not contain NUL characters")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]


def _market(text: str) -> str:
    market = market_named(text)
    if market is None:
        names = ", ".join(each.name for each in MARKETS)
        raise ValueError(f"must be one of {names}, or one of your own after `other:`")
    return market


Market = Annotated[Text, AfterValidator(_market)]


class ButtonIn(BaseModel):
    """Link button below the post."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Text, StringConstraints(min_length=1, max_length=BUTTON_TEXT_LIMIT)]
    url: HttpUrl


Row = Annotated[list[ButtonIn], Field(min_length=1, max_length=ROW_LIMIT)]
"""Telegram shows at most 8 buttons per row."""


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


class MessageIn(BaseModel):
    """Message for channels. text: up to 4096 characters, 1024 with a photo."""

    model_config = ConfigDict(extra="forbid")

    text: Text
    photo_url: HttpUrl | None = None
    buttons: Annotated[list[Row], Field(max_length=ROWS_LIMIT)] = []

    def content(self) -> PickContent:
        """Return the content as a domain object. Raises InvalidInput for a text of the wrong length."""
        return PickContent(text=self.text, photo_url=self._photo(), buttons=self._buttons())

    def _photo(self) -> str | None:
        return str(self.photo_url) if self.photo_url else None

    def _buttons(self) -> tuple[tuple[PickButton, ...], ...]:
        return tuple(tuple(PickButton(item.text, str(item.url)) for item in row) for row in self.buttons)


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
        return TipDraft(facts=facts, text=self.text, photo_url=self._photo(), buttons=self._buttons())


class PickIn(PickEdit):
    """New post with its plan. publish_at: nothing is posted before it; a tip is added to the record immediately."""

    plan: Text
    publish_at: AwareDatetime | None = None


class ResultIn(BaseModel):
    """Result of a tip. odds: odds of the cash-out. legs: result of each leg, in order. evidence: where to verify it."""

    model_config = ConfigDict(extra="forbid")

    result: TipResult
    odds: Decimal | None = None
    legs: list[TipResult] = []
    evidence: Text = ""

    def answers(self) -> dict[str, str]:
        """Return the answers of the staff command."""
        odds = f"{self.odds:f}" if self.odds is not None else ""
        return {"result": self.result, "odds": odds, "legs": " ".join(self.legs), "evidence": self.evidence}
