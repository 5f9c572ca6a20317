"""Staff command that corrects the odds of a tip whose event has started, if they were mistyped."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from features.picks.domain import TipFacts, profit, written_odds
from features.picks.use_cases.tip_text import TipDraft, with_result
from features.record.commands.publish_tip import CONFIRMED_ODDS, ODDS, PublishTip, wrong_of
from features.record.commands.revise_tip import ChangeTip, heading_of
from features.record.domain.record import EntryKind
from features.record.domain.record_figures import exact
from features.record.domain.tip_history import MISTAKE, TipHistory
from features.record.permissions import CORRECT_RESULT
from features.record.use_cases.chain import append, origin_of
from subscriptions.application.dto.typed_answers import Fact, Wrong
from subscriptions.application.staff.command import AuditEntry, Effect, Execution, Outcome
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.repositories.posts import POSTS_KEY

ACTION: Final = "tip.odds_corrected"
"""Action in the audit log. It is not the permission's name, by which settlements are counted."""


class CorrectOdds(ChangeTip):
    """Staff command that corrects mistyped odds after the start of a tip's event. The record keeps the first odds and
    gets an entry with the right ones and the reason, which are public. The figures follow the correction.
    """

    name = "correct_odds"
    permission = CORRECT_RESULT
    inputs = (ODDS, CONFIRMED_ODDS, REASON)
    outcomes = ("odds_corrected",)
    effects = ("counts",)

    publish_tip: PublishTip

    async def preview(self, execution: Execution) -> Effect:
        """Return the odds before and after, and the profit that then counts. Raises the same errors as `run`."""
        _, tip, facts = await self._correction(execution)
        settlement = tip.settlement
        gain = Decimal(exact(profit(facts, settlement))) if settlement is not None else Decimal(0)
        odds = {"before": written_odds(tip.facts.odds), "after": written_odds(facts.odds)}
        return Effect(name="counts", facts={**odds, "profit": gain})

    async def run(self, execution: Execution) -> Outcome:
        """Add the correction to the record, and post the tip with the right odds. Raises Wrong, with the field, for
        invalid odds and before the start of the event.
        """
        pick, tip, facts = await self._correction(execution)
        entry = await append(
            execution.uow,
            pick,
            EntryKind.CORRECTED,
            at=execution.at,
            starts_at=tip.facts.starts_at,
            origin=origin_of(execution.actor),
            facts={**facts.as_json(), MISTAKE: execution[REASON]},
        )
        content = await self._content(execution, pick, TipHistory(tip.tip_id, [*tip.entries, entry]), tip.facts)
        if content != pick.content:
            pick.edit(content)
            await execution.uow.of(POSTS_KEY).save(pick)
        change = {"tip": facts.event, "before": str(tip.facts.odds), "after": str(facts.odds)}
        audit = [AuditEntry(subject=pick.id, action=ACTION, facts=change, reason=execution[REASON])]
        outcome_facts: dict[str, Fact] = {"tip": facts.event, "odds": written_odds(facts.odds)}
        return Outcome(name="odds_corrected", facts=outcome_facts, audit=audit)

    async def _correction(self, execution: Execution) -> tuple[Post, TipHistory, TipFacts]:
        pick, tip = await self._tip(execution)
        if tip.facts.starts_at > execution.at:
            raise Wrong("tip_odds_revise", question=ODDS.name)
        odds, lowest = execution[ODDS], tip.facts.min_odds
        if odds == tip.facts.odds:
            raise Wrong("tip_odds_same", question=ODDS.name)
        self.publish_tip.check_odds(odds, execution[CONFIRMED_ODDS])
        try:
            return pick, tip, replace(tip.facts, odds=odds, min_odds=None if lowest and lowest > odds else lowest)
        except InvalidInput as error:
            raise wrong_of(error) from error

    async def _content(self, execution: Execution, pick: Post, tip: TipHistory, before: TipFacts) -> PostContent:
        zone, plan = self.publish_tip.policy.zones.home, await execution.uow.plans.get(pick.plan_id)
        messages = await self.publish_tip.messages_of(execution.uow, plan.soft_id) if plan is not None else None
        draft = TipDraft(facts=tip.facts, text=heading_of(pick.content, before, zone))
        content = replace(draft.content(zone, messages), photo_url=pick.content.photo_url, buttons=pick.content.buttons)
        settlement = tip.settlement
        if settlement is None:
            return content
        return with_result(content, settlement.result, profit(tip.facts, settlement), is_corrected=True)
