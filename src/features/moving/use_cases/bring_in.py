"""Grant of the time that a person paid for in another system, in the caller's unit of work. A repeated grant adds no
time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from features.moving.use_cases.people_files import ImportRow
from subscriptions.application.access.give_time import GiveTime, TimeGrant, time_grant_alert
from subscriptions.domain.entities.activation_token import IMPORT_CAMPAIGN
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.ledger import LedgerKind, access_until
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import SubscriptionId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

_DAY: Final = timedelta(days=1)


class Fate(StrEnum):
    """Result of importing one row of a file.

    - given: the time was granted
    - extended: the row was imported before with an earlier end, and the missing time was granted
    - code: the row has no Telegram id, so a code for the remaining days was created
    - has: the customer already has at least as much time
    - done: the row was imported before, with this end or a later one
    - over: the paid time has ended
    - barred: staff barred the customer
    - moved: the row was imported before; since then the customer changed plans or was erased
    """

    GIVEN = "given"
    EXTENDED = "extended"
    CODE = "code"
    HAS = "has"
    DONE = "done"
    OVER = "over"
    BARRED = "barred"
    MOVED = "moved"

    @property
    def change(self) -> str:
        """What the import changed: `created`, `extended`, `unchanged` or `refused`."""
        return _CHANGES[self]


_CHANGES: Final = {
    Fate.GIVEN: "created",
    Fate.EXTENDED: "extended",
    Fate.CODE: "created",
    Fate.HAS: "unchanged",
    Fate.DONE: "unchanged",
    Fate.OVER: "refused",
    Fate.BARRED: "refused",
    Fate.MOVED: "refused",
}
CHANGES: Final = tuple(dict.fromkeys(_CHANGES.values()))


@dataclass(frozen=True, kw_only=True)
class MoveResult:
    """Result of importing one row, either actual or of a dry run.

    days: granted days
    link: link of a code that is still unused
    """

    import_row: ImportRow
    fate: Fate
    days: int = 0
    link: str | None = None


@dataclass(frozen=True)
class BringIn:
    """Use case that grants the time of an import row to the row's person."""

    give_time: GiveTime

    async def __call__(
        self, uow: UnitOfWork, import_row: ImportRow, plan: ServicePlan, now: datetime, actor: str
    ) -> MoveResult:
        """Grant the time without committing, and alert the owners if a staff member gets it. A row that was imported
        before with an earlier end grants the missing time; an earlier end takes nothing away. `actor`: staff member or
        program that imports the row, as named in the audit log.
        """
        # This is checked before a customer is created, because the customer of an earlier import may have been erased
        # or changed plans.
        earlier = await _earlier_import(uow, import_row)
        if earlier is not None and import_row.access_end <= earlier.end:
            return MoveResult(import_row=import_row, fate=Fate.DONE)
        if import_row.access_end <= now:
            return MoveResult(import_row=import_row, fate=Fate.OVER)
        if earlier is None:
            customer = await met_elsewhere(uow, _whose(import_row), import_row.name, import_row.username, now)
            return await self.extend(uow, import_row, plan, customer, now, actor, Fate.GIVEN)
        holder = await find_holder(uow, earlier.subscription, plan)
        if holder is None:
            return MoveResult(import_row=import_row, fate=Fate.MOVED)
        return await self.extend(uow, import_row, plan, holder, now, actor, Fate.EXTENDED)

    async def extend(
        self,
        uow: UnitOfWork,
        import_row: ImportRow,
        plan: ServicePlan,
        customer: Customer,
        now: datetime,
        actor: str,
        fate: Fate,
    ) -> MoveResult:
        """Grant a customer the time that is missing until the row's end. `fate`: result if time was missing."""
        if customer.barred_at is not None:
            return MoveResult(import_row=import_row, fate=Fate.BARRED)
        live = await uow.subscriptions.live_for(customer.id, plan.id, lock=True)
        has = max(live.access_until or now, now) if live is not None else now
        if has >= import_row.access_end:
            return MoveResult(import_row=import_row, fate=Fate.HAS)
        given_time = await self.give_time.find(uow, customer, plan, plan.price, now)
        cause = cause_of(import_row)
        time_grant = TimeGrant(
            kind=LedgerKind.ADMIN_GRANT,
            source_key=cause if fate is Fate.GIVEN else f"{cause}:{import_row.access_end:%Y%m%d%H%M%S}",
            length=import_row.access_end - has,
            price=plan.price,
            note=IMPORT_CAMPAIGN,
            cause=cause,
        )
        await self.give_time.add(uow, given_time, customer, plan, time_grant, now)
        if customer.staff_role not in {None, StaffRole.OWNER}:
            uow.record(time_grant_alert(actor, customer, plan, time_grant.length, time_grant.source_key))
        facts = {"plan": plan.soft_id, "until": import_row.access_end.isoformat()}
        await uow.audit.record(
            actor=actor,
            action="customer.imported",
            subject=str(customer.id),
            reason=IMPORT_CAMPAIGN,
            at=now,
            facts=facts,
        )
        return MoveResult(import_row=import_row, fate=fate, days=ceil((import_row.access_end - has) / _DAY))


@dataclass(frozen=True)
class _EarlierImport:
    """Earlier import of the same row. end: latest end that was imported."""

    subscription: Subscription
    end: datetime


async def find_holder(uow: UnitOfWork, subscription: Subscription, plan: ServicePlan) -> Customer | None:
    """Return the customer, locked, who has the subscription of an earlier import now, which may have moved to another
    account. Return None if the subscription has another plan now, or if the customer was erased.
    """
    if subscription.plan_id != plan.id:
        return None
    holder = await uow.customers.get(subscription.customer_id, lock=True)
    return None if holder is None or holder.is_forgotten else holder


async def _earlier_import(uow: UnitOfWork, import_row: ImportRow) -> _EarlierImport | None:
    found = [await uow.subscriptions.get(each) for each in await uow.ledger.granted_to(cause_of(import_row))]
    subscription = next((each for each in found if each is not None), None)
    if subscription is None:
        return None
    end = await imported_end(uow, subscription.id, import_row)
    return None if end is None else _EarlierImport(subscription, end)


async def imported_end(uow: UnitOfWork, subscription_id: SubscriptionId, import_row: ImportRow) -> datetime | None:
    """Return the latest end that imports of the row gave a subscription; None if they gave it no time."""
    entries, cause = await uow.ledger.of_subscription(subscription_id), cause_of(import_row)
    imported = [entry.id or 0 for entry in entries if entry.source_key.startswith(cause)]
    # What was imported is the end at that time; staff may have added or removed days since.
    ends = [access_until(each for each in entries if (each.id or 0) <= last) for last in imported]
    return max((end for end in ends if end is not None), default=None)


async def met_elsewhere(
    uow: UnitOfWork, person: TelegramId, name: str, username: str | None, now: datetime
) -> Customer:
    """Return the customer, and create the customer if unknown. Messages to a new customer are held back until the
    customer writes to the bot.
    """
    customer = await uow.customers.by_telegram_id(person, lock=True)
    if customer is not None:
        return customer
    fresh = Customer.arrive(person, name or username or str(person), username, "es", now)
    fresh.source, fresh.unopened_at = IMPORT_CAMPAIGN, now
    await uow.customers.add_if_new(fresh)
    other_customer = await uow.customers.by_telegram_id(person, lock=True)
    return other_customer or fresh


def counts_of(results: Iterable[MoveResult]) -> Mapping[str, int]:
    """Return the number of rows with each result, zero included."""
    found = Counter(each.fate for each in results)
    return {str(fate): found[fate] for fate in Fate}


def source_of(import_row: ImportRow) -> str:
    """Return the text that identifies an import row: its plan and its key."""
    return f"import:{import_row.key}:{import_row.plan}"


def cause_of(import_row: ImportRow) -> str:
    """Return the key that marks the ledger entry of an import row. It does not contain the row's own key, which may be
    an e-mail address or a phone number and could not be erased from the ledger.
    """
    return f"import:{identity_of(import_row)}"


def identity_of(import_row: ImportRow) -> UUID:
    """Return an id derived from an import row, which is the same each time the row is imported."""
    return uuid5(NAMESPACE_URL, source_of(import_row))


def _whose(import_row: ImportRow) -> TelegramId:
    if import_row.telegram_id is None:
        raise ValueError("a line without a person is brought in by a code")
    return import_row.telegram_id
