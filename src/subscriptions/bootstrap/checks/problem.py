"""Data of a problem found by a check. Other modules render its text."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Problem found by a check.

    subject: the checked object, such as `bot`, `sender 2` or a provider code
    code: key of the text that explains how to fix the problem
    setting: name of the setting to correct; empty if no setting is at fault
    facts: values shown in the text, never secrets
    """

    subject: str
    code: str
    setting: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Identifier of the problem, which is stable between checks."""
        return f"{self.subject}:{self.code}"
