"""Rules for the operator's own message templates of tips, such as the facts that a template must contain."""

from typing import Final

from features.picks.use_cases.tip_text import BUILT_IN, TIP_MESSAGE
from subscriptions.application.features import DEFAULT_VERTICAL
from subscriptions.application.texts.text_rule import TextRule

TEXT_RULES: Final = (
    TextRule(
        key=TIP_MESSAGE,
        built_in=BUILT_IN,
        # The facts that every tip has and that the record stores and counts, and the selections of a combined tip.
        needs=("event", "start", "market", "selection", "legs", "odds", "stake"),
        is_plain=True,
        per_plan=True,
        lists_plans_in=frozenset({DEFAULT_VERTICAL}),
    ),
)
