"""Choice of a broadcast's audience: people by segment and limits, or the channels of plans."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.panel.pages.staff.commands import outcome_of, press_operation
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from features.broadcasts.chat.broadcasts import one, show_one
from features.broadcasts.commands.compose import AimBroadcast
from features.broadcasts.commands.parts import ANY, answers_of
from features.broadcasts.domain import BY_PLANS, FARTHEST_END, WITHOUT_PLAN, Audience, Broadcast, Segment
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.screens import audience_screens as screens
from features.broadcasts.wiring import broadcasts_of, see_broadcasts_of
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.domain.entities.service_plan import ServicePlan

_ANY: Final = "-"
_SOON: Final = 7
"""Number of days within which access ends for the audience "access ends soon". The page of a draft without an audience
has a button for this audience.
"""


async def people(visit: Visit) -> Screen:
    """Show the page on which staff selects the recipients among the customers."""
    broadcast = await one(visit)
    audience = _of_people(broadcast)
    see = see_broadcasts_of(visit.use.core)
    sizes = {each: await see.size(_toggle(audience, each)) for each in BY_PLANS}
    return screens.people(visit.t, broadcast, audience, sizes, await see.names(audience))


def _of_people(broadcast: Broadcast) -> Audience:
    audience = broadcast.audience
    is_chosen = audience is not None and not audience.channels and audience.segment in BY_PLANS
    return audience if audience is not None and is_chosen else Audience()


def _toggle(audience: Audience, segment: Segment) -> Audience:
    plan = None if segment is Segment.NEVER else audience.plan
    ends_within = None if segment in WITHOUT_PLAN else audience.ends_within
    return replace(audience, segment=segment, plan=plan, ends_within=ends_within)


async def segment(visit: Visit) -> Screen:
    """Limit the audience to the customers of one segment."""
    if visit.part(1) not in BY_PLANS:
        raise Stale("no such segment")
    broadcast = await one(visit)
    return await _aim(visit, _toggle(_of_people(broadcast), Segment(visit.part(1))), people)


async def language(visit: Visit) -> Screen:
    """Limit the audience to customers with the chosen language. If "any" is chosen, remove this limit."""
    language_code = None if visit.part(1) == _ANY else visit.part(1)
    return await _aim(visit, replace(_of_people(await one(visit)), language=language_code), people)


async def plans(visit: Visit) -> Screen:
    """Show the choice of a plan, which limits the audience to customers who have or had that plan."""
    broadcast = await one(visit)
    service_plans = await visit.use.pricing().get_all_plans(active_only=False)
    return screens.plans(visit.t, broadcast, service_plans)


async def of_plan(visit: Visit) -> Screen:
    """Limit the audience to customers who have or had the chosen plan. If "any" is chosen, remove this limit."""
    audience = _of_people(await one(visit))
    plan = None if visit.part(1) == _ANY else (await _plan(visit)).soft_id
    segment = Segment.ALL if plan is not None and audience.segment is Segment.NEVER else audience.segment
    return await _aim(visit, replace(audience, segment=segment, plan=plan), people)


async def ends(visit: Visit) -> Screen:
    """Show the choice of days, which limits the audience to customers whose access ends within that time."""
    return screens.ends(visit.t, await one(visit))


async def ends_within(visit: Visit) -> Screen:
    """Limit the audience to customers whose access ends within the chosen number of days. If "any" is chosen, remove
    this limit.
    """
    audience = _of_people(await one(visit))
    days = None if visit.part(1) == _ANY else int(visit.part(1)) if visit.part(1).isdecimal() else 0
    segment = Segment.ACTIVE if days is not None and audience.segment in WITHOUT_PLAN else audience.segment
    if days is not None and not 1 <= days <= FARTHEST_END:
        raise Stale("no such number of days")
    return await _aim(visit, replace(audience, segment=segment, ends_within=days), people)


async def ends_soon(visit: Visit) -> Screen:
    """Set the audience to the customers whose access ends within a week, and return to the draft."""
    return await _aim(visit, Audience(segment=Segment.ACTIVE, ends_within=_SOON), show_one)


async def limit(visit: Visit) -> Screen:
    """Show the chats, tags or sources by which the audience can be limited."""
    name = visit.part(1)
    return screens.limit(visit.t, await one(visit), name, await _values(visit, name))


async def within(visit: Visit) -> Screen:
    """Limit the audience to the chosen chat, tag or source. If "any" is chosen, remove this limit."""
    name, mark = visit.part(1), visit.part(2)
    values = {screens.mark_of(value): value for value, _ in await _values(visit, name)}
    if mark != _ANY and mark not in values:
        raise Stale("no such value any more")
    audience = _of_people(await one(visit))
    return await _aim(visit, audience.limited(name, values.get(mark)), people)


async def _values(visit: Visit, name: str) -> Sequence[tuple[str, str]]:
    asked_input = screens.LIMITS.get(name)
    subject = str(visit.id())
    runner = visit.use.run_command()
    found = await runner.subject(visit.who, AimBroadcast.name, subject) if asked_input is not None else None
    if asked_input is None or found is None:
        raise Stale("no such limit")
    choices = await runner.choices(visit.who, AimBroadcast.name, asked_input.name, found)
    return [(each.value, str(each.label or each.value)) for each in choices if each.value != ANY]


async def channels(visit: Visit) -> Screen:
    """Show the choice of the plans whose channels receive the broadcast."""
    broadcast = await one(visit)
    service_plans = await visit.use.pricing().get_all_plans(active_only=False)
    sizes = {
        plan.soft_id: await broadcasts_of(visit.use.core)
        .see_broadcasts()
        .size(Audience(channels=frozenset({plan.soft_id})))
        for plan in service_plans
    }
    return screens.channels(visit.t, broadcast, service_plans, sizes)


async def channel(visit: Visit) -> Screen:
    """Add the channels of a plan to the audience, or remove them if the audience already contains them. The channels of
    the last plan cannot be removed.
    """
    broadcast, plan = await one(visit), await _plan(visit)
    chosen_channels = broadcast.audience.channels if broadcast.audience is not None else frozenset[str]()
    # The last plan stays selected: an audience without channels would mean everyone.
    return await _aim(visit, Audience(channels=chosen_channels ^ {plan.soft_id} or chosen_channels), channels)


async def _plan(visit: Visit) -> ServicePlan:
    service_plan = await visit.use.pricing().get_plan_by_id(visit.id(1))
    if service_plan is None:
        raise Stale("no such plan")
    return service_plan


async def _aim(visit: Visit, audience: Audience, show_next: Callable[[Visit], Awaitable[Screen]]) -> Screen:
    broadcast_id = str(visit.id())
    try:
        outcome = await outcome_of(
            visit, AimBroadcast, broadcast_id, answers_of(audience), press_operation(visit, broadcast_id)
        )
    except Wrong as wrong:
        raise Stale("a plan that is gone") from wrong
    if outcome is None:
        raise Stale("it has begun, or is gone")
    return await show_next(visit)


PAGES: Final[Mapping[str, Page]] = {
    name: Page(BROADCAST, show)
    for name, show in {
        "cast.who": people,
        "cast.seg": segment,
        "cast.lang": language,
        "cast.plans": plans,
        "cast.of": of_plan,
        "cast.ends": ends,
        "cast.in": ends_within,
        "cast.soon": ends_soon,
        "cast.by": limit,
        "cast.is": within,
        "cast.chs": channels,
        "cast.ch": channel,
    }.items()
}
