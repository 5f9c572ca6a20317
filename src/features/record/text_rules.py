"""Rule for the operator's own version of the text `record.picture`, which must fit into a picture's caption."""

from typing import Final

from subscriptions.application.texts.text_rule import TextRule

TEXT_RULES: Final = (TextRule(key="record.picture", is_caption=True),)
