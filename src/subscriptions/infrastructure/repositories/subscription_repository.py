"""Repository of subscriptions, and queries for due subscriptions."""

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
from subscriptions.domain.services.access_policy import LATE, RESUME_AHEAD
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import plan_changes, service_plans, subscriptions, telegram_channels
from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE, IS_UNPAID
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

SUBSCRIPTION: Final = RowMapper(Subscription)
CHANGE: Final = RowMapper(PlanChange)

Moment = datetime | ColumnElement[datetime]
"""Current time, or the parameter for it in a statement that is built once."""

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
        """Return the subscription with this id at the provider; None if there is none."""
        return await self._rows.one(provider=provider, provider_ref=ref, lock=lock)

    async def live_for(self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False) -> Subscription | None:
        """Return the customer's live subscription to a plan; None if there is none. There is at most one."""
        return await self._rows.one(_LIVE, customer_id=customer_id, plan_id=plan_id, lock=lock)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Subscription]:
        """Return a customer's subscriptions, the newest first."""
        return await self._rows.many(customer_id=customer_id, order=_NEWEST)

    async def of_order(self, order_id: OrderId) -> Sequence[Subscription]:
        """Return the subscriptions created by an order, the newest first."""
        return await self._rows.many(order_id=order_id, order=_NEWEST)

    async def add_change(self, change: PlanChange) -> bool:
        """Add a plan change. Return False if the change is already recorded."""
        return await self._changes.add_if_new(change)

    async def get_change(self, change_id: UUID) -> PlanChange | None:
        return await self._changes.one(id=change_id)

    async def changes_of(self, subscription_id: SubscriptionId) -> Sequence[PlanChange]:
        """Return a subscription's plan changes, the oldest first."""
        columns = plan_changes.c
        return await self._changes.many(subscription_id=subscription_id, order=(columns.changed_at, columns.id))

    async def save_all(self, subscriptions: Sequence[Subscription]) -> None:
        await self._rows.save_all(subscriptions)

    async def list_due(self, now: datetime) -> Sequence[Subscription]:
        """Implements `SubscriptionRepository.list_due`. The grace period applies to the status past_due only."""
        statement = ended_subscriptions(now, self._default_grace)
        return await self._rows.all(
            statement.with_for_update(of=subscriptions, skip_locked=True), skips_unreadable=True
        )

    async def count_due(self, now: datetime) -> int:
        """Return the number of subscriptions that `list_due` would return if no row were locked."""
        return await self._rows.count(ended_subscriptions(now, self._default_grace))

    async def list_over(self, now: datetime) -> Sequence[Subscription]:
        """Lock and return the live subscriptions whose access and grace period are over, whatever their
        next_check_at.
        """
        statement = select_over(now, self._default_grace).where(running_out())
        return await self._rows.all(statement.with_for_update(of=subscriptions))

    async def unpaid(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Lock and return subscriptions that a provider bills and that are in their grace period, if their
        next_check_at is past or None. Locked rows are skipped.
        """
        statement = unpaid_subscriptions(now, self._default_grace).limit(limit)
        return await self._rows.all(
            statement.with_for_update(of=subscriptions, skip_locked=True), skips_unreadable=True
        )

    async def look_again(self, horizon: datetime, reminders_beyond: datetime | None = None) -> int:
        """Implements `SubscriptionRepository.look_again`. Rows that another process has locked are left for the next
        call.
        """
        columns = subscriptions.c
        count = await self._forget(columns.next_check_at, horizon)
        if reminders_beyond is not None:
            count += await self._forget(columns.next_reminder_at, reminders_beyond)
        return count

    async def _forget(self, moment: Column[Any], horizon: datetime) -> int:
        far_ids = select(subscriptions.c.id).where(_LIVE, moment > horizon).with_for_update(skip_locked=True)
        statement = update(subscriptions).where(subscriptions.c.id.in_(far_ids)).values({moment: None})
        return (await self._unit.connection.execute(statement)).rowcount

    async def live_at(self, provider: str | None, after: SubscriptionId | None, limit: int) -> Sequence[Subscription]:
        """Implements `SubscriptionRepository.live_at`."""
        columns, statement = subscriptions.c, select(subscriptions).where(_LIVE)
        if provider is not None:
            statement = statement.where(columns.provider == provider, columns.provider_ref.is_not(None))
        statement = statement if after is None else statement.where(columns.id > after)
        return await self._rows.all(statement.order_by(columns.id).limit(limit))

    async def live_of_plan(
        self, plan_id: PlanId, after_id: SubscriptionId | None, limit: int
    ) -> Sequence[Subscription]:
        """Implements `SubscriptionRepository.live_of_plan`."""
        columns = subscriptions.c
        statement = select(subscriptions).where(_LIVE, columns.plan_id == plan_id)
        statement = statement if after_id is None else statement.where(columns.id > after_id)
        return await self._rows.all(statement.order_by(columns.id).limit(limit))

    async def live_named(self, provider: str, refs: Collection[str]) -> Sequence[Subscription]:
        """Return the live subscriptions with these ids at the provider."""
        columns = subscriptions.c
        conditions = columns.provider == provider, columns.provider_ref.in_(refs)
        return await self._rows.many(_LIVE, *conditions, order=(columns.id,))

    async def without_channel(self) -> Sequence[Subscription]:
        """Implements `SubscriptionRepository.without_channel`."""
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
        """Implements `SubscriptionRepository.to_ask`."""
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
        """Implements `SubscriptionRepository.note_asked`."""
        mine = subscriptions.c.id.in_(subscription_ids)
        await self._unit.connection.execute(update(subscriptions).where(mine).values(next_ask_at=again_at))

    async def to_remind(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Lock and return subscriptions, except incomplete ones, whose next_reminder_at is past or None. Locked rows
        are skipped.
        """
        return await self._rows.all(
            to_remind(now).limit(limit).with_for_update(skip_locked=True), skips_unreadable=True
        )


def ended_subscriptions(now: Moment, default_grace: timedelta) -> Select[Any]:
    """Return the query of expired subscriptions that are due for a check. Subscriptions for the VIP channel are
    included only if a provider bills them. `default_grace`: as for `select_over`.
    """
    columns = subscriptions.c
    return (
        select_over(now, default_grace)
        .where(or_(running_out(), columns.provider_ref.is_not(None)))
        .where(_is_looked_at(now))
        .where(or_(service_plans.c.access != AccessKind.VIP_CHANNEL.value, columns.provider_ref.is_not(None)))
    )


def ended_of_vip(now: Moment, default_grace: timedelta) -> Select[Any]:
    """Return the query of expired subscriptions for the VIP channel that no provider bills. `default_grace`: as for
    `select_over`.
    """
    of_vip = service_plans.c.access == AccessKind.VIP_CHANNEL.value
    bare = subscriptions.c.provider_ref.is_(None)
    return select_over(now, default_grace).where(of_vip, bare, running_out()).where(_is_looked_at(now))


def unpaid_subscriptions(now: Moment, default_grace: timedelta) -> Select[Any]:
    """Return the query of subscriptions that a provider bills and that are in their grace period and due for a check.
    `default_grace`: as for `select_over`.
    """
    columns = subscriptions.c
    return (
        select(subscriptions)
        .join(service_plans, service_plans.c.id == columns.plan_id)
        .where(
            _UNPAID,
            columns.provider_ref.is_not(None),
            _is_looked_at(now),
            _grace_begins() + _grace(default_grace) > _moment(now),
        )
        .order_by(columns.next_check_at.asc().nulls_first())
    )


def to_remind(now: Moment) -> Select[Any]:
    """Return the query of subscriptions, except incomplete ones, that may need a reminder."""
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
    """Return the query of live subscriptions whose access and grace period are over, joined with their plans. The
    subscription that expired longest ago comes first.

    `default_grace`: grace period after a failed renewal if the plan sets none.
    """
    columns = subscriptions.c
    grace = _grace(default_grace)
    condition = columns.status == SubscriptionStatus.PAST_DUE.value
    return (
        select(subscriptions)
        .join(service_plans, service_plans.c.id == columns.plan_id)
        .where(
            _LIVE,
            # The condition is repeated without the grace period, so that the index on access_until is used.
            columns.access_until <= now,
            case((condition, _grace_begins() + grace), else_=columns.access_until)
            # PostgreSQL drivers treat the sum of a timestamp and an interval as a timestamp without time zone unless
            # its type is given.
            <= _moment(now),
            # A pause requested by the customer is checked both when it begins and when it ends.
            or_(
                columns.pause_until.is_(None),
                columns.status != SubscriptionStatus.PAUSED.value,
                columns.pause_until <= _moment(now) + literal(RESUME_AHEAD, Interval),
            ),
        )
        .order_by(columns.access_until)
    )


def running_out() -> ColumnElement[bool]:
    """Return the condition that the subscription's remaining time is not frozen (see `access_policy.stands_still`)."""
    causes = func.coalesce(subscriptions.c.paused_for, "")
    return and_(causes.not_like(f"%{DISPUTE}%"), causes.not_like(f"%{STAFF}%"), causes.not_like(f"%{BAN}%"))


def _grace_begins() -> ColumnElement[datetime]:
    """Return the SQL of the beginning of the grace period of a past due subscription (`access_policy.grace_begins`)."""
    columns = subscriptions.c
    is_late = columns.owed_since > columns.access_until + literal(LATE, Interval)
    return case((is_late, columns.owed_since), else_=columns.access_until)


def _grace(default: timedelta) -> ColumnElement[timedelta]:
    """Return the SQL of the grace period after a failed renewal: that of the joined plan, or otherwise the default."""
    return func.coalesce(func.make_interval(0, 0, 0, service_plans.c.grace_days), literal(default, Interval))
