"""Words of a plan that promise certainty, which nobody who sells predictions can keep, and several laws forbid."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.spoken import Spoken


def promises_of(plan: ServicePlan, phrases: Iterable[str]) -> Sequence[str]:
    """Return the phrases that stand in a plan's words, in any of its languages. phrases: as a vertical lists them."""
    return promises_in((plan.name, plan.description, plan.note), phrases)


def promises_in(words: Iterable[str], phrases: Iterable[str]) -> Sequence[str]:
    """The same for any words; accents, case and spaces make no difference."""
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
