"""Staff command that settles the tips of a file: all of them, or none if one line is invalid."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from features.picks.domain import TipResult
from features.record.commands.settle_tip import RESULT, RESULT_WORDS, SettleTip
from features.record.permissions import SETTLE_TIP
from features.record.use_cases.tip_files import FILE, KEY, FileLine, take_lines
from subscriptions.application.dto.typed_answers import Fact, Wrong
from subscriptions.application.staff.command import Effect, Execution, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.repositories.posts import POSTS_KEY


class SettleTips(StaffCommand):
    """Staff command that settles the tips of a file. The column `key` contains the key of each tip's post or the tip's
    id. A tip that already has the same result is not changed.
    """

    settle_tip: SettleTip

    name = "settle_tips"
    panel_page = "tip.ends"
    permission = SETTLE_TIP
    subject = SubjectKind.SHOP
    inputs = (FILE,)
    outcomes = ("settled",)
    effects = ("listed",)

    async def run(self, execution: Execution) -> Outcome:
        """Settle the tips. Raises WrongLines if a line is invalid; no tip is settled then."""
        outcomes, known_count = await self._settle(execution)
        audit = [entry for outcome in outcomes for entry in outcome.audit]
        return Outcome(name="settled", facts={"count": len(outcomes), "known": known_count}, audit=audit)

    async def preview(self, execution: Execution) -> Effect:
        """Return the number and a sample of the settlements. Raises the same errors as `run`; nothing is committed."""
        outcomes, known_count = await self._settle(execution)
        sample = "\n".join(f"{_mark(outcome.facts['profit'])} {outcome.facts['tip']}" for outcome in outcomes[:10])
        return Effect(name="listed", facts={"count": len(outcomes), "known": known_count, "text": sample})

    async def _settle(self, execution: Execution) -> tuple[Sequence[Outcome], int]:
        async def take(line: FileLine, answers: dict[str, str]) -> Outcome | None:
            if answers[RESULT.name] not in set(TipResult):
                raise Wrong("tip_result_unknown")
            return await self._one(replace(execution, answers=answers), line)

        return await take_lines(map(_translate_result, execution[FILE]), SettleTip.inputs, {}, take, RESULT.name)

    async def _one(self, execution: Execution, line: FileLine) -> Outcome | None:
        """Settle one tip and return the outcome; None if the tip already has exactly this result. Raises Wrong if the
        line is invalid or names no tip.
        """
        pick_id = await _tip_of(execution, line)
        execution = replace(execution, subject=str(pick_id))
        try:
            return None if await self.settle_tip.is_settled_so(execution) else await self.settle_tip.run(execution)
        except NothingToDo:
            raise Wrong("tip_none", question=KEY) from None


def _mark(profit: Fact) -> str:
    """Return a symbol for a profit, a loss or neither, which is the same in all languages."""
    match profit:
        case Decimal() if profit > 0:
            return "✅"
        case Decimal() if profit < 0:
            return "❌"
        case _:
            return "➖"


async def _tip_of(execution: Execution, line: FileLine) -> PostId:
    key = line.values.get(KEY, "")
    try:
        return PostId(UUID(key))
    except ValueError:
        pick = await execution.uow.of(POSTS_KEY).by_key(key)
    if pick is None:
        raise Wrong("tip_none", question=KEY)
    return pick.id


def _translate_result(line: FileLine) -> FileLine:
    result = line.values.get(RESULT.name, "").casefold()
    return replace(line, values={**line.values, RESULT.name: RESULT_WORDS.get(result, result)}) if result else line
