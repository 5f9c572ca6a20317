"""JSON body of a tip's result."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from features.picks.domain import TipResult
from web.routes.message_body import Text


class ResultIn(BaseModel):
    """Result of a tip. odds: odds at which the bet was cashed out; None for any other result. legs: result of each leg
    of a combined tip, in order. evidence: reference where the result can be verified.
    """

    model_config = ConfigDict(extra="forbid")

    result: TipResult
    odds: Decimal | None = None
    legs: list[TipResult] = []
    evidence: Text = ""

    def answers(self) -> dict[str, str]:
        """Return the result as inputs of the staff command that settles the tip."""
        odds = f"{self.odds:f}" if self.odds is not None else ""
        return {"result": self.result, "odds": odds, "legs": " ".join(self.legs), "evidence": self.evidence}
