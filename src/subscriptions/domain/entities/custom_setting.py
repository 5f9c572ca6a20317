"""A setting that the operator chose at run time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class CustomSetting:
    """name: as the environment has it. value: as it would be written there. changed_at: by the business clock."""

    name: str
    value: str
    changed_at: datetime
