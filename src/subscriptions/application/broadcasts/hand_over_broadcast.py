"""Broadcasts that a program submits in one request: content, audience and start time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.application.broadcasts.see_broadcasts import UnknownBroadcast
from subscriptions.application.broadcasts.start_broadcast import FARTHEST
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.domain.entities.broadcast import Audience, Broadcast
from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.broadcasts import BROADCASTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

_TRAVEL_TIME = timedelta(seconds=3)
"""Allowance for the duration of the request."""


class BroadcastConflict(UmbralError):
    """Error: the idempotency key was already used for a different broadcast."""


@dataclass(frozen=True)
class HandOverBroadcast:
    """Use case for programs authenticated by an API key. It is no staff command.

    A program submits in one call the steps that staff takes one by one (`compose_broadcast`, `aim_broadcast`,
    `start_broadcast`). It may include several buttons per row, which staff can't type.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(
        self, program: str, key: str, content: PickContent, audience: Audience, at: datetime | None
    ) -> Broadcast:
        """Accept a broadcast that starts at `at`, or now if `at` is None. An identical request with the same key
        returns the same broadcast; each program has its own keys.

        Raises BroadcastConflict, PlanUnavailable and InvalidInput.
        """
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
                    action=str(StaffAction.BROADCAST),
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


def _same(broadcast: Broadcast, content: PickContent, audience: Audience) -> bool:
    """Return True if the broadcast matches the request. The content is not compared if the broadcast was
    edited since.
    """
    same_content = broadcast.content.fingerprint == content.fingerprint or broadcast.revision > 1
    return same_content and broadcast.audience == audience
