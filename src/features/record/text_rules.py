"""Rules for the texts of the feature."""

from typing import Final

from subscriptions.application.texts.text_rule import TextRule

TEXT_RULES: Final = (TextRule(key="record.picture", is_caption=True),)
