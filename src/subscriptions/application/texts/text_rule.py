"""Rules that a feature declares for its own texts, such as facts that a text must contain."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from subscriptions.application.dto.rooms import added_by_features

MODULE: Final = "text_rules"
"""Module of a feature whose constant `TEXT_RULES` contains the feature's rules."""


@dataclass(frozen=True, kw_only=True)
class TextRule:
    """Rule for one text of a feature.

    key: key of the text
    built_in: the text by language, if no file of the feature contains it
    needs: facts that the text must contain
    is_plain: True if the text is shown as typed, without markup
    is_caption: True if the text is the caption of a file
    per_plan: True if the operator can adapt the text for each plan
    lists_plans_in: verticals in which the texts of single plans are listed
    """

    key: str
    built_in: Mapping[str, str] = field(default_factory=dict)
    needs: Sequence[str] = ()
    is_plain: bool = False
    is_caption: bool = False
    per_plan: bool = False
    lists_plans_in: frozenset[str] = frozenset()


def text_rules() -> Mapping[str, TextRule]:
    """Return the rules of all installed features, keyed by the text's key."""
    return _text_rules(tuple(sys.path))


@lru_cache(maxsize=1)
def _text_rules(_: tuple[str, ...]) -> Mapping[str, TextRule]:
    """Return the rules of all installed features, cached per search path of the features because each listed text is
    compared with them.
    """
    return added_by_features(MODULE, "TEXT_RULES", TextRule, lambda rule: rule.key, ())


def rule_of(key: str) -> TextRule:
    """Return the rule of a text. If no feature has a rule for the text, return one without conditions."""
    return text_rules().get(key) or TextRule(key=key)


def texts_per_plan() -> Sequence[str]:
    """Return the keys of the texts that the operator can adapt for each plan."""
    return [rule.key for rule in text_rules().values() if rule.per_plan]
