"""Staff commands that revise or withdraw a tip. The plan's tip record keeps the earlier facts."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from features.picks.domain import TipFacts, plain, written_odds
from features.picks.permissions import PUBLISH_TIP
from features.picks.use_cases.tip_text import TipDraft
from features.record.commands import publish_tip as publication
from features.record.commands.publish_tip import PublishTip, wrong_of
from features.record.domain.record import WithdrawnRule
from features.record.domain.tip_history import RULE, TipHistory
from features.record.ports.records import RECORDS_KEY
from features.record.subjects import TIP
from features.record.use_cases.chain import origin_of
from features.record.use_cases.publish_tip import revise, withdraw
from subscriptions.application.dto.typed_answers import optional
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
)
from subscriptions.application.staff.inputs import REASON, Choice, Input
from subscriptions.domain.entities.post import Post, PostContent, PostStatus
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork


def _left_out(input_: Input[Any]) -> Input[Any]:
    """Return an optional variant of an input, in which an empty answer means that the current value is kept."""
    return replace(input_, parse=optional(input_.parse), default="", rare=input_ is not publication.ODDS)


_FACTS: Final[tuple[Input[Any], ...]] = (
    publication.ODDS,
    *(each for each in PublishTip.inputs if each not in {publication.PLAN, publication.ODDS, publication.PUBLISH_AT}),
)
FACTS: Final = tuple(_left_out(each) for each in _FACTS)


class ChangeTip(StaffCommand):
    """Base class of the commands that revise and withdraw a tip. The tip is locked, so that concurrent changes are made
    one after the other.
    """

    permission = PUBLISH_TIP
    subject = TIP

    async def _tip(self, execution: Execution) -> tuple[Post, TipHistory]:
        pick = await execution.uow.of(POSTS_KEY).get(PostId(execution.subject_id), lock=True)
        entries = await execution.uow.of(RECORDS_KEY).of_tip(PostId(execution.subject_id))
        if pick is None or not entries or pick.status is PostStatus.WITHDRAWN:
            raise NothingToDo("no tip, or withdrawn already")
        return pick, TipHistory(pick.id, entries)


class ReviseTip(ChangeTip):
    """Staff command that revises a tip in its channels and in the plan's tip record. After the start of the tip's
    event, the revision is shown as a correction and does not change the statistics.
    """

    name = "revise_tip"
    inputs = FACTS
    outcomes = ("tip_revised", "tip_unchanged")
    effects = ("revised", "corrected")

    publish_tip: PublishTip

    async def preview(self, execution: Execution) -> Effect:
        """Return the message as readers will receive it. Raises the same errors as `run`."""
        _, tip, _, content = await self._revision(execution)
        name = "corrected" if tip.facts.starts_at <= execution.at else "revised"
        return Effect(name=name, facts={"text": content.text})

    async def run(self, execution: Execution) -> Outcome:
        """Revise the tip. Raises Wrong, with the field, for invalid facts, and NothingToDo for a tip with a result,
        because the result must be corrected instead.
        """
        pick, tip, facts, content = await self._revision(execution)
        try:
            content = await revise(execution.uow, pick, facts, content, execution.at, origin_of(execution.actor))
        except InvalidInput as error:
            raise wrong_of(error) from error
        outcome_facts = {"tip": facts.event}
        if content == pick.content:
            return Outcome(name="tip_unchanged", facts=outcome_facts)
        pick.edit(content)
        await execution.uow.of(POSTS_KEY).save(pick)
        change = {"before": f"{tip.facts.selection} {tip.facts.odds}", "after": f"{facts.selection} {facts.odds}"}
        entry = AuditEntry(
            subject=pick.id, action="tip.revised", facts={**outcome_facts, **change}, reason="revised by staff"
        )
        return Outcome(name="tip_revised", facts=outcome_facts, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the tip's current odds as a choice."""
        if asked_input is not FACTS[0]:
            return []
        odds = Decimal(str(subject.facts["odds"]))
        return [Choice(plain(odds), written_odds(odds))]

    async def _revision(self, execution: Execution) -> tuple[Post, TipHistory, TipFacts, PostContent]:
        pick, tip = await self._tip(execution)
        if tip.last_settlement is not None:
            raise NothingToDo("it has a result, which is corrected instead")
        changes: dict[str, Any] = {
            each.name: own.value(execution.answers[each.name])
            for each, own in zip(FACTS, _FACTS, strict=True)
            if execution.answers[each.name]
        }
        confirmed = changes.pop(publication.CONFIRMED_ODDS.name, None)
        try:
            facts = replace(tip.facts, **changes)
            if facts.odds != tip.facts.odds:
                self.publish_tip.check_odds(facts.odds, confirmed)
            if tip.facts.starts_at > execution.at:
                facts.check_new(execution.at)
            zone, plan = self.publish_tip.policy.zones.home, await execution.uow.plans.get(pick.plan_id)
            messages = await self.publish_tip.messages_of(execution.uow, plan.soft_id) if plan is not None else None
            content = TipDraft(facts=facts, text=heading_of(pick.content, tip.facts, zone)).content(zone, messages)
        except InvalidInput as error:
            raise wrong_of(error) from error
        return pick, tip, facts, replace(content, photo_url=pick.content.photo_url, buttons=pick.content.buttons)


def heading_of(content: PostContent, facts: TipFacts, zone: ZoneInfo) -> str:
    """Return the text that a program placed above the tip's facts, so that a revision keeps that text. Posts of older
    versions contain the text only as part of the message.
    """
    heading = content.above or content.text.removesuffix(TipDraft(facts=facts).known_by(zone).text)
    return heading.strip() if heading != content.text else ""


class WithdrawTip(ChangeTip):
    """Staff command that withdraws a tip from its channels. The plan's tip record keeps the tip as withdrawn."""

    name = "withdraw_tip"
    inputs = (REASON,)
    outcomes = ("tip_withdrawn",)
    effects = ("counts_void", "counts_lost", "counts_on")

    async def preview(self, execution: Execution) -> Effect:
        """Return how the tip will count in the statistics: by the plan's rule, or like any other tip if its event has
        started.
        """
        _, tip = await self._tip(execution)
        if tip.facts.starts_at <= execution.at:
            return Effect(name="counts_on")
        rule = WithdrawnRule(str(tip.entries[0].facts().get(RULE, WithdrawnRule.VOID)))
        return Effect(name=f"counts_{rule.value}")

    async def run(self, execution: Execution) -> Outcome:
        """Withdraw the tip. Raises NothingToDo if the tip was withdrawn before."""
        pick, tip = await self._tip(execution)
        await withdraw(execution.uow, pick, execution.at, origin_of(execution.actor))
        pick.withdraw()
        await execution.uow.of(POSTS_KEY).save(pick)
        outcome_facts = {"tip": tip.facts.event}
        return Outcome(
            name="tip_withdrawn",
            facts=outcome_facts,
            audit=[AuditEntry(subject=pick.id, action="tip.withdrawn", facts=outcome_facts)],
        )
