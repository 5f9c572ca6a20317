"""Setting changed by the operator at run time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class CustomSetting:
    """Setting that overrides the environment.

    name, value: as they would be written in the environment
    changed_at: time of the change, by the business clock
    """

    name: str
    value: str
    changed_at: datetime
