"""Import of customers with the time that they paid for in another system. A repeated import grants nothing twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from features.moving.use_cases.bring_in import (
    BringIn,
    Fate,
    MoveResult,
    find_holder,
    identity_of,
    imported_end,
    source_of,
)
from features.moving.use_cases.people_files import Fault, ImportRow
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.plan_chats import leads_nowhere
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.activation_token import (
    IMPORT_CAMPAIGN,
    NOTE_LIMIT,
    PREFIX,
    TOKEN_LENGTH,
    ActivationToken,
    deep_link,
)
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import TokenId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.code_seal import CodeSeal

CODE_VALID: Final = timedelta(days=366)
"""Lifetime of an import code. The days that the code grants are counted from its use."""
ACTOR: Final = "command line"
_DAY: Final = timedelta(days=1)
_HAVE_TIME: Final = frozenset({Fate.GIVEN, Fate.EXTENDED, Fate.HAS})


class ImportPeople:
    """Use case that imports customers. Each row is imported in its own transaction and recognized by its key, so that a
    second run changes nothing.
    """

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, give_time: GiveTime, seal: CodeSeal) -> None:
        self._units, self._clock, self._bring_in, self._seal = units, clock, BringIn(give_time), seal

    async def wrong(self, import_rows: Sequence[ImportRow]) -> Sequence[Fault]:
        """Return an error for each row with a plan that imported people cannot get."""
        faults, plans_by_name = list[Fault](), dict[str, str | None]()
        async with self._units() as uow:
            for soft_id in {import_row.plan for import_row in import_rows}:
                plans_by_name[soft_id] = await refusal(uow, soft_id)
        for import_row in import_rows:
            problem = plans_by_name[import_row.plan]
            if problem is not None:
                faults.append(Fault(line=import_row.line, field="plan", reason=f"{import_row.plan[:60]!r} {problem}"))
        return faults

    async def __call__(self, import_row: ImportRow, *, dry_run: bool) -> MoveResult:
        """Import one row. `dry_run`: True to only return the result that an import would have. Raises RetryLater on a
        conflict with another change.
        """
        now = self._clock.now()
        async with self._units() as uow:
            plan = await uow.plans.by_soft_id(import_row.plan)
            if plan is None:
                raise LookupError(f"{import_row.plan} was there a moment ago")
            # An export without Telegram ids may have been imported before.
            token = await uow.of(TOKENS_KEY).get(code_of(import_row))
            if token is not None and (import_row.telegram_id is None or token.used_at is not None):
                result = await self._extend_code(uow, import_row, plan, token, now)
            elif import_row.telegram_id is None:
                result = await self._by_code(uow, import_row, plan, now)
            else:
                result = await self._bring_in(uow, import_row, plan, now, ACTOR)
                if token is not None and token.revoked_at is None and result.fate in _HAVE_TIME:
                    # The person has the time now, so the code would give it a second time.
                    await uow.of(TOKENS_KEY).note_revoked(token.id, None, now)
            if not dry_run:
                await uow.commit()
        # The link is left out, because a code that was not committed does not work.
        return replace(result, link=None) if dry_run else result

    async def guests(self) -> Sequence[str]:
        """Return the Telegram ids of the known members of all chats who have no plan for their chat."""
        async with self._units() as uow:
            channels = [await uow.resources.channel(each.id) for each in await uow.resources.all()]
            guest_lists = [await uow.resources.guests(channel.id) for channel in channels if channel is not None]
        return sorted({str(person) for guests in guest_lists for person in guests})

    async def invitation(self) -> str | None:
        """Return the link to the bot with the import's start parameter; None before the bot has a username."""
        async with self._units() as uow:
            username = await uow.variables.get(BOT_USERNAME)
        return f"https://t.me/{username}?start={IMPORT_CAMPAIGN}" if username else None

    async def _by_code(self, uow: UnitOfWork, import_row: ImportRow, plan: ServicePlan, now: datetime) -> MoveResult:
        if import_row.access_end <= now:
            return MoveResult(import_row=import_row, fate=Fate.OVER)
        token = ActivationToken.make(
            plan, None, now, now + CODE_VALID, note=_note(import_row), campaign=IMPORT_CAMPAIGN
        )
        token.id, token.duration_days = code_of(import_row), _days_until(import_row.access_end, now)
        token.token = self._code(import_row) or token.token
        if not await uow.of(TOKENS_KEY).add_if_new(self._seal.put_away(token)):
            raise RetryLater("somebody else brings the same line in")
        await uow.audit.record(
            actor=ACTOR,
            action="customer.imported",
            subject=str(token.id),
            reason=IMPORT_CAMPAIGN,
            at=now,
            facts={"plan": plan.soft_id, "until": import_row.access_end.isoformat()},
        )
        return await self._row_of(uow, import_row, token, Fate.CODE)

    async def _extend_code(
        self, uow: UnitOfWork, import_row: ImportRow, plan: ServicePlan, token: ActivationToken, now: datetime
    ) -> MoveResult:
        """Extend the code of an earlier import, or the time of the customer who used the code, if the row ends later
        than it did then.
        """
        is_later = _days_until(import_row.access_end, token.created_at) > token.duration_days
        if not is_later or import_row.access_end <= now or token.revoked_at is not None:
            return await self._row_of(uow, import_row, token, Fate.DONE)
        if token.subscription_id is not None:
            end = await imported_end(uow, token.subscription_id, import_row)
            if end is not None and import_row.access_end <= end:
                return MoveResult(import_row=import_row, fate=Fate.DONE)
            subscription = await uow.subscriptions.get(token.subscription_id)
            holder = await find_holder(uow, subscription, plan) if subscription is not None else None
            if holder is None:
                return MoveResult(import_row=import_row, fate=Fate.MOVED)
            return await self._bring_in.extend(uow, import_row, plan, holder, now, ACTOR, Fate.EXTENDED)
        days = _days_until(import_row.access_end, now)
        if days <= token.duration_days:
            return await self._row_of(uow, import_row, token, Fate.HAS)
        if not await uow.of(TOKENS_KEY).extend(token.id, days, now + CODE_VALID):
            raise RetryLater("somebody used the code at this moment")
        token.duration_days = days
        return await self._row_of(uow, import_row, token, Fate.EXTENDED)

    async def _row_of(self, uow: UnitOfWork, import_row: ImportRow, token: ActivationToken, fate: Fate) -> MoveResult:
        """Return the result of a row that is imported by a code. While the code is unused, the result includes the
        code's link, so that a lost link can be obtained with a second run.
        """
        code = self._code(import_row) if token.sealed else token.token
        if token.used_at is not None or token.revoked_at is not None or code is None:
            return MoveResult(import_row=import_row, fate=fate)
        username = await uow.variables.get(BOT_USERNAME)
        days = token.duration_days if fate in {Fate.CODE, Fate.EXTENDED} else 0
        return MoveResult(
            import_row=import_row, fate=fate, days=days, link=deep_link(username, code) if username else code
        )

    def _code(self, import_row: ImportRow) -> str | None:
        """Derive the code of a row from the secret key for codes, so that the code can be shown again although only its
        digest is stored; None if no such key is configured.
        """
        halves = [self._seal.seal(f"{half}{source_of(import_row)}") for half in ("ONE ", "TWO ")]
        code = "".join(half[PREFIX:] for half in halves if half is not None)
        return code[:TOKEN_LENGTH] or None


async def refusal(uow: UnitOfWork, soft_id: str) -> str | None:
    """Return the reason why imported people cannot get a plan; None if they can."""
    plan = await uow.plans.by_soft_id(soft_id)
    if plan is None:
        return "is no plan; `umbral plans list` shows them, and `plans` in the mapping names them as the file does"
    if await leads_nowhere(uow, plan):
        return "opens a chat that is not set up, or to which the bot cannot admit anybody now"
    return None


def code_of(import_row: ImportRow) -> TokenId:
    """Return the id of the activation code that is created for a row without a Telegram id."""
    return TokenId(identity_of(import_row))


def _days_until(end: datetime, now: datetime) -> int:
    return ceil((end - now) / _DAY)


def _note(import_row: ImportRow) -> str:
    """Return a note by which the operator recognizes the code. The note never contains an e-mail address, because an
    erasure would not find the note of an unused code.
    """
    return import_row.key[:NOTE_LIMIT] if "@" not in import_row.key else str(identity_of(import_row))[:8]
