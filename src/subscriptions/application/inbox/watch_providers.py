"""Regular polling of providers for their events and the state of each subscription, because a webhook may
never arrive.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.dto import jobs
from subscriptions.application.inbox.poll_events import RECEIVED_UNTIL
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.variable import moment
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, ListsEvents, ListsSubscriptions
from subscriptions.domain.ports.repositories.inbox import Origin
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

ASKED_EVERY: Final = timedelta(minutes=20)
"""Maximum age of the last fetched list of events. A refund must be noticed within an hour even without a webhook."""
EACH_EVERY: Final = timedelta(days=1)
"""Interval at which each live subscription is fetched."""
WHILE_SILENT: Final = timedelta(hours=6)
"""Interval at which each subscription is fetched while the provider's webhooks have been silent for unusually long."""
LISTED_AT: Final = moment("listed_at")
"""Time at which a provider's subscriptions were last listed, keyed by provider."""
_LISTED_BEFORE: Final = timedelta(hours=1)
"""Time by which the list of a provider's subscriptions is fetched earlier than the individual subscriptions."""
_LISTEN_EVERY: Final = timedelta(hours=1)
_USUAL: Final = timedelta(days=30)
_MIN_EVENTS: Final = 10
_SILENCE_FACTOR: Final = 4
"""Multiple of the usual interval between events that counts as an unusually long silence, if there were enough events
in the last month.
"""
_SLACK: Final = timedelta(hours=2)
"""Tolerance for planned fetches in the future after a clock was set back, so that not all subscriptions are fetched at
once.
"""
_BATCH: Final = 500


class WatchProviders:
    """Use case that queues the polling of providers' events and the fetching of subscriptions."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._last_listing: datetime | None = None
        self._silent: frozenset[str] = frozenset()

    async def __call__(self) -> None:
        """Queue the due polls. Idempotent and safe to run concurrently."""
        now = self._clock.now()
        async with self._units() as uow:
            if _is_old(self._last_listing, _LISTEN_EVERY, now):
                await self._listen(uow, now)
            for provider in self._gateways.enabled_names():
                if isinstance(self._gateways.get(provider), ListsEvents):
                    await _events(uow, provider, now)
                await self._subscriptions(uow, provider, now)
            await uow.commit()

    async def _subscriptions(self, uow: UnitOfWork, provider: str, now: datetime) -> None:
        """Queue the fetches of the provider's due subscriptions, spread over the day: the first by subscription id,
        later ones a day after the previous fetch.
        """
        every = WHILE_SILENT if provider in self._silent else EACH_EVERY
        if isinstance(self._gateways.get(provider), ListsSubscriptions):
            await _list(uow, provider, every - _LISTED_BEFORE, now)
        horizon = now + EACH_EVERY + _SLACK
        due = await uow.subscriptions.to_ask(provider, now + EACH_EVERY - every, horizon, _BATCH)
        for subscription in due:
            if subscription.next_ask_at is None:
                subscription.next_ask_at = now + _time_of_day(subscription)
            else:
                await uow.enqueue(jobs.PollSubscription(subscription_id=subscription.id).keyed_job(subscription.id))
                subscription.next_ask_at = now + EACH_EVERY
        await uow.subscriptions.save_all(due)

    async def _listen(self, uow: UnitOfWork, now: datetime) -> None:
        """Record which providers' webhooks have been silent for unusually long."""
        self._silent = frozenset([code for code in self._gateways.enabled_names() if await _is_silent(uow, code, now)])
        self._last_listing = now
        if self._silent:
            log.warning("webhooks are silent for longer than usual", providers=sorted(self._silent))


async def _events(uow: UnitOfWork, provider: str, now: datetime) -> None:
    received_until = await uow.variables.get(RECEIVED_UNTIL.for_subject(provider))
    if received_until is None or received_until > now:
        # The provider is new, or was polled while a clock was wrong, so polling starts from now.
        await uow.variables.set(RECEIVED_UNTIL.for_subject(provider), now)
    elif now - received_until >= ASKED_EVERY:
        await uow.enqueue(jobs.PollEvents(provider=provider).keyed_job(provider))


async def _list(uow: UnitOfWork, provider: str, every: timedelta, now: datetime) -> None:
    listed_at = await uow.variables.get(LISTED_AT.for_subject(provider))
    if listed_at is None:
        await uow.variables.set(LISTED_AT.for_subject(provider), now)
    elif _is_old(listed_at, every, now):
        await uow.enqueue(jobs.PollListed(provider=provider).keyed_job(provider))


async def _is_silent(uow: UnitOfWork, provider: str, now: datetime) -> bool:
    event_count, latest = await uow.inbox.count_received(provider, Origin.TOLD, now - _USUAL)
    if latest is None or event_count < _MIN_EVENTS:
        # There are too few events to know the usual interval. An event found by polling after the last webhook shows
        # that a webhook is missing.
        return (await uow.inbox.count_received(provider, Origin.ASKED, latest or now - EACH_EVERY))[0] > 0
    return now - latest > max(WHILE_SILENT, _SILENCE_FACTOR * _USUAL / event_count)


def _is_old(moment: datetime | None, length: timedelta, now: datetime) -> bool:
    return moment is None or abs(now - moment) >= length


def _time_of_day(subscription: Subscription) -> timedelta:
    return timedelta(seconds=subscription.id.int % int(EACH_EVERY.total_seconds()))
