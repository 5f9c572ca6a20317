"""Staff commands that settle a tip or correct its result, also available to programs."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from features.picks.domain import Settlement, TipResult, profit
from features.picks.use_cases.tip_text import with_result
from features.record.commands.publish_tip import odds_parser
from features.record.domain.record import EntryKind
from features.record.domain.record_figures import exact
from features.record.domain.tip_history import TipHistory
from features.record.permissions import CORRECT_RESULT, SETTLE_TIP
from features.record.ports.records import RECORDS_KEY
from features.record.subjects import TIP
from features.record.use_cases.chain import append, origin_of
from subscriptions.application.dto.typed_answers import REASON_LIMIT, Answer, Answers, Wrong, choice, optional, words
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
)
from subscriptions.application.staff.inputs import REASON, Choice, Input, InputKind
from subscriptions.domain.entities.post import Post, PostStatus
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork

_PROBLEMS: Final = {"odds": "tip_odds", "legs": "tip_legs", "result": "tip_result_legs", "evidence": "reason_long"}
"""Names of the texts under `forms.wrong` that explain a problem with a settlement, keyed by the settlement's field."""


RESULT_WORDS: Final[Mapping[str, TipResult]] = {
    **{each.value: each for each in TipResult},
    **dict.fromkeys(("acertado", "acertada", "ganado", "ganada", "ganhou"), TipResult.WON),
    **dict.fromkeys(("fallado", "fallada", "perdido", "perdida", "perdeu"), TipResult.LOST),
    **dict.fromkeys(("nulo", "nula"), TipResult.PUSH),
    **dict.fromkeys(("anulado", "anulada"), TipResult.VOID),
    **dict.fromkeys(("medio acertado", "medio acertada", "media acertada", "half won"), TipResult.HALF_WON),
    **dict.fromkeys(("medio fallado", "medio fallada", "media fallada", "half lost"), TipResult.HALF_LOST),
    **dict.fromkeys(("cierre anticipado", "cerrado antes", "cerrada antes", "cashed out"), TipResult.CASHED_OUT),
}
"""Accepted words for results: the values that programs send, and words in Spanish, Portuguese and English."""
_SEPARATORS: Final = re.compile(r"[,;\n]")


def _legs(answer: Answer, _: Answers) -> str:
    parts = [" ".join(part.split()) for part in _SEPARATORS.split(answer.text.casefold())]
    names = [name for part in parts for name in ([part] if part in RESULT_WORDS else part.split())]
    if not set(names) <= set(RESULT_WORDS):
        raise Wrong("tip_legs", question="legs")
    return " ".join(RESULT_WORDS[name] for name in names)


RESULT: Final[Input[TipResult]] = Input(name="result", kind=InputKind.CHOICE, parse=choice, value=TipResult)
CASHED_OUT_AT: Final[Input[Decimal | None]] = Input(
    name="odds",
    kind=InputKind.PARAGRAPH,
    parse=optional(odds_parser("tip_odds")),
    value=lambda text: Decimal(text) if text else None,
    limits=(0, 12),
    default="",
    rare=True,
)
"""Input for the odds at which the tip was cashed out."""
LEG_RESULTS: Final[Input[tuple[TipResult, ...]]] = Input(
    name="legs",
    kind=InputKind.PARAGRAPH,
    parse=_legs,
    value=lambda text: tuple(TipResult(name) for name in text.split()),
    limits=(0, 300),
    default="",
    rare=True,
    is_named=True,
)
"""Input for the result of each leg of a combined tip, in order."""
EVIDENCE: Final[Input[str]] = Input(
    name="evidence",
    kind=InputKind.PARAGRAPH,
    parse=words(REASON_LIMIT, "reason_long"),
    value=str,
    limits=(0, REASON_LIMIT),
    default="",
    rare=True,
)
"""Input for a reference where the result can be verified."""


class Settle(StaffCommand):
    """Base class of the commands that settle a tip and correct its result. It adds an entry to the plan's tip record,
    and a line with the result to the published messages.
    """

    subject = TIP

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return all results of a tip as choices."""
        return [Choice(each.value) for each in TipResult] if asked_input is RESULT else []

    async def _tip(self, execution: Execution) -> tuple[Post, TipHistory]:
        """Lock the tip's post, so that concurrent settlements run one after the other, and return the post and the tip.

        Raises NothingToDo if there is no tip, and Wrong if the tip was withdrawn in time or its event has not started.
        """
        pick = await execution.uow.of(POSTS_KEY).get(PostId(execution.subject_id), lock=True)
        entries = await execution.uow.of(RECORDS_KEY).of_tip(PostId(execution.subject_id))
        if pick is None or not entries:
            raise NothingToDo("no tip")
        tip = TipHistory(pick.id, entries)
        if tip.withdrawn_in_time:
            raise Wrong("tip_withdrawn", question=RESULT.name)
        if tip.facts.starts_at > execution.at:
            raise Wrong("tip_not_started", question=RESULT.name, at=tip.facts.starts_at)
        return pick, tip

    async def _enter(
        self, execution: Execution, pick: Post, tip: TipHistory, settlement: Settlement, kind: EntryKind
    ) -> Outcome:
        try:
            settlement.check_fits(tip.facts)
        except InvalidInput as error:
            raise _wrong(error) from error
        known_from = settlement.known_from(tip.facts)
        if known_from > execution.at:
            raise Wrong("tip_not_started", question=(LEG_RESULTS if settlement.legs else RESULT).name, at=known_from)
        origin, facts = origin_of(execution.actor), settlement.as_json()
        starts_at = tip.facts.starts_at
        await append(execution.uow, pick, kind, at=execution.at, starts_at=starts_at, origin=origin, facts=facts)
        profit_units = profit(tip.facts, settlement)
        if pick.status is PostStatus.ACCEPTED:
            is_correction = kind is EntryKind.RESETTLED
            pick.edit(with_result(pick.content, settlement.result, profit_units, is_corrected=is_correction))
            await execution.uow.of(POSTS_KEY).save(pick)
        outcome_facts = {"result": str(settlement.result), "profit": exact(profit_units)}
        return Outcome(
            name=self.outcomes[0],
            facts={"tip": tip.facts.event, "profit": Decimal(exact(profit_units))},
            audit=[AuditEntry(subject=pick.id, facts=outcome_facts)],
        )

    def _settlement(self, execution: Execution, evidence: str) -> Settlement:
        try:
            return Settlement(
                result=execution[RESULT], odds=execution[CASHED_OUT_AT], legs=execution[LEG_RESULTS], evidence=evidence
            )
        except InvalidInput as error:
            raise _wrong(error) from error


class SettleTip(Settle):
    """Staff command that settles a tip."""

    name = "settle_tip"
    permission = SETTLE_TIP
    inputs = (RESULT, CASHED_OUT_AT, LEG_RESULTS, EVIDENCE)
    outcomes = ("tip_settled",)

    async def run(self, execution: Execution) -> Outcome:
        """Settle the tip. Raises Wrong if the tip's event has not started or the tip is already settled; an existing
        result can only be corrected.
        """
        pick, tip = await self._tip(execution)
        if tip.last_settlement is not None:
            raise Wrong("tip_settled", question=RESULT.name)
        return await self._enter(
            execution, pick, tip, self._settlement(execution, execution[EVIDENCE]), EntryKind.SETTLED
        )

    async def is_settled_so(self, execution: Execution) -> bool:
        """Return True if the tip is already settled exactly as the command's inputs describe. Raises Wrong if they are
        not a valid settlement.
        """
        _, tip = await self._tip(execution)
        settlement = tip.last_settlement
        return (
            settlement is not None and settlement.facts() == self._settlement(execution, execution[EVIDENCE]).as_json()
        )


class CorrectResult(Settle):
    """Staff command that corrects the result of a settled tip. The plan's tip record keeps both settlements."""

    name = "correct_tip"
    permission = CORRECT_RESULT
    inputs = (RESULT, CASHED_OUT_AT, LEG_RESULTS, REASON)
    outcomes = ("tip_corrected",)

    async def run(self, execution: Execution) -> Outcome:
        """Correct the result. Raises Wrong if the tip is not settled, or already has this result."""
        pick, tip = await self._tip(execution)
        if tip.last_settlement is None:
            raise Wrong("tip_unsettled", question=RESULT.name)
        settlement, before_settlement = self._settlement(execution, execution[REASON]), tip.settlement
        if before_settlement is not None and (
            before_settlement.result,
            before_settlement.odds,
            before_settlement.legs,
        ) == (
            settlement.result,
            settlement.odds,
            settlement.legs,
        ):
            raise Wrong("tip_settled", question=RESULT.name)
        return await self._enter(execution, pick, tip, settlement, EntryKind.RESETTLED)


def _wrong(refusal: InvalidInput) -> Wrong:
    return Wrong(_PROBLEMS.get(refusal.field, "other"), question=refusal.field, problem=refusal.problem)
