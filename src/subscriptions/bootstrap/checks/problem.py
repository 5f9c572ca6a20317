"""Result of a check. Its text is rendered elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Problem found by a check.

    subject: subject such as `bot`, `sender 2` or a provider code
    code: key of the text, which says how to fix the problem
    setting: setting to look at
    facts: values shown in the text, never secrets
    """

    subject: str
    code: str
    setting: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Key that is stable while the problem persists."""
        return f"{self.subject}:{self.code}"
