"""What the public channels of plans are owed by the clock: digests before the first start of a day and at its end."""

from datetime import date, datetime, time, timedelta
from typing import Final

from subscriptions.application.dto.policy import Policy
from subscriptions.application.record.public_text import PUBLIC_TEMPLATES
from subscriptions.domain.entities.record import RecordEntry
from subscriptions.domain.entities.record_post import PostKind, RecordChannel, RecordPost
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.spoken import said
from subscriptions.domain.events import RecordPostDue
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

LEAD: Final = timedelta(minutes=30)
"""So long before the first start of a day its digest is written: what is published later is in the day's last one."""


class KeepPublicPosts:
    """Writes down each post once; the bot posts it. Repeating it, or running it twice at once, owes nothing twice."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._clock = clock
        self._policy = policy

    async def __call__(self) -> None:
        """Look after the channel of each plan that has one."""
        now = self._clock.now()
        async with self._units() as uow:
            for channel in await uow.records.channels():
                plan = await uow.plans.get(channel.plan_id)
                if plan is not None:
                    await self._digests(uow, plan, channel, now)
            await uow.commit()

    async def _digests(self, uow: UnitOfWork, plan: ServicePlan, channel: RecordChannel, now: datetime) -> None:
        zone = self._policy.zones.home
        today = now.astimezone(zone).date()
        midnight = datetime.combine(today, time(), zone)
        following = datetime.combine(today + timedelta(days=1), time(), zone)
        first = await uow.records.first_start(plan.id, midnight, following)
        if first is not None and first - LEAD <= now < first:
            await self._digest(uow, plan, channel, PostKind.OPENING, today, await uow.records.head(plan.id), now)
        yesterday = today - timedelta(days=1)
        last = await uow.records.last_before(plan.id, midnight)
        if last is not None and last.at >= datetime.combine(yesterday, time(), zone):
            await self._digest(uow, plan, channel, PostKind.CLOSING, yesterday, last, now)

    async def _digest(
        self,
        uow: UnitOfWork,
        plan: ServicePlan,
        channel: RecordChannel,
        kind: PostKind,
        day: date,
        entry: RecordEntry | None,
        now: datetime,
    ) -> None:
        if entry is None or await uow.records.post(plan.id, kind, day.isoformat()) is not None:
            return
        template = PUBLIC_TEMPLATES[channel.language]
        page = f"{self._policy.base_url}/historial/{plan.soft_id}"
        heading = template.digest[kind].format(plan=said(plan.name, channel.language), day=day)
        post = RecordPost(
            plan_id=plan.id,
            kind=kind,
            subject=day.isoformat(),
            number=entry.number,
            hash=entry.hash,
            username=channel.username,
            text=f"{heading}\n\n{entry.hash}\n\n{template.check.format(number=entry.number, page=page)}",
            at=now,
        )
        if await uow.records.add_post(post):
            uow.record(RecordPostDue(plan.id, kind, post.subject))
