"""Broadcasts that a program submits in one request: content, audience and start time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from features.broadcasts.commands.start import FARTHEST
from features.broadcasts.domain import Audience, Broadcast
from features.broadcasts.feature import FEATURE
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.see_broadcasts import UnknownBroadcast
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.features import is_off_sentence
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

_TRAVEL_TIME = timedelta(seconds=3)
"""Maximum time by which a requested start may lie in the past, to allow for the duration of the request."""


class BroadcastsOff(UmbralError):
    """Error: the feature is being disabled (draining), so no new broadcasts are accepted."""


class BroadcastConflict(UmbralError):
    """Error: the idempotency key was already used for a different broadcast."""


@dataclass(frozen=True)
class HandOverBroadcast:
    """Use case that accepts a complete broadcast from a program authenticated by an API key; not a staff command.

    A program submits in one call the steps that staff takes one by one (`compose_broadcast`, `aim_broadcast`,
    `start_broadcast`). The content may include several buttons per row, which staff cannot enter. is_on: False while
    the feature is draining, so that no new broadcasts are accepted.
    """

    units: UnitOfWorkFactory
    clock: Clock
    is_on: bool = True

    async def __call__(
        self, program: str, key: str, content: PostContent, audience: Audience, at: datetime | None
    ) -> Broadcast:
        """Accept a broadcast that starts at `at`, or now if `at` is None. An identical request with the same key
        returns the same broadcast; each program has its own keys.

        Raises BroadcastsOff if the feature is draining, BroadcastConflict if the key belongs to a different broadcast,
        PlanUnavailable for an unknown plan, and InvalidInput for an invalid start time or audience.
        """
        if not self.is_on:
            raise BroadcastsOff(is_off_sentence(FEATURE.name))
        now = self.clock.now()
        if at is not None and not now - _TRAVEL_TIME <= at <= now + FARTHEST:
            raise InvalidInput("at", "must be a moment to come, within a year")
        async with self.units() as uow:
            await _refuse_unknown(uow, audience)
            # Key format of the previous version, whose programs shared their keys. Its broadcasts must not be sent
            # again.
            broadcast = await uow.of(BROADCASTS_KEY).by_key(f"api:{key}")
            if broadcast is not None and _same(broadcast, content, audience):
                return broadcast
            actor = f"api:{program}"
            fresh = Broadcast.draft(f"{actor}:{key}", None, content, now)
            fresh.aim(audience)
            fresh.start(at or now, now)
            if await uow.of(BROADCASTS_KEY).add_if_new(fresh):
                await uow.audit.record(
                    actor=actor,
                    action=str(BROADCAST),
                    subject=str(fresh.id),
                    reason="handed over by a program",
                    at=now,
                )
                await uow.commit()
                return fresh
            known_broadcast = await uow.of(BROADCASTS_KEY).by_key(fresh.key)
        if known_broadcast is None:
            raise UnknownBroadcast(key)
        if not _same(known_broadcast, content, audience):
            raise BroadcastConflict(key)
        return known_broadcast


async def _refuse_unknown(uow: UnitOfWork, audience: Audience) -> None:
    for soft_id in sorted(audience.channels | ({audience.plan} if audience.plan is not None else set())):
        if await uow.plans.by_soft_id(soft_id) is None:
            raise PlanUnavailable(soft_id)
    if audience.chat is not None and await uow.resources.by_soft_id(audience.chat) is None:
        raise InvalidInput("chat", "there is none of this name")


def _same(broadcast: Broadcast, content: PostContent, audience: Audience) -> bool:
    """Return True if the broadcast matches the request. If the broadcast was edited after its submission, the content
    is not compared.
    """
    same_content = broadcast.content.fingerprint == content.fingerprint or broadcast.revision > 1
    return same_content and broadcast.audience == audience
