"""Message templates of tips. The operator can change them for all plans or for a single plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from features.picks.use_cases.tip_text import BUILT_IN, TIP_MESSAGE, template_of
from subscriptions.application.texts.text_rules import facts_of, unnamed_facts
from subscriptions.domain.entities.custom_text import TextId
from subscriptions.domain.entities.spoken import LANGUAGES, nearest, variants
from subscriptions.domain.ports.text_catalog import TextCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class TipMessages:
    """Source of the message templates of tips. The templates are read at each publication, so that a change takes
    effect in every process. catalog: texts of the vertical; None to use only the built-in texts.
    """

    catalog: TextCatalog | None = None

    async def messages_of(self, uow: UnitOfWork, soft_id: str) -> Mapping[str, str]:
        """Return the templates of a plan, keyed by language, for the languages that have a template."""
        custom = {text.id: text.text for text in await uow.texts.all() if text.id.for_all.key == TIP_MESSAGE}
        messages = dict(BUILT_IN)
        for language in LANGUAGES:
            every = [TextId(each, TIP_MESSAGE) for each in variants(language)]
            layers = [*(each.for_one(soft_id) for each in every), *every]
            message = next((complete_text(each, custom[each]) for each in layers if each in custom), None)
            if message is None and self.catalog is not None:
                message = self.catalog.default(every[0])
            if message is not None and message != nearest(messages, language):
                messages[language] = message
        return messages


def complete_text(text_id: TextId, text: str) -> str:
    """Return an operator's template with the built-in lines added for required facts that the template lacks, as
    templates of earlier versions may.
    """
    missing_names = set(unnamed_facts(text_id.key, text))
    lines = template_of(text_id.language).message.split("\n")
    return "\n".join([text, *(line for line in lines if not missing_names.isdisjoint(facts_of(line)))])


BUILT_IN_MESSAGES: Final = TipMessages()
"""Message templates of tips without those that the vertical provides."""
