"""Alarms about copies of tips that are still not posted when the deadline is near or has passed."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from features.record.alarms import TipAtRisk, TipMissed
from features.record.domain.tip_history import TipHistory
from features.record.ports.records import RECORDS_KEY
from subscriptions.application.alarms.alarm_kind import stored_fact
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.payment_causes import id_in_key
from subscriptions.application.posts.deliver_post import channels_of
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.delivery import LATE_REASON
from subscriptions.domain.entities.post import Post, PostStatus
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory, skipping

RISK_FROM: Final = 0.5
"""Fraction of the time between publication and deadline after which a copy that is not posted is at risk."""
HORIZON: Final = timedelta(days=7)
"""Maximum time before its deadline at which a tip is checked."""
SETTLED_AFTER: Final = timedelta(minutes=1)
"""Time after the deadline at which no delivery can still be in progress."""
REPORTED_FOR: Final = timedelta(days=1)
"""Time after a deadline for which missed copies are still reported, in case the job did not run in between."""


@dataclass(frozen=True)
class WatchDeadlines:
    """Job that watches the deadlines of tips. Idempotent, also when two runs overlap."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self) -> None:
        """Alert staff about copies of tips that may be posted late, and about copies that missed the deadline."""
        now = self.clock.now()
        async with self.units() as uow:
            for alarm in await uow.alarms.open_of(TipAtRisk.name, f"{TipAtRisk.name}:"):
                with skipping(uow):
                    await self._close(uow, alarm, now)
            for pick in await uow.of(POSTS_KEY).unposted_before_deadline(now - REPORTED_FOR, now + HORIZON):
                with skipping(uow):
                    await self._look(uow, pick, now)
            await uow.commit()

    async def _close(self, uow: UnitOfWork, alarm: Alarm, now: datetime) -> None:
        pick_id = id_in_key(alarm)
        pick = await uow.of(POSTS_KEY).get(PostId(pick_id)) if pick_id is not None else None
        if pick is None or await _at_risk(uow, pick, now) is None:
            alarm.closed_at = now
            await uow.alarms.save(alarm)

    async def _look(self, uow: UnitOfWork, pick: Post, now: datetime) -> None:
        at_risk = await _at_risk(uow, pick, now)
        if at_risk is not None:
            await keep_alarm(uow, TipAtRisk, str(pick.id), at_risk, now)
        elif pick.deadline is not None and now >= pick.deadline + SETTLED_AFTER:
            key = f"{TipMissed.name}:{pick.id}"
            earlier_alarm = await uow.alarms.newest(TipMissed.name, key)
            # A deadline that was extended after a reported miss may be missed again.
            if earlier_alarm is not None and earlier_alarm.facts["until"] == stored_fact(pick.deadline):
                return
            if not await _stood_until(uow, pick, pick.deadline):
                return
            missing_copies, copies, reason = await _missing_copies(uow, pick)
            if not missing_copies:
                return
            miss_alarm = TipMissed(
                pick=pick.key, until=pick.deadline, unsent=missing_copies, copies=copies, reason=reason
            )
            uow.record(miss_alarm.raise_event(f"{key}:{pick.deadline:%Y%m%dT%H%M}", now))


async def _stood_until(uow: UnitOfWork, pick: Post, deadline: datetime) -> bool:
    """Return True if the post was still published at its deadline. A post that was withdrawn earlier does not count as
    missed.
    """
    if pick.status is not PostStatus.WITHDRAWN:
        return True
    withdrawn_at = TipHistory(pick.id, await uow.of(RECORDS_KEY).of_tip(pick.id)).withdrawn_at
    return withdrawn_at is not None and withdrawn_at >= deadline


async def _at_risk(uow: UnitOfWork, pick: Post, now: datetime) -> TipAtRisk | None:
    deadline = pick.deadline
    if deadline is None or now >= deadline or pick.status is PostStatus.WITHDRAWN:
        return None
    if now < pick.goes_out_at + (deadline - pick.goes_out_at) * RISK_FROM:
        return None
    missing_copies, copies, reason = await _missing_copies(uow, pick)
    return (
        TipAtRisk(pick=pick.key, until=deadline, unsent=missing_copies, copies=copies, reason=reason)
        if missing_copies
        else None
    )


async def _missing_copies(uow: UnitOfWork, pick: Post) -> tuple[int, int, str | None]:
    """Return the number of unposted copies, the number of all copies, and the most frequent reason why copies were not
    posted; None if no reason is known.
    """
    counts = await uow.of(POSTS_KEY).counts(pick.id)
    reasons = Counter[str]()
    for (revision, failure), number in counts.items():
        if revision == 0 and failure not in (None, LATE_REASON):
            reasons[str(failure)] += number
    missing_count = sum(number for (revision, _), number in counts.items() if revision == 0)
    copies = sum(counts.values())
    if not copies:
        # Delivery has not begun, for example while the bot is down: count the channels that existed at publication.
        missing_count = copies = sum(1 for each in await channels_of(uow, pick) if _was_there(each, pick))
    return missing_count, copies, next((reason for reason, _ in reasons.most_common(1)), None)


def _was_there(channel: Channel, pick: Post) -> bool:
    return channel.channel_id is not None and (channel.adopted_at or channel.created_at) <= pick.goes_out_at
