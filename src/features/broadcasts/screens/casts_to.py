"""Screens for the choice of a broadcast's audience."""

from collections.abc import Mapping, Sequence

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import pairs, screen
from bot.texts import LANGUAGES, Texts
from features.broadcasts.domain import BY_PLANS, Audience, Broadcast, Segment
from features.broadcasts.use_cases.see_broadcasts import AudienceSize
from features.broadcasts.words import whom
from subscriptions.application.dto.languages import language_name
from subscriptions.domain.entities.service_plan import ServicePlan


def people(
    t: Texts, item: Broadcast, audience: Audience, sizes: Mapping[Segment, AudienceSize], names: Mapping[str, str]
) -> Screen:
    """Return the segments, each with its reachable people, and the filters. sizes: sizes of the filtered segments."""
    is_chosen = item.audience == audience
    segments = [
        button(
            _mark(is_chosen and each is audience.segment)
            + f"{t.plain(f'casts.segment.{each}')} · {sizes[each].reachable}",
            data("cast.seg", item.id, each),
        )
        for each in BY_PLANS
    ]
    languages = [
        button(
            _mark(audience.language == code) + (language_name(code) if code else t.plain("casts.language.any")),
            data("cast.lang", item.id, code or "-"),
        )
        for code in (None, *LANGUAGES)
    ]
    plan = t.plain("casts.any_plan") if audience.plan is None else names.get(audience.plan, audience.plan)
    by_plan = button(t.plain("casts.by_plan", plan=plan), data("cast.plans", item.id))
    text = "\n\n".join(
        [t("casts.who"), t("casts.to", whom=whom(t.plain, audience, names)) if is_chosen else t("casts.choose")]
    )
    return screen(t, text, *pairs(segments), *pairs(languages), by_plan, back_to=data("cast", item.id))


def plans(t: Texts, item: Broadcast, service_plans: Sequence[ServicePlan]) -> Screen:
    """Ask for the plan that the people have or had."""
    buttons = [button(plan.label, data("cast.of", item.id, plan.id)) for plan in service_plans]
    whoever = button(t.plain("casts.any_plan"), data("cast.of", item.id, "-"))
    return screen(t, t("casts.which_plan"), whoever, *pairs(buttons), back_to=data("cast.who", item.id))


def channels(
    t: Texts, item: Broadcast, service_plans: Sequence[ServicePlan], sizes: Mapping[str, AudienceSize]
) -> Screen:
    """Return the plans whose channels can receive the broadcast, each with its number of channels."""
    chosen_channels = item.audience.channels if item.audience is not None else frozenset[str]()
    buttons = [
        button(
            _mark(plan.soft_id in chosen_channels) + f"{plan.label} · {sizes[plan.soft_id].all}",
            data("cast.ch", item.id, plan.id),
        )
        for plan in service_plans
    ]
    return screen(t, t("casts.which_channels"), *buttons, back_to=data("cast", item.id))


def _mark(is_chosen: bool) -> str:
    return "✅ " if is_chosen else ""
