"""Whom a broadcast is for: people by what they had, language and plan, or the channels of plans."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from bot.panel.pages.broadcasts.casts import one, plan_names
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.broadcasts import casts_to as screens
from subscriptions.application.broadcasts.compose_broadcast import UnknownBroadcast
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.domain.entities.broadcast import Audience, Broadcast, Segment
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import BroadcastId
from subscriptions.domain.services.staff_policy import StaffAction

_ANY: Final = "-"


async def people(visit: Visit) -> Screen:
    """Choose people."""
    found = await one(visit)
    audience = _of_people(found)
    sizes = {each: await visit.use.see_broadcasts().size(_turned(audience, each)) for each in Segment}
    return screens.people(visit.t, found, audience, sizes, await plan_names(visit))


def _of_people(broadcast: Broadcast) -> Audience:
    known = broadcast.audience
    return known if known is not None and not known.channels else Audience()


def _turned(audience: Audience, segment: Segment) -> Audience:
    plan = None if segment is Segment.NEVER else audience.plan
    return Audience(segment=segment, language=audience.language, plan=plan)


async def segment(visit: Visit) -> Screen:
    """Those of one segment."""
    if visit.part(1) not in set(Segment):
        raise Stale("no such segment")
    found = await one(visit)
    return await _aimed(visit, _turned(_of_people(found), Segment(visit.part(1))), people)


async def language(visit: Visit) -> Screen:
    """Only of one language, or of any."""
    wanted = None if visit.part(1) == _ANY else visit.part(1)
    return await _aimed(visit, replace(_of_people(await one(visit)), language=wanted), people)


async def plans(visit: Visit) -> Screen:
    """Choose a plan that they had, or have."""
    found = await one(visit)
    known = await visit.use.pricing().get_all_plans(active_only=False)
    return screens.plans(visit.t, found, known)


async def of_plan(visit: Visit) -> Screen:
    """Only who had, or has, this plan; or whoever."""
    known = _of_people(await one(visit))
    plan = None if visit.part(1) == _ANY else (await _plan(visit)).soft_id
    wanted = Segment.ALL if plan is not None and known.segment is Segment.NEVER else known.segment
    return await _aimed(visit, replace(known, segment=wanted, plan=plan), people)


async def channels(visit: Visit) -> Screen:
    """Choose the plans whose channels show it."""
    found = await one(visit)
    known = await visit.use.pricing().get_all_plans(active_only=False)
    sizes = {
        plan.soft_id: await visit.use.see_broadcasts().size(Audience(channels=frozenset({plan.soft_id})))
        for plan in known
    }
    return screens.channels(visit.t, found, known, sizes)


async def channel(visit: Visit) -> Screen:
    """Into the channels of one more plan, or of one less."""
    found, plan = await one(visit), await _plan(visit)
    chosen = found.audience.channels if found.audience is not None else frozenset[str]()
    return await _aimed(visit, Audience(channels=chosen ^ {plan.soft_id}), channels)


async def _plan(visit: Visit) -> ServicePlan:
    found = await visit.use.pricing().get_plan_by_id(visit.id(1))
    if found is None:
        raise Stale("no such plan")
    return found


async def _aimed(visit: Visit, audience: Audience, then: Callable[[Visit], Awaitable[Screen]]) -> Screen:
    try:
        await visit.use.compose_broadcast().aim(visit.who, BroadcastId(visit.id()), audience)
    except (InvalidInput, UnknownBroadcast, PlanUnavailable) as gone:
        raise Stale("it has begun, or is gone") from gone
    return await then(visit)


PAGES: Final[Mapping[str, Page]] = {
    name: Page(StaffAction.BROADCAST, show)
    for name, show in {
        "cast.who": people,
        "cast.seg": segment,
        "cast.lang": language,
        "cast.plans": plans,
        "cast.of": of_plan,
        "cast.chs": channels,
        "cast.ch": channel,
    }.items()
}
