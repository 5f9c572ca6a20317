"""Screens of plans for staff."""

from collections.abc import Collection, Sequence

from aiogram.types import InlineKeyboardButton
from babel import UnknownLocaleError

from bot.formats import brief
from bot.keyboards import button
from bot.panel.command_buttons import command_buttons
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.asking import opening
from bot.screens.panel.frame import NO_NAMES, Names, Row, actor_name, card, pairs, screen, up
from bot.texts import Texts, texts_for
from subscriptions.application.catalog.plan_fields import FIELD_QUESTIONS, QuestionKind
from subscriptions.application.dto.languages import named_in
from subscriptions.application.views import plan_texts
from subscriptions.application.views.plan_texts import plan_price
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import PlanId
from subscriptions.domain.services.staff_policy import StaffAction, may


def plans(
    t: Texts,
    service_plans: Sequence[ServicePlan],
    role: Role | None,
    note: str | None = None,
    *,
    unsold: Collection[PlanId] = (),
) -> Screen:
    """Return all plans, including inactive ones. unsold: active plans with a resource that customers cannot enter."""
    lines = [note] if note else []
    lines += [t("offer.plans"), t("offer.about") if service_plans else t("offer.none")]
    rows: list[Row] = [
        button(
            t.plain(_label_key(plan, unsold), plan=plan.label, price=plan_price(t, plan)),
            data("plan", plan.id),
        )
        for plan in service_plans
    ]
    if may(role, StaffAction.CHANGE_PLANS):
        rows.insert(0, button(t.plain("offer.new"), data("plan.new")))
        rows.append(button(t.plain("commands.import_plans.label"), data("plan.file")))
    return screen(t, "\n\n".join(lines), *rows, back_to=up("plans"))


def plan(
    t: Texts,
    item: ServicePlan,
    role: Role | None,
    note: str | None = None,
    *,
    bot: str,
    titles: plan_texts.Titles = plan_texts.NO_TITLES,
    of_features: Sequence[str] = (),
    names: Names = NO_NAMES,
    missing: Sequence[str] = (),
    first: Sequence[InlineKeyboardButton] = (),
) -> Screen:
    """Return the card of a plan with its commands.

    note: result of the previous command. bot: username for the plan's deep link. titles: titles of plans and resources.
    of_features: commands of features on the plan. names: names of the staff members who created and changed the
    plan. missing: slugs of the plan's resources that customers cannot enter, which prevents the sale of the plan.
    first: buttons of features above the commands.
    """
    lines = [note] if note else []
    lines.append(
        card(
            t("offer.name", plan=item.label),
            t("offer.price", price=plan_price(t, item)),
            t("offer.kind", kind=plan_texts.titles_text(",".join(item.opens), QuestionKind.RESOURCES, titles)),
            *_fields(t, item, titles),
            t("offer.texts", languages=_languages(t, item)) if item.texts else "",
            t("offer.state", state=t.plain("offer.on" if item.active else "offer.off")) if not missing else "",
            t("offer.unsold", missing=plan_texts.titles_text(",".join(missing), QuestionKind.RESOURCES, titles))
            if missing
            else "",
            "" if item.active else t("offer.honours" if item.honours_tokens else "offer.refuses"),
            t("offer.made", at=brief(t, item.created_at), by=actor_name(names, item.created_by)),
            t("offer.changed", at=brief(t, item.updated_at), by=actor_name(names, item.updated_by))
            if item.updated_at
            else "",
        )
    )
    lines.append(t("offer.link", link=deep_link(bot, f"plan_{item.soft_id}")))
    rows = pairs(_changes(t, item, role, of_features)) if may(role, StaffAction.CHANGE_PLANS) else []
    return screen(t, "\n\n".join(lines), *first, *rows, back_to="plans", deep=True)


def _label_key(plan: ServicePlan, unsold: Collection[PlanId]) -> str:
    if not plan.active:
        return "offer.plan_off"
    return "offer.plan_unsold" if plan.id in unsold else "offer.plan_on"


def _languages(t: Texts, item: ServicePlan) -> str:
    """Return the names of the plan's languages. An unknown code is shown unchanged."""
    return ", ".join(_language(t, code) for code in item.texts)


def _language(t: Texts, code: str) -> str:
    try:
        return named_in(str(t.locale), code)
    except (UnknownLocaleError, ValueError):
        return code


def _fields(t: Texts, item: ServicePlan, titles: plan_texts.Titles) -> list[str]:
    """Return the plan's fields that differ from their defaults, without those shown elsewhere on the card."""
    plan_fields = {
        name: field for name, field in FIELD_QUESTIONS.items() if name not in ("emoji", "description", "opens")
    }
    values = {name: field.answer(getattr(item, name)) for name, field in plan_fields.items()}
    return [
        t(
            "offer.fact",
            name=t.plain(f"forms.plan_new.field.{name}"),
            value=plan_texts.answer_text(t, name, value, titles),
        )
        for name, value in values.items()
        if value != FIELD_QUESTIONS[name].answer(FIELD_QUESTIONS[name].blank)
    ]


def draft(
    t: Texts,
    item: ServicePlan,
    facts: Sequence[tuple[str, str]],
    cards: Sequence[tuple[str, str]],
    label: str,
    *,
    payable: bool,
    new: bool,
    promises: Sequence[str] = (),
    missing: str = "",
) -> str:
    """Return the text of an unsaved plan, with a preview as customers will see the plan.

    facts: answers with the names of their questions. cards: the plan's card in each language, as HTML. label: label of
        the plan's button. payable: True if at least one payment method accepts the price. new: True if the plan is
        being created. promises: phrases in the plan's texts that present an outcome as certain. missing: titles of
        resources that customers cannot enter.
    """
    lines = [t("offer.draft", plan=item.label)]
    if facts:
        lines.append(card(*(t("offer.fact", name=name, value=value) for name, value in facts)))
    if not payable:
        lines.append(t("offer.unpayable", currency=item.price.currency))
    if promises:
        lines.append(
            t("offer.promises", phrases=", ".join(t.plain("offer.promise", phrase=phrase) for phrase in promises))
        )
    if missing:
        lines.append(t("offer.unsold", missing=missing))
    if (payable and not missing) or not new:
        lines.append(t("offer.at_once" if new else "offer.keeps"))
    lines.append(t("offer.seen", label=label))
    lines += [
        t("offer.seen_in", language=texts_for(language).plain("chat.language.name")) + card(text)
        for language, text in cards
    ]
    return "\n\n".join(lines)


def _changes(t: Texts, item: ServicePlan, role: Role | None, of_features: Sequence[str]) -> list[InlineKeyboardButton]:
    codes = "refuse_codes" if item.honours_tokens else "honour_codes"
    commands = (
        *(("withdraw_plan",) if item.active else ("activate_plan", codes)),
        *of_features,
        "delete_plan",
    )
    return [
        *(button(opening(t, "plan_new", step), data("plan.edit", item.id, step)) for step in ("name", "duration_days")),
        *command_buttons(t, role, ("change_price", "method_price"), item.id),
        button(t.plain("offer.edit"), data("plan.edit", item.id)),
        *command_buttons(t, role, commands, item.id),
    ]
