"""Football matches, as football-data.org reports them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Match(BaseModel):
    """Football match. goals: goals at the end, with extra time and penalties. regular: goals without extra time and
    penalties, if there were any.
    """

    model_config = ConfigDict(extra="forbid")

    home: str
    away: str
    starts_at: datetime
    competition: str = "Primera Division"
    status: str = "FINISHED"
    goals: tuple[int, int] | None = None
    half_time: tuple[int, int] | None = None
    regular: tuple[int, int] | None = None
