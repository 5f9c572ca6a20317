"""Scheduled posts in the public channels of plans: digests, announcements, complete tips after the start of their
event, and monthly summaries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from fractions import Fraction
from typing import Final

from features.picks.domain import TipFacts, fixed_digits
from features.picks.use_cases.tip_messages import BUILT_IN_MESSAGES, TipMessages
from features.picks.use_cases.tip_text import TEMPLATES, TipDraft
from features.record.domain.events import RecordPostDue
from features.record.domain.record import RecordEntry
from features.record.domain.record_figures import Figures
from features.record.domain.record_post import PostKind, RecordChannel, RecordPost, Teasers
from features.record.domain.tip_history import TipHistory
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.public_text import PUBLIC_TEMPLATES, PublicTemplate
from features.record.use_cases.read_record import ReadRecord
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory, skipping

LEAD: Final = timedelta(minutes=30)
"""Time before a day's first start at which the opening digest is posted. Later tips appear in the day's
closing digest.
"""
MONTH_SHOWN_FOR: Final = 7
"""Number of days after the end of a month in which its summary may be posted."""


@dataclass(frozen=True)
class _PlanChannel:
    """Plan with its public channel, and the values that stay the same during one run of the use case."""

    uow: UnitOfWork
    plan: ServicePlan
    channel: RecordChannel
    now: datetime
    page: str
    zone: tzinfo

    @property
    def words(self) -> PublicTemplate:
        return PUBLIC_TEMPLATES[self.channel.language]

    @property
    def name(self) -> str:
        return text_for(self.plan.name, self.channel.language)

    @property
    def midnight(self) -> datetime:
        """Return the start of the current day in `zone`."""
        return datetime.combine(self.now.astimezone(self.zone).date(), time(), self.zone)

    async def owe(self, kind: PostKind, subject: str, text: str, entry: RecordEntry | None = None) -> None:
        """Record a post and queue its publication; do nothing if the post is already recorded. entry: record entry
        whose hash the digest contains.
        """
        post = RecordPost(
            plan_id=self.plan.id,
            kind=kind,
            subject=subject,
            number=entry.number if entry is not None else None,
            hash=entry.hash if entry is not None else None,
            username=self.channel.username,
            text=text,
            at=self.now,
        )
        if await self.uow.of(RECORDS_KEY).add_post(post):
            self.uow.record(RecordPostDue(self.plan.id, kind, subject))


@dataclass(frozen=True)
class KeepPublicPosts:
    """Use case that records each due public post once; the bot sends it. Idempotent and safe to run concurrently.
    tip_messages: message templates of tips.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy
    read_record: ReadRecord
    tip_messages: TipMessages = BUILT_IN_MESSAGES

    async def __call__(self) -> None:
        """Record the due posts of every plan with a public channel."""
        months = await self._months()
        async with self.units() as uow:
            for channel in await uow.of(RECORDS_KEY).channels():
                with skipping(uow):
                    await self._keep(uow, channel, months)
            await uow.commit()

    async def _keep(self, uow: UnitOfWork, channel: RecordChannel, months: Mapping[str, str]) -> None:
        plan = await uow.plans.get(channel.plan_id)
        if plan is None:
            return
        page = f"{self.policy.base_url}/historial/{plan.soft_id}"
        target = _PlanChannel(uow, plan, channel, self.clock.now(), page, self.policy.zones.home)
        await self._digests(target)
        await self._tease(target)
        await self._show_started(target)
        if plan.soft_id in months:
            await target.owe(PostKind.MONTH, f"{_last_month(target.now, target.zone):%Y-%m}", months[plan.soft_id])

    async def _digests(self, target: _PlanChannel) -> None:
        records, plan, midnight = target.uow.of(RECORDS_KEY), target.plan, target.midnight
        day_end = datetime.combine(midnight.date() + timedelta(days=1), time(), target.zone)
        day_before = datetime.combine(midnight.date() - timedelta(days=1), time(), target.zone)
        first_start = await records.first_start(plan.id, midnight, day_end)
        if first_start is not None and first_start - LEAD <= target.now < first_start:
            await self._digest(target, PostKind.OPENING, midnight, await records.head(plan.id))
        last_entry = await records.last_before(plan.id, midnight)
        if last_entry is not None and last_entry.at >= day_before:
            await self._digest(target, PostKind.CLOSING, day_before, last_entry)

    async def _digest(self, target: _PlanChannel, kind: PostKind, day: datetime, entry: RecordEntry | None) -> None:
        if entry is None:
            return
        heading = target.words.digest[kind].format(plan=target.name, day=day)
        check = target.words.check.format(number=entry.number, page=target.page)
        await target.owe(kind, f"{day:%Y-%m-%d}", f"{heading}\n\n{entry.hash}\n\n{check}", entry)

    async def _tease(self, target: _PlanChannel) -> None:
        """Announce tips whose event has not started. Only the plan's rule decides which tips are announced, so that no
        tip can be selected after its result is known.
        """
        if target.channel.teasers is Teasers.NONE:
            return
        is_daily = target.channel.teasers is Teasers.DAILY
        last_post = await target.uow.of(RECORDS_KEY).last_post(target.plan.id, PostKind.TEASER) if is_daily else None
        if last_post is not None and last_post.at >= target.midnight:
            return
        tips = await self._upcoming_tips(target)
        if is_daily:
            day_end = datetime.combine(target.midnight.date() + timedelta(days=1), time(), target.zone)
            tips = [tip for tip in tips if tip.facts.starts_at < day_end][:1]
        for tip in tips:
            facts, template = tip.facts, TEMPLATES[target.channel.language]
            event_line = " · ".join(filter(None, (facts.event, facts.sport, facts.competition)))
            starts = template.moment(facts.starts_at, self.policy.zones.home)
            heading = target.words.teaser.format(plan=target.name)
            text = f"{heading}\n\n{event_line}\n🕘 {starts}\n\n{target.words.care}"
            await target.owe(PostKind.TEASER, str(tip.tip_id), text)

    async def _upcoming_tips(self, target: _PlanChannel) -> Sequence[TipHistory]:
        """Return the published tips that are not withdrawn and whose event has not started, in the order of
        publication.
        """
        tips = [
            TipHistory(tip_id, await target.uow.of(RECORDS_KEY).of_tip(tip_id))
            for tip_id in await target.uow.of(RECORDS_KEY).starting_after(target.plan.id, target.now)
        ]
        for tip in tips:
            if tip.fault is not None:
                target.uow.skip(tip.fault)
        tips = [tip for tip in tips if tip.fault is None]
        live = [tip for tip in tips if tip.facts.starts_at > target.now and tip.withdrawn_at is None]
        posted_tips = [tip for tip in live if await self._is_out(target, tip)]
        return sorted(posted_tips, key=lambda tip: tip.number)

    async def _is_out(self, target: _PlanChannel, tip: TipHistory) -> bool:
        """Return True if paying customers have received the tip. A tip is not announced before that."""
        pick = await target.uow.of(POSTS_KEY).get(tip.tip_id)
        return pick is not None and pick.goes_out_at <= target.now

    async def _show_started(self, target: _PlanChannel) -> None:
        """Publish each announced tip in full once its event has started, with its facts at the start and regardless of
        its result.
        """
        for teaser in await target.uow.of(RECORDS_KEY).open_teasers(target.plan.id):
            with skipping(target.uow):
                await self._show_whole(target, teaser)

    async def _show_whole(self, target: _PlanChannel, teaser: RecordPost) -> None:
        entries = await target.uow.of(RECORDS_KEY).of_tip(PostId(teaser.subject_id))
        tip = TipHistory(PostId(teaser.subject_id), entries)
        if tip.facts.starts_at > target.now:
            return
        withdrawn = f"\n\n{target.words.withdrawn}" if tip.withdrawn_in_time else ""
        heading = target.words.whole.format(plan=target.name)
        body = await self._body(target, tip.facts)
        await target.owe(
            PostKind.TIP, teaser.subject, f"{heading}\n\n{body}{withdrawn}\n\n{target.page}\n{target.words.care}"
        )

    async def _body(self, target: _PlanChannel, facts: TipFacts) -> str:
        # The note can be as long as a message, and is for paying customers only.
        draft = TipDraft(facts=replace(facts, note=""))
        messages = await self.tip_messages.messages_of(target.uow, target.plan.soft_id)
        return draft.content(self.policy.zones.home, messages).in_language(target.channel.language).text

    async def _months(self) -> dict[str, str]:
        """Return the missing summaries of the last month, keyed by the plan's slug, for plans with a settled tip in
        that month.
        """
        now, zone = self.clock.now(), self.policy.zones.home
        if now.astimezone(zone).day > MONTH_SHOWN_FOR:
            return {}
        month = _last_month(now, zone)
        missing_months: dict[str, tuple[ServicePlan, RecordChannel]] = {}
        async with self.units() as uow:
            for channel in await uow.of(RECORDS_KEY).channels():
                plan = await uow.plans.get(channel.plan_id)
                if (
                    plan is not None
                    and await uow.of(RECORDS_KEY).post(plan.id, PostKind.MONTH, f"{month:%Y-%m}") is None
                ):
                    missing_months[plan.soft_id] = (plan, channel)
        summaries: dict[str, str] = {}
        for soft_id, (plan, channel) in missing_months.items():
            view = await self.read_record(soft_id)
            figures = view.breakdowns.get("month", {}).get(f"{month:%Y-%m}") if view is not None else None
            if figures is not None and figures.settled_count:
                summaries[soft_id] = self._summary(plan, channel.language, month, figures)
        return summaries

    def _summary(self, plan: ServicePlan, language: str, month: datetime, figures: Figures) -> str:
        words, number = PUBLIC_TEMPLATES[language], TEMPLATES[language].number

        def with_sign(value: Fraction, digits: int) -> str:
            return f"{'+' if value > 0 else ''}{number(fixed_digits(value, digits))}".replace("-", "−")

        figures_text = words.figures.format(
            settled=figures.settled_count,
            profit=with_sign(figures.profit, 2),
            ratio=with_sign((figures.yield_ or Fraction(0)) * 100, 1),
            hits=number(fixed_digits((figures.hit_rate or Fraction(0)) * 100, 1)),
            page=f"{self.policy.base_url}/historial/{plan.soft_id}",
        )
        return (
            f"{words.month.format(plan=text_for(plan.name, language), month=month)}\n\n{figures_text}\n\n{words.care}"
        )


def _last_month(now: datetime, zone: tzinfo) -> datetime:
    """Return a timestamp within the month before `now`, in the time zone `zone`."""
    return now.astimezone(zone).replace(day=1) - timedelta(days=1)
