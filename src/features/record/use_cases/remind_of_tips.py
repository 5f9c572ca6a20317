"""Reminders before the start of a tip's event, for plans that have reminders switched on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from features.picks.domain import TipFacts
from features.picks.use_cases.tip_text import reminder_content
from features.record.domain.tip_history import TipHistory
from features.record.ports.records import RECORDS_KEY
from subscriptions.domain.entities.post import Post, PostStatus
from subscriptions.domain.ids import PlanId, PostId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory, skipping


@dataclass(frozen=True)
class RemindOfTips:
    """Use case that creates and updates reminders. A reminder is a post whose deadline is the start of the tip's event,
    so it is never posted too late. Idempotent and safe to run concurrently.

    - A tip has at most one reminder; the database refuses a second one.
    - A tip that was published after its reminder was due gets none.
    - A reminder is edited when the start of the event changes, and withdrawn together with the tip.

    home: time zone of the start times.
    """

    units: UnitOfWorkFactory
    clock: Clock
    home: ZoneInfo

    async def __call__(self) -> None:
        """Create reminders of tips whose event starts soon, and update or withdraw existing reminders
        of changed tips.
        """
        now = self.clock.now()
        async with self.units() as uow:
            reminders = {each.reminds_of: each for each in await uow.of(POSTS_KEY).reminders(now)}
            for tip_id, reminder in reminders.items():
                if tip_id is not None:
                    with skipping(uow):
                        await self._follow(uow, tip_id, reminder)
            leads = await uow.of(RECORDS_KEY).reminders()
            if leads:
                for tip_id in await uow.of(RECORDS_KEY).starting_between(now, now + max(leads.values())):
                    if tip_id not in reminders:
                        with skipping(uow):
                            await self._remind(uow, tip_id, leads, now)
            await uow.commit()

    async def _follow(self, uow: UnitOfWork, tip_id: PostId, reminder: Post) -> None:
        tip = await uow.of(POSTS_KEY).get(tip_id)
        if tip is None:
            return
        facts = await _facts(uow, tip_id)
        content = reminder_content(facts, self.home)
        is_true = tip.status is PostStatus.ACCEPTED and content == reminder.content
        if is_true:
            return
        locked_reminder = await uow.of(POSTS_KEY).get(reminder.id, lock=True)
        if locked_reminder is None:
            return
        if tip.status is PostStatus.WITHDRAWN:
            locked_reminder.withdraw()
        else:
            locked_reminder.deadline = facts.starts_at
            locked_reminder.edit(content)
        await uow.of(POSTS_KEY).save(locked_reminder)

    async def _remind(self, uow: UnitOfWork, tip_id: PostId, leads: Mapping[PlanId, timedelta], now: datetime) -> None:
        tip = await uow.of(POSTS_KEY).get(tip_id)
        lead = leads.get(tip.plan_id) if tip is not None else None
        if tip is None or lead is None or tip.status is PostStatus.WITHDRAWN:
            return
        facts = await _facts(uow, tip_id)
        if tip.goes_out_at < facts.starts_at - lead <= now < facts.starts_at:
            content = reminder_content(facts, self.home)
            await uow.of(POSTS_KEY).add_if_new(Post.remind(tip, content, facts.starts_at, now))


async def _facts(uow: UnitOfWork, tip_id: PostId) -> TipFacts:
    return TipHistory(tip_id, await uow.of(RECORDS_KEY).of_tip(tip_id)).facts
