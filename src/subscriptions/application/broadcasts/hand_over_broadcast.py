"""Broadcasts that a program submits complete: content, audience and time."""

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
"""Allowance for the time that a request takes to arrive."""


class BroadcastConflict(UmbralError):
    """Error: the idempotency key was used for a different broadcast."""


@dataclass(frozen=True)
class HandOverBroadcast:
    """Use case for programs authenticated by an API key, like the submission of posts. It is no staff command.

    A program submits in one call what staff composes, aims and starts (`compose_broadcast`, `aim_broadcast`,
    `start_broadcast`), including rows of buttons, which typed answers can't express.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(
        self, program: str, key: str, content: PickContent, audience: Audience, at: datetime | None
    ) -> Broadcast:
        """Accept a broadcast to start at a time, or now if `at` is None.

        The same request returns the same broadcast; keys are separate per program. Raises BroadcastConflict,
        PlanUnavailable and InvalidInput.
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
    """Return True if the broadcast matches the request. The content of an edited broadcast may differ."""
    same_content = broadcast.content.fingerprint == content.fingerprint or broadcast.revision > 1
    return same_content and broadcast.audience == audience
