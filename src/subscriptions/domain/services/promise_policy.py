"""Detection of phrases in a plan's texts that promise a guaranteed result. Predictions cannot guarantee results, and
several laws prohibit such promises.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.spoken import Spoken


def promises_of(plan: ServicePlan, phrases: Iterable[str]) -> Sequence[str]:
    """Return the prohibited phrases that occur in a plan's texts, in any language. `phrases`: prohibited phrases, as
    listed for the vertical (the kind of shop).
    """
    return promises_in((plan.name, plan.description, plan.note), phrases)


def promises_in(words: Iterable[str], phrases: Iterable[str]) -> Sequence[str]:
    """Return the prohibited phrases that occur in the texts, ignoring accents, case and whitespace."""
    texts = [
        _plain(text) for word in words for text in (word, *(word.others.values() if isinstance(word, Spoken) else ()))
    ]
    return [phrase for phrase in phrases if any(_stands_in(_plain(phrase), text) for text in texts)]


def _stands_in(phrase: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"\s+%", "%", " ".join(bare.split()))
