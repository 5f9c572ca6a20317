"""What a question found, in words that are put together elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that is wrong.

    subject: what, such as `bot`, `sender 2` or a provider by its code. code: the word under which its sentence
    stands, which says how to mend it. setting: the one to look at. facts: what the sentence shows, never a secret.
    """

    subject: str
    code: str
    setting: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same for as long as the same is wrong."""
        return f"{self.subject}:{self.code}"
