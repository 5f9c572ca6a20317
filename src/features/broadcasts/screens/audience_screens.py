"""Screens for the choice of a broadcast's audience."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import pairs, screen
from bot.texts import LANGUAGES, Texts
from features.broadcasts.commands.parts import CHAT, SOURCE, TAG
from features.broadcasts.domain import BY_PLANS, Audience, Broadcast, Segment
from features.broadcasts.use_cases.see_broadcasts import AudienceSize, in_chat
from features.broadcasts.words import whom
from subscriptions.application.dto.languages import language_name
from subscriptions.application.staff.inputs import Input
from subscriptions.domain.entities.service_plan import ServicePlan


def people(
    t: Texts, item: Broadcast, audience: Audience, sizes: Mapping[Segment, AudienceSize], names: Mapping[str, str]
) -> Screen:
    """Return the page on which staff selects a segment of customers and limits it. sizes: number of people in each
    segment under the selected limits.
    """
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
    days = audience.ends_within
    ends = t.plain("casts.ends_any") if days is None else t.plain("casts.ends_within", days=days)
    chat = names.get(in_chat(audience.chat), audience.chat) if audience.chat is not None else None
    values = {"chat": chat, "tag": audience.tag, "source": audience.source}
    limits = [
        button(t.plain("casts.by_plan", plan=plan), data("cast.plans", item.id)),
        button(ends, data("cast.ends", item.id)),
        *(
            button(
                t.plain(f"casts.limit.{name}", value=value or t.plain("casts.limit.any")),
                data("cast.by", item.id, name),
            )
            for name, value in values.items()
        ),
    ]
    text = "\n\n".join(
        [t("casts.who"), t("casts.to", whom=whom(t.plain, audience, names)) if is_chosen else t("casts.choose")]
    )
    return screen(t, text, *pairs(segments), *pairs(languages), *pairs(limits), back_to=data("cast", item.id))


def plans(t: Texts, item: Broadcast, service_plans: Sequence[ServicePlan]) -> Screen:
    """Ask for the plan that the recipients must have or have had."""
    buttons = [button(plan.label, data("cast.of", item.id, plan.id)) for plan in service_plans]
    whoever = button(t.plain("casts.any_plan"), data("cast.of", item.id, "-"))
    return screen(t, t("casts.which_plan"), whoever, *pairs(buttons), back_to=data("cast.who", item.id))


LIMITS: Final[Mapping[str, Input[str | None]]] = {"chat": CHAT, "tag": TAG, "source": SOURCE}
"""Inputs of the limits whose value is chosen from a list: chat, tag and source."""
_ENDS: Final = (3, 7, 14, 30)
_MOST_VALUES: Final = 40


def mark_of(value: str) -> str:
    """Return a short hash that identifies a value in callback data, which Telegram limits to 64 bytes."""
    return sha256(value.encode()).hexdigest()[:8]


def ends(t: Texts, item: Broadcast) -> Screen:
    """Ask for the number of days within which the recipients' access must end."""
    buttons = [button(t.plain("casts.ends_within", days=days), data("cast.in", item.id, days)) for days in _ENDS]
    whoever = button(t.plain("casts.ends_any"), data("cast.in", item.id, "-"))
    return screen(t, t("casts.which_end"), whoever, *pairs(buttons), back_to=data("cast.who", item.id))


def limit(t: Texts, item: Broadcast, name: str, values: Sequence[tuple[str, str]]) -> Screen:
    """Ask for one value of a limit: a chat, a tag or a source."""
    buttons = [button(label, data("cast.is", item.id, name, mark_of(value))) for value, label in values[:_MOST_VALUES]]
    whoever = button(t.plain("casts.limit.any"), data("cast.is", item.id, name, "-"))
    text = t(f"casts.which_{name}" if values else f"casts.no_{name}")
    return screen(t, text, whoever, *pairs(buttons), back_to=data("cast.who", item.id))


def channels(
    t: Texts, item: Broadcast, service_plans: Sequence[ServicePlan], sizes: Mapping[str, AudienceSize]
) -> Screen:
    """Return the screen with the plans whose channels can receive the broadcast, each with its number of channels."""
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
