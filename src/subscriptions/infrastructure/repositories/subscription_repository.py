"""Standing agreements."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Interval,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.entities.subscription import BAN, DISPUTE, STAFF, Subscription, SubscriptionStatus
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, SubscriptionId
from subscriptions.domain.services.access_policy import RESUME_AHEAD
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import plan_changes, service_plans, subscriptions, telegram_channels
from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE, IS_UNPAID
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

SUBSCRIPTION: Final = RowMapper(Subscription)
CHANGE: Final = RowMapper(PlanChange)

Moment = datetime | ColumnElement[datetime]
"""The present, or the place for it in a statement that is made once."""

_NEWEST = (subscriptions.c.created_at.desc(), subscriptions.c.id)
_LIVE = verbatim(f"subscriptions.{IS_LIVE}")
_UNPAID = verbatim(f"subscriptions.{IS_UNPAID}")


class SqlSubscriptionRepository(Repository[SubscriptionId, Subscription]):
    """SubscriptionRepository in PostgreSQL."""

    table = subscriptions
    mapper = SUBSCRIPTION

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._changes = TableStore(unit, plan_changes, CHANGE)
        self._default_grace = unit.default_grace

    async def by_provider_ref(self, provider: str, ref: str, *, lock: bool = False) -> Subscription | None:
        """By the provider's name of it."""
        return await self._rows.one(provider=provider, provider_ref=ref, lock=lock)

    async def live_for(self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False) -> Subscription | None:
        """The live one of a customer and plan; there is at most one."""
        return await self._rows.one(_LIVE, customer_id=customer_id, plan_id=plan_id, lock=lock)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Subscription]:
        """All of them, the newest first."""
        return await self._rows.many(customer_id=customer_id, order=_NEWEST)

    async def of_order(self, order_id: OrderId) -> Sequence[Subscription]:
        """Those an order led to, the newest first."""
        return await self._rows.many(order_id=order_id, order=_NEWEST)

    async def add_change(self, change: PlanChange) -> bool:
        """False: this change is on record already."""
        return await self._changes.add_if_new(change)

    async def get_change(self, change_id: UUID) -> PlanChange | None:
        """By our id."""
        return await self._changes.one(id=change_id)

    async def changes_of(self, subscription_id: SubscriptionId) -> Sequence[PlanChange]:
        """The oldest first."""
        columns = plan_changes.c
        return await self._changes.many(subscription_id=subscription_id, order=(columns.changed_at, columns.id))

    async def save_all(self, subscriptions: Sequence[Subscription]) -> None:
        """Write all of each."""
        await self._rows.save_all(subscriptions)

    async def list_due(self, now: datetime) -> Sequence[Subscription]:
        """See the port. Grace counts for past_due only."""
        statement = ended_subscriptions(now, self._default_grace)
        return await self._rows.all(
            statement.with_for_update(of=subscriptions, skip_locked=True), skips_unreadable=True
        )

    async def count_due(self, now: datetime) -> int:
        """How many `due` would give if nobody held any of them."""
        return await self._rows.count(ended_subscriptions(now, self._default_grace))

    async def list_over(self, now: datetime) -> Sequence[Subscription]:
        """Live ones whose access and grace are over, whenever they are looked at next, locked."""
        statement = select_over(now, self._default_grace).where(running_out())
        return await self._rows.all(statement.with_for_update(of=subscriptions))

    async def unpaid(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Those of a provider in their grace days whose next_check_at is past or None, locked (skip locked)."""
        statement = unpaid_subscriptions(now, self._default_grace).limit(limit)
        return await self._rows.all(
            statement.with_for_update(of=subscriptions, skip_locked=True), skips_unreadable=True
        )

    async def look_again(self, horizon: datetime, reminders_beyond: datetime | None = None) -> int:
        """See the port; whoever is held by somebody else is left for the next time."""
        columns = subscriptions.c
        count = await self._forget(columns.next_check_at, horizon)
        if reminders_beyond is not None:
            count += await self._forget(columns.next_reminder_at, reminders_beyond)
        return count

    async def _forget(self, moment: Column[Any], horizon: datetime) -> int:
        far_ids = select(subscriptions.c.id).where(_LIVE, moment > horizon).with_for_update(skip_locked=True)
        statement = update(subscriptions).where(subscriptions.c.id.in_(far_ids)).values({moment: None})
        return (await self._unit.connection.execute(statement)).rowcount

    async def live_at(self, provider: str, after_id: SubscriptionId | None, limit: int) -> Sequence[Subscription]:
        """Live ones of a provider by their ids, from the one behind `after_id` on."""
        columns = subscriptions.c
        statement = select(subscriptions).where(_LIVE, columns.provider == provider, columns.provider_ref.is_not(None))
        statement = statement if after_id is None else statement.where(columns.id > after_id)
        return await self._rows.all(statement.order_by(columns.id).limit(limit))

    async def live_of_plan(
        self, plan_id: PlanId, after_id: SubscriptionId | None, limit: int
    ) -> Sequence[Subscription]:
        """See the port."""
        columns = subscriptions.c
        statement = select(subscriptions).where(_LIVE, columns.plan_id == plan_id)
        statement = statement if after_id is None else statement.where(columns.id > after_id)
        return await self._rows.all(statement.order_by(columns.id).limit(limit))

    async def live_named(self, provider: str, refs: Collection[str]) -> Sequence[Subscription]:
        """Live ones by the provider's names of them."""
        columns = subscriptions.c
        conditions = columns.provider == provider, columns.provider_ref.in_(refs)
        return await self._rows.many(_LIVE, *conditions, order=(columns.id,))

    async def without_channel(self) -> Sequence[Subscription]:
        """See the port."""
        columns, channels = subscriptions.c, telegram_channels.c
        has_channel = exists().where(
            channels.customer_id == columns.customer_id,
            channels.plan_id == columns.plan_id,
            channels.status.in_([ChannelStatus.READY.value, ChannelStatus.FROZEN.value]),
        )
        conditions = _LIVE, columns.provider_ref.is_not(None), columns.status != SubscriptionStatus.CANCELED.value
        personal = service_plans.c.access == AccessKind.PERSONAL_CHANNEL.value
        statement = select(subscriptions).join(service_plans, service_plans.c.id == columns.plan_id)
        return await self._rows.all(statement.where(*conditions, personal, ~has_channel).order_by(columns.id))

    async def to_ask(self, provider: str, due_by: datetime, horizon: datetime, limit: int) -> Sequence[Subscription]:
        """See the port."""
        columns = subscriptions.c
        return await self._rows.all(
            select(subscriptions)
            .where(
                _LIVE,
                columns.provider == provider,
                columns.provider_ref.is_not(None),
                columns.status != SubscriptionStatus.PAST_DUE.value,
                or_(columns.next_ask_at.is_(None), columns.next_ask_at <= due_by, columns.next_ask_at > horizon),
            )
            .order_by(columns.next_ask_at.asc().nulls_first())
            .limit(limit)
            .with_for_update(skip_locked=True),
            skips_unreadable=True,
        )

    async def note_asked(self, subscription_ids: Collection[SubscriptionId], again_at: datetime) -> None:
        """See the port."""
        mine = subscriptions.c.id.in_(subscription_ids)
        await self._unit.connection.execute(update(subscriptions).where(mine).values(next_ask_at=again_at))

    async def to_remind(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Those whose next_reminder_at is past or None, paid at least once, locked (skip locked)."""
        return await self._rows.all(
            to_remind(now).limit(limit).with_for_update(skip_locked=True), skips_unreadable=True
        )


def ended_subscriptions(now: Moment, default_grace: timedelta) -> Select[Any]:
    """Those that are over and looked at now; in the VIP channel, of a provider alone. default_grace: as for over."""
    columns = subscriptions.c
    return (
        select_over(now, default_grace)
        .where(or_(running_out(), columns.provider_ref.is_not(None)))
        .where(_is_looked_at(now))
        .where(or_(service_plans.c.access != AccessKind.VIP_CHANNEL.value, columns.provider_ref.is_not(None)))
    )


def ended_of_vip(now: Moment, default_grace: timedelta) -> Select[Any]:
    """Those of the VIP channel that no provider charges, whose time is over. default_grace: as for over."""
    of_vip = service_plans.c.access == AccessKind.VIP_CHANNEL.value
    bare = subscriptions.c.provider_ref.is_(None)
    return select_over(now, default_grace).where(of_vip, bare, running_out()).where(_is_looked_at(now))


def unpaid_subscriptions(now: Moment, default_grace: timedelta) -> Select[Any]:
    """Those of a provider in their grace days that are looked at now. default_grace: as for over."""
    columns = subscriptions.c
    return (
        select(subscriptions)
        .join(service_plans, service_plans.c.id == columns.plan_id)
        .where(
            _UNPAID,
            columns.provider_ref.is_not(None),
            _is_looked_at(now),
            columns.access_until + _grace(default_grace) > _moment(now),
        )
        .order_by(columns.next_check_at.asc().nulls_first())
    )


def to_remind(now: Moment) -> Select[Any]:
    """Those that were paid at least once, and may have to be reminded."""
    columns = subscriptions.c
    return (
        select(subscriptions)
        .where(
            or_(columns.next_reminder_at.is_(None), columns.next_reminder_at <= now),
            columns.status != SubscriptionStatus.INCOMPLETE.value,
        )
        .order_by(columns.next_reminder_at.asc().nulls_first())
    )


def _moment(now: Moment) -> ColumnElement[datetime]:
    return literal(now, DateTime(timezone=True)) if isinstance(now, datetime) else now


def _is_looked_at(now: Moment) -> ColumnElement[bool]:
    return or_(subscriptions.c.next_check_at.is_(None), subscriptions.c.next_check_at <= now)


def select_over(now: Moment, default_grace: timedelta) -> Select[Any]:
    """Live ones whose access and grace are over, the longest over first, joined to their plans.

    default_grace: how long a failed renewal keeps access where the plan does not say.
    """
    columns = subscriptions.c
    grace = _grace(default_grace)
    condition = columns.status == SubscriptionStatus.PAST_DUE.value
    return (
        select(subscriptions)
        .join(service_plans, service_plans.c.id == columns.plan_id)
        .where(
            _LIVE,
            # Said once more without grace, so that the index over access_until serves.
            columns.access_until <= now,
            columns.access_until + case((condition, grace), else_=literal(timedelta(), Interval))
            # The sum of a moment and a length is taken for one without a time zone unless said otherwise.
            <= _moment(now),
            # A pause at its customer's wish is looked at when it begins, and when it ends.
            or_(
                columns.pause_until.is_(None),
                columns.status != SubscriptionStatus.PAUSED.value,
                columns.pause_until <= _moment(now) + literal(RESUME_AHEAD, Interval),
            ),
        )
        .order_by(columns.access_until)
    )


def running_out() -> ColumnElement[bool]:
    """Those whose time does not stand still (`access_policy.stands_still`)."""
    causes = func.coalesce(subscriptions.c.paused_for, "")
    return and_(causes.not_like(f"%{DISPUTE}%"), causes.not_like(f"%{STAFF}%"), causes.not_like(f"%{BAN}%"))


def _grace(default: timedelta) -> ColumnElement[timedelta]:
    """How long a failed renewal keeps access, by the plan that is joined."""
    return func.coalesce(func.make_interval(0, 0, 0, service_plans.c.grace_days), literal(default, Interval))
