"""Rule that an operator's own caption of the record's picture must follow."""

from typing import Final

from subscriptions.application.texts.text_rule import TextRule

TEXT_RULES: Final = (TextRule(key="record.picture", is_caption=True),)
