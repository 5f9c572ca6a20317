"""An alarm whose cause is gone closes itself, also where nobody was there to see it go."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from subscriptions.domain.entities.access import OUT, WITHOUT
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.reversal import SETTLED, DisputeStatus
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.sweep import SweepStatus
from subscriptions.domain.entities.userbot_account import AccountStatus, AccountTrouble
from subscriptions.domain.ids import AccessId, AccountId, InboxId, PlanId, SubscriptionId, SweepId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

LOOKS_EVERY: Final = timedelta(minutes=5)
_LOOKED_AT: Final = 500

DATABASE: Final = "database_"
"""How the alarms begin about what the database lacks."""
TOLD_EVERY: Final[Mapping[str, timedelta]] = {
    "removal_stuck": timedelta(hours=25),
    "vip_link_refused": timedelta(hours=25),
    "payment_method_left_out": timedelta(hours=25),
    "no_payment_method": timedelta(hours=25),
}
"""As long as these last there is a new one that often, so an older one is over."""
DATABASE_TOLD_EVERY: Final = timedelta(hours=1)


class WatchAlarms:
    """Looks every five minutes of business time."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock
        self._looked: datetime | None = None

    async def __call__(self) -> None:
        """Close what is mended. Repeating it changes nothing."""
        now = self._clock.now()
        if self._looked is not None and abs(now - self._looked) < LOOKS_EVERY:
            return
        async with self._units() as uow:
            closed = [
                alarm.kind for alarm in await uow.alarms.open(_LOOKED_AT) if await close_if_mended(uow, alarm, now)
            ]
            await uow.commit()
        self._looked = now
        if closed:
            log.info("alarms closed, their causes are gone", kinds=sorted(closed))


async def close_if_mended(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Whether its cause is gone; then it is closed, and nobody need look. The caller commits."""
    every = DATABASE_TOLD_EVERY if alarm.kind.startswith(DATABASE) else TOLD_EVERY.get(alarm.kind)
    is_gone = _CAUSES.get(alarm.kind)
    over = every is not None and now - alarm.raised_at >= every
    mended = over or (is_gone is not None and await is_gone(uow, alarm))
    held = await uow.alarms.get(alarm.id, lock=True) if mended else None
    if held is not None and held.open:
        held.closed_at = now
        await uow.alarms.save(held)
    return mended


async def _has_access(uow: UnitOfWork, alarm: Alarm) -> bool:
    named = _id(alarm.facts.get("access"))
    access = await uow.accesses.get(AccessId(named)) if named is not None else None
    if access is None:
        return named is not None
    # Over without ever having been inside is no access: that was paid for nothing.
    return access.status not in WITHOUT and (access.status not in OUT or access.joined_at is not None)


async def _account_works(uow: UnitOfWork, alarm: Alarm) -> bool:
    number = alarm.facts.get("account", "").partition(" ")[0]
    account = await uow.accounts.get(AccountId(int(number))) if number.isdecimal() else None
    if account is None or account.status is AccountStatus.RETIRED:
        return account is not None
    # One that is only tried again may be refused again.
    return account.status is AccountStatus.ACTIVE and not account.setbacks


async def _nobody_waits(uow: UnitOfWork, alarm: Alarm) -> bool:
    return not await uow.channels.awaited()


async def _dispute_over(uow: UnitOfWork, alarm: Alarm) -> bool:
    """An inquiry is over as well once the money itself is disputed: there is another alarm then."""
    named = _id(_behind(alarm))
    dispute = await uow.reversals.get_dispute(named) if named is not None else None
    if dispute is None or dispute.status in SETTLED:
        return dispute is not None
    return alarm.kind == "dispute_inquiry" and dispute.status is not DisputeStatus.INQUIRY


async def _has_price(uow: UnitOfWork, alarm: Alarm) -> bool:
    named, provider = _id(_behind(alarm)), alarm.facts.get("provider", "")
    price = await uow.plans.price_at(PlanId(named), provider) if named is not None else None
    return price is not None and price.external_price_id is not None


async def _period_went_on(uow: UnitOfWork, alarm: Alarm) -> bool:
    """The subscription is over, or has another end than the one it was about, which stands in the key."""
    subscription = await _subscription(uow, alarm)
    if subscription is None or not subscription.live or subscription.access_until is None:
        return subscription is not None
    return not alarm.key.endswith(subscription.access_until.isoformat())


async def _answered_since(uow: UnitOfWork, alarm: Alarm) -> bool:
    subscription = await _subscription(uow, alarm)
    told = subscription.synced_at if subscription is not None else None
    over = subscription is not None and not subscription.live
    return over or (told is not None and told > alarm.raised_at)


async def _event_applied(uow: UnitOfWork, alarm: Alarm) -> bool:
    named = _id(_behind(alarm))
    entry = await uow.inbox.get(InboxId(named)) if named is not None else None
    return entry is not None and entry.status is InboxStatus.APPLIED


async def _has_channel(uow: UnitOfWork, alarm: Alarm) -> bool:
    return await uow.vip.channel() is not None


async def _decided(uow: UnitOfWork, alarm: Alarm) -> bool:
    named = _id(_behind(alarm))
    sweep = await uow.sweeps.get(SweepId(named)) if named is not None else None
    return sweep is not None and sweep.status is not SweepStatus.ASKING


async def _subscription(uow: UnitOfWork, alarm: Alarm) -> Subscription | None:
    named = _id(alarm.facts.get("subscription"))
    return await uow.subscriptions.get(SubscriptionId(named)) if named is not None else None


def _behind(alarm: Alarm) -> str | None:
    """What its key names first: `dispute:ID:open`."""
    return next(iter(alarm.key.split(":")[1:]), None)


def _id(text: str | None) -> UUID | None:
    """None for what an earlier version may have written there."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


_CAUSES: Final[Mapping[str, Callable[[UnitOfWork, Alarm], Awaitable[bool]]]] = {
    "paid_without_access": _has_access,
    "pool_dry": _nobody_waits,
    "dispute_open": _dispute_over,
    "dispute_inquiry": _dispute_over,
    "dispute_long": _dispute_over,
    "plan_without_price": _has_price,
    "payment_event_missing": _period_went_on,
    "unknown_status": _period_went_on,
    "provider_refuses": _answered_since,
    "payment_event_stuck": _event_applied,
    "unmatched_payment_event": _event_applied,
    "unknown_subscription": _event_applied,
    "channel_not_configured": _has_channel,
    "sweep_held": _decided,
    **{str(trouble): _account_works for trouble in AccountTrouble},
}
"""Whether the cause of an alarm is gone, by its kind. Others are closed where their cause is seen, or by a person."""


async def open_again(uow: UnitOfWork, alarm: Alarm) -> None:
    """What was mended, and is told again under the same key, is open again; the caller commits."""
    known = await uow.alarms.newest(alarm.kind, alarm.key) if alarm.kind in _CAUSES else None
    held = await uow.alarms.get(known.id, lock=True) if known is not None and known.key == alarm.key else None
    if held is not None and not held.open and held.closed_by is None:
        # From now on: what was answered before says nothing of this time.
        held.closed_at, held.raised_at = None, alarm.raised_at
        await uow.alarms.save(held)
