"""People move in from another system: whoever paid there until a day has it here until that day, and never twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from features.moving.use_cases.people_files import Arrival, Fault
from subscriptions.application.access.give_time import Gift, GiveTime
from subscriptions.application.access.way import leads_nowhere
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.activation_token import (
    IMPORT_CAMPAIGN,
    NOTE_LIMIT,
    PREFIX,
    TOKEN_LENGTH,
    ActivationToken,
    deep_link,
)
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import TelegramId, TokenId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.code_seal import CodeSeal

CODE_VALID: Final = timedelta(days=366)
"""How long somebody may take to come with their code; what it gives is counted from then."""
ACTOR: Final = "command line"
_DAY: Final = timedelta(days=1)


class Fate(StrEnum):
    """What becomes of a line.

    given: time until then · code: no Telegram id, so a code with the days that are left · has: they have as much here
    already · done: the line was brought in before · over: what they paid for is over · barred: the operator's people
    barred them.
    """

    GIVEN = "given"
    CODE = "code"
    HAS = "has"
    DONE = "done"
    OVER = "over"
    BARRED = "barred"


@dataclass(frozen=True, kw_only=True)
class MoveResult:
    """What became of a line, or would. days: that are given. link: by which a code is used that nobody used yet."""

    arrival: Arrival
    fate: Fate
    days: int = 0
    link: str | None = None


class ImportPeople:
    """Each line in a transaction of its own, found again by its key: run once more nothing changes."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, give_time: GiveTime, seal: CodeSeal) -> None:
        self._units, self._clock, self._give_time, self._seal = units, clock, give_time, seal

    async def wrong(self, arrivals: Sequence[Arrival]) -> Sequence[Fault]:
        """What our own plans say against lines."""
        faults, plans_by_name = list[Fault](), dict[str, str | None]()
        async with self._units() as uow:
            for soft_id in {arrival.plan for arrival in arrivals}:
                plans_by_name[soft_id] = await refusal(uow, soft_id)
        for arrival in arrivals:
            problem = plans_by_name[arrival.plan]
            if problem is not None:
                faults.append(Fault(line=arrival.line, field="plan", reason=f"{arrival.plan[:60]!r} {problem}"))
        return faults

    async def __call__(self, arrival: Arrival, *, dry_run: bool) -> MoveResult:
        """dry_run: only say what would become of it. Raises RetryLater where somebody else changes the same."""
        now = self._clock.now()
        async with self._units() as uow:
            plan = await uow.plans.by_soft_id(arrival.plan)
            if plan is None:
                raise LookupError(f"{arrival.plan} was there a moment ago")
            if arrival.telegram_id is None:
                result = await self._by_code(uow, arrival, plan, now)
            else:
                result = await self._by_person(uow, arrival, plan, now)
            if not dry_run:
                await uow.commit()
        # What was not committed leads nowhere.
        return replace(result, link=None) if dry_run else result

    async def guests(self) -> Sequence[str]:
        """Who is inside a chat and has no plan that opens it, by Telegram's number, as far as that is known."""
        async with self._units() as uow:
            places = [await uow.resources.place(each.id) for each in await uow.resources.all()]
            guest_lists = [await uow.resources.guests(place.id) for place in places if place is not None]
        return sorted({str(person) for guests in guest_lists for person in guests})

    async def invitation(self) -> str | None:
        """The address that leads to the bot; None before it has a name."""
        async with self._units() as uow:
            username = await uow.variables.get(BOT_USERNAME)
        return f"https://t.me/{username}?start={IMPORT_CAMPAIGN}" if username else None

    async def _by_person(self, uow: UnitOfWork, arrival: Arrival, plan: ServicePlan, now: datetime) -> MoveResult:
        # Before anybody is met: whose it was may be forgotten by now, or have gone on to another plan.
        if await uow.ledger.granted_to(_cause(arrival)):
            return MoveResult(arrival=arrival, fate=Fate.DONE)
        if arrival.access_end <= now:
            return MoveResult(arrival=arrival, fate=Fate.OVER)
        customer = await met_elsewhere(uow, _whose(arrival), arrival.name, arrival.username, now)
        if customer.barred_at is not None:
            return MoveResult(arrival=arrival, fate=Fate.BARRED)
        live = await uow.subscriptions.live_for(customer.id, plan.id, lock=True)
        has = max(live.access_until or now, now) if live is not None else now
        if has >= arrival.access_end:
            return MoveResult(arrival=arrival, fate=Fate.HAS)
        given_time = await self._give_time.find(uow, customer, plan, plan.price, now)
        gift = Gift(
            kind=LedgerKind.ADMIN_GRANT,
            source_key=_cause(arrival),
            length=arrival.access_end - has,
            price=plan.price,
            note=IMPORT_CAMPAIGN,
            cause=_cause(arrival),
        )
        await self._give_time.add(uow, given_time, customer, plan, gift, now)
        facts = {"plan": plan.soft_id, "until": arrival.access_end.isoformat()}
        await uow.audit.record(
            actor=ACTOR,
            action="customer.imported",
            subject=str(customer.id),
            reason=IMPORT_CAMPAIGN,
            at=now,
            facts=facts,
        )
        return MoveResult(arrival=arrival, fate=Fate.GIVEN, days=ceil((arrival.access_end - has) / _DAY))

    async def _by_code(self, uow: UnitOfWork, arrival: Arrival, plan: ServicePlan, now: datetime) -> MoveResult:
        token_id = code_of(arrival)
        activation_token = await uow.of(TOKENS_KEY).get(token_id)
        if activation_token is not None:
            return await self._row_of(uow, arrival, activation_token, Fate.DONE)
        if arrival.access_end <= now:
            return MoveResult(arrival=arrival, fate=Fate.OVER)
        token = ActivationToken.make(plan, None, now, now + CODE_VALID, note=_note(arrival), campaign=IMPORT_CAMPAIGN)
        token.id, token.duration_days = token_id, ceil((arrival.access_end - now) / _DAY)
        token.token = self._code(arrival) or token.token
        if not await uow.of(TOKENS_KEY).add_if_new(self._seal.put_away(token)):
            raise RetryLater("somebody else brings the same line in")
        return await self._row_of(uow, arrival, token, Fate.CODE)

    async def _row_of(self, uow: UnitOfWork, arrival: Arrival, token: ActivationToken, fate: Fate) -> MoveResult:
        """With its link, as long as nobody used it: whoever lost what was printed runs it again."""
        code = self._code(arrival) if token.sealed else token.token
        if token.used_at is not None or token.revoked_at is not None or code is None:
            return MoveResult(arrival=arrival, fate=fate)
        username = await uow.variables.get(BOT_USERNAME)
        days = token.duration_days if fate is Fate.CODE else 0
        return MoveResult(arrival=arrival, fate=fate, days=days, link=deep_link(username, code) if username else code)

    def _code(self, arrival: Arrival) -> str | None:
        """Drawn from the key of codes, so that it can be told again and is kept sealed; None without that key."""
        halves = [self._seal.seal(f"{half}{_source(arrival)}") for half in ("ONE ", "TWO ")]
        code = "".join(half[PREFIX:] for half in halves if half is not None)
        return code[:TOKEN_LENGTH] or None


async def met_elsewhere(
    uow: UnitOfWork, person: TelegramId, name: str, username: str | None, now: datetime
) -> Customer:
    """The customer, known from now on. Until they write to the bot it cannot write to them: what they are to hear is
    kept until they do."""
    customer = await uow.customers.by_telegram_id(person, lock=True)
    if customer is not None:
        return customer
    fresh = Customer.arrive(person, name or username or str(person), username, "es", now)
    fresh.source, fresh.blocked_at = IMPORT_CAMPAIGN, now
    await uow.customers.add_if_new(fresh)
    other_customer = await uow.customers.by_telegram_id(person, lock=True)
    return other_customer or fresh


def _whose(arrival: Arrival) -> TelegramId:
    if arrival.telegram_id is None:
        raise ValueError("a line without a person is brought in by a code")
    return arrival.telegram_id


async def refusal(uow: UnitOfWork, soft_id: str) -> str | None:
    """Why nobody can be brought in to a plan; None where everybody can."""
    plan = await uow.plans.by_soft_id(soft_id)
    if plan is None:
        return "is no plan; `umbral plans list` shows them, and `plans` in the mapping names them as the file does"
    if await leads_nowhere(uow, plan):
        return "opens the VIP channel, which is not set up"
    return None


def code_of(arrival: Arrival) -> TokenId:
    """What the code of a line without a person is called."""
    return TokenId(_identity(arrival))


def _note(arrival: Arrival) -> str:
    """By which the operator knows whose a code is. Nobody's name or e-mail: no erasure finds who never used theirs."""
    return arrival.key[:NOTE_LIMIT] if "@" not in arrival.key else str(_identity(arrival))[:8]


def _source(arrival: Arrival) -> str:
    return f"import:{arrival.key}:{arrival.plan}"


def _cause(arrival: Arrival) -> str:
    """What the ledger knows the line by, which nobody can blank: a key may be somebody's e-mail or number."""
    return f"import:{_identity(arrival)}"


def _identity(arrival: Arrival) -> UUID:
    return uuid5(NAMESPACE_URL, _source(arrival))
