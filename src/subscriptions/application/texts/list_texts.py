"""List of the texts for customers, shown to the operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.staff_desk import StaffDesk, reads, with_permission
from subscriptions.application.texts.sample import sample_of
from subscriptions.application.texts.text_rule import rule_of, texts_per_plan
from subscriptions.application.texts.text_rules import default_of, facts_of, longest_of, model_of
from subscriptions.domain.entities.custom_text import PER_RESOURCE, TextId
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.text_catalog import TextCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class TextLayer(StrEnum):
    """Source of a text. `MISSING`: the language has no such text, so the text of the first language is used."""

    BUILT_IN = "built_in"
    VERTICAL = "vertical"
    OPERATOR = "operator"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class TextView:
    """Text in one language.

    text: text in use
    default: default text
    sample: text with example facts
    facts: facts that the text may contain
    """

    id: TextId
    layer: TextLayer
    text: str
    default: str
    sample: str
    facts: Sequence[str]

    @property
    def longest(self) -> int:
        """Maximum length of the text, in characters."""
        return longest_of(self.id.key)


@dataclass(frozen=True)
class ListTexts:
    """Query of the texts that the operator can edit.

    `vertical`: kind of shop, which decides whether the texts of single plans are listed too
    """

    units: UnitOfWorkFactory
    staff_desk: StaffDesk
    catalog: TextCatalog
    policy: Policy
    vertical: str = ""

    @with_permission(StaffAction.EDIT_TEXTS)
    async def __call__(
        self, _: TelegramId, language: str, words: str = "", layer: TextLayer | None = None
    ) -> Sequence[TextView]:
        """Return the texts of one language. `words`: search words in the key or the text. Raises NotAllowed if the role
        does not permit editing texts.
        """
        views, needle = await self.every(language), words.casefold()
        matches = (view for view in views if needle in view.text.casefold() or needle in view.id.key.casefold())
        return [view for view in matches if layer in {None, view.layer}]

    async def every(self, language: str) -> Sequence[TextView]:
        """Return all texts of one language, without a permission check."""
        async with self.units() as uow:
            custom = {text.id: text.text for text in await uow.texts.all()}
            plans = [plan.soft_id for plan in await uow.plans.all() if plan.active]
            resources = await uow.resources.all()
        rituals = [each.soft_id for each in resources if each.has_ritual and not (each.is_vip or each.is_retired)]
        per_plan = [key for key in texts_per_plan() if self.vertical in rule_of(key).lists_plans_in]
        names = {**dict.fromkeys(per_plan, plans), **dict.fromkeys(PER_RESOURCE, rituals)}
        ids = [TextId(language, key) for key in self.catalog.text_keys()]
        ids += [each.for_one(name) for each in ids for name in names.get(each.key, ())]
        return [self._view(text_id, custom.get(text_id)) for text_id in ids]

    @reads(StaffAction.EDIT_TEXTS)
    async def get(self, uow: UnitOfWork, text_id: TextId) -> TextView | None:
        """Return one text. Return None if it does not exist. Raises NotAllowed if the role does not permit editing
        texts.
        """
        if default_of(self.catalog, text_id) is None:
            return None
        custom = await uow.texts.get(text_id)
        return self._view(text_id, custom.text if custom is not None else None)

    def _view(self, text_id: TextId, custom: str | None) -> TextView:
        default = self.catalog.default(text_id)
        if custom is not None:
            layer = TextLayer.OPERATOR
        elif default is None:
            layer = TextLayer.MISSING
        else:
            layer = TextLayer.VERTICAL if self.catalog.own_words(text_id) else TextLayer.BUILT_IN
        fallback = default_of(self.catalog, text_id) or ""
        text = custom if custom is not None else fallback
        return TextView(
            id=text_id,
            layer=layer,
            text=text,
            default=fallback,
            sample=sample_of(text, self.policy.brand),
            facts=list(facts_of(model_of(self.catalog, text_id) or fallback)),
        )
