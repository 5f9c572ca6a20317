"""Staff commands for activation codes, in the chat, in the console and for programs."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from features.tokens.permissions import MAKE_TOKENS, REVOKE_TOKENS
from features.tokens.subjects import CODE
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Fact, optional, whole, words
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import OPTIONAL_REASON, PLAN, Choice, Input, InputKind
from subscriptions.domain.entities.activation_token import (
    CAMPAIGN_LIMIT,
    NOTE_LIMIT,
    TOKEN_LENGTH,
    ActivationToken,
    deep_link,
    letters_of,
    state_of,
)
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput, RetryLater
from subscriptions.domain.ids import TokenId, random_bytes
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.code_seal import CodeSeal

BATCH_LIMIT: Final = 500
VALIDITY_LIMIT: Final = timedelta(days=366 * 2)
_ID_BYTES: Final = 16
_SECRET_BYTES: Final = 32
_USUAL: Final = (7, 30, 90)
"""Common numbers of days of access that a code gives, offered as choices."""


COUNT: Final[Input[int]] = Input(
    name="count",
    kind=InputKind.NUMBER,
    parse=whole(1, BATCH_LIMIT, "count"),
    value=int,
    limits=(1, BATCH_LIMIT),
    default="1",
    rare=True,
)
VALIDITY: Final[Input[int | None]] = Input(
    name="days",
    kind=InputKind.DAYS,
    parse=optional(whole(1, VALIDITY_LIMIT.days, "validity")),
    value=lambda text: int(text) if text else None,
    limits=(1, VALIDITY_LIMIT.days),
    default="",
)
"""Input for the number of days for which a code can be used; the default validity if omitted."""
CAMPAIGN: Final[Input[str]] = Input(
    name="campaign",
    kind=InputKind.TEXT,
    parse=words(CAMPAIGN_LIMIT, "campaign"),
    value=str,
    limits=(0, CAMPAIGN_LIMIT),
    default="",
    rare=True,
)
NOTE: Final[Input[str]] = Input(
    name="note",
    kind=InputKind.TEXT,
    parse=words(NOTE_LIMIT, "note"),
    value=str,
    limits=(0, NOTE_LIMIT),
    default="",
    rare=True,
)


@dataclass(frozen=True, kw_only=True)
class MadeCode:
    """Newly created activation code. The first person who opens its link gets the access time of the code. `link`: None
    until the bot's username is known.
    """

    id: TokenId
    code: str
    link: str | None


@dataclass(frozen=True, kw_only=True)
class MadeCodes:
    """Newly created codes.

    plan: slug of the plan
    expires_at: end of the codes' validity
    codes: empty if the command is repeated and the codes can't be shown again
    """

    plan: str
    expires_at: datetime
    codes: Sequence[MadeCode]


class MakeCode(StaffCommand):
    """Staff command that creates up to 500 codes for a plan with its current terms. Either all codes are created or
    none.

    The codes are derived from the secret of the request, so that repeating the request shows the same codes. The stored
    form does not reveal a code (`CodeSeal`).
    """

    name = "make_code"
    begins = True
    permission = MAKE_TOKENS
    subject = SubjectKind.SHOP
    makes = CODE
    beside = SubjectKind.PLAN
    panel_page = "token.new"
    inputs = (PLAN, COUNT, VALIDITY, CAMPAIGN, NOTE)
    outcomes = ("made",)
    result = MadeCodes

    policy: Policy
    seal: CodeSeal

    async def run(self, execution: Execution) -> Outcome:
        """Create the codes. Raises RetryLater if the same codes are being created concurrently."""
        plan, validity = await execution.uow.plans.by_soft_id(execution[PLAN]), execution[VALIDITY]
        if plan is None or not plan.active:
            raise InvalidInput(PLAN.name, "is not on offer")
        secret = execution.secret or random_bytes(_SECRET_BYTES)
        codes, batch = _draw_codes(execution, secret), UUID(bytes=_part(secret, "batch")[:_ID_BYTES], version=4)
        lifetime = timedelta(days=validity) if validity is not None else self.policy.token_validity
        # An earlier release, which had no operations, stored only the codes.
        earlier = await execution.uow.of(TOKENS_KEY).made_together(batch)
        if earlier and set(earlier) != set(codes):
            raise NothingToDo("other codes were made by this key of repetition")
        end = next(iter(earlier.values()), execution.at + lifetime)
        if not earlier:
            await self._make(execution, plan, codes, batch, end)
        entry = AuditEntry(
            subject=plan.id,
            facts={"count": str(execution[COUNT]), "campaign": execution[CAMPAIGN], "batch": str(batch)},
            reason=execution[NOTE],
        )
        facts: dict[str, Fact] = {"count": execution[COUNT], "plan": plan.label, "until": end, "batch": str(batch)}
        return Outcome(
            name="made", facts=facts, audit=() if earlier else [entry], result=await _result(execution, end, codes)
        )

    async def _make(
        self, execution: Execution, plan: ServicePlan, codes: dict[TokenId, str], batch: UUID, expires_at: datetime
    ) -> None:
        maker = execution.actor.telegram_id
        for each, code in codes.items():
            token = ActivationToken.make(
                plan, maker, execution.at, expires_at, note=execution[NOTE], campaign=execution[CAMPAIGN], batch=batch
            )
            token.id, token.token = each, code
            if not await execution.uow.of(TOKENS_KEY).add_if_new(self.seal.put_away(token)):
                raise RetryLater("the same codes are being made")

    async def recall(self, execution: Execution, outcome: Outcome) -> Outcome:
        """Return the same codes to a caller who repeats the request with the same request secret; no codes to other
        callers.
        """
        tokens = await execution.uow.of(TOKENS_KEY).made_together(UUID(str(outcome.facts["batch"])))
        codes = _draw_codes(execution, execution.secret) if execution.secret is not None else {}
        end = next(iter(tokens.values()), execution.at)
        result = await _result(execution, end, codes if set(codes) == set(tokens) else {})
        return Outcome(name=outcome.name, facts=outcome.facts, result=result)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the choices for an input: the plans on offer, or common numbers of days."""
        if asked_input is PLAN:
            return [Choice(plan.soft_id, plan.label) for plan in await uow.plans.all()]
        return [Choice(str(days)) for days in _USUAL] if asked_input is VALIDITY else []


class RevokeCode(StaffCommand):
    """Staff command that revokes a code that was not used."""

    name = "revoke_code"
    panel_name = "token.rev"
    permission = REVOKE_TOKENS
    subject = CODE
    inputs = (OPTIONAL_REASON,)
    outcomes = ("revoked",)

    async def run(self, execution: Execution) -> Outcome:
        """Revoke the code. Raises NothingToDo for a code that was used or revoked, or that a customer paid for."""
        activation_token = await execution.uow.of(TOKENS_KEY).get(TokenId(execution.subject_id))
        token = (
            await execution.uow.of(TOKENS_KEY).by_token(activation_token.token, lock=True)
            if activation_token is not None
            else None
        )
        if token is None:
            raise NothingToDo("gone")
        if token.used_at is not None or token.revoked_at is not None:
            raise NothingToDo(str(state_of(token, execution.at)))
        if token.order_id is not None:
            # A code that was paid for becomes invalid only with the refund of its payment.
            raise NothingToDo("a gift")
        await execution.uow.of(TOKENS_KEY).note_revoked(token.id, execution.actor.telegram_id, execution.at)
        entry = AuditEntry(subject=token.id, facts={"token": token.mask()})
        return Outcome(name="revoked", facts={"code": token.mask()}, audit=[entry])


def _draw_codes(execution: Execution, secret: bytes) -> dict[TokenId, str]:
    """Return the codes, keyed by id. The ids also depend on the request, so that another request with the same secret
    is detected.
    """
    wish = (execution[PLAN], execution[COUNT], execution[VALIDITY], execution[CAMPAIGN], execution[NOTE])
    return {
        TokenId(UUID(bytes=_part(secret, f"id {number} {wish!r}")[:_ID_BYTES], version=4)): letters_of(
            _part(secret, f"code {number}"), TOKEN_LENGTH
        )
        for number in range(execution[COUNT])
    }


def _part(secret: bytes, what: str) -> bytes:
    return hmac.digest(secret, what.encode(), "sha256")


async def _result(execution: Execution, expires_at: datetime, codes: dict[TokenId, str]) -> MadeCodes:
    username = await execution.uow.variables.get(BOT_USERNAME)
    made_codes = [
        MadeCode(id=each, code=code, link=deep_link(username, code) if username else None)
        for each, code in codes.items()
    ]
    return MadeCodes(plan=execution[PLAN], expires_at=expires_at, codes=made_codes)
