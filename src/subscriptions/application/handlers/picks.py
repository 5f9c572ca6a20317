"""Picks: taken from the operator's core once, shown in every live channel of a plan, edited and withdrawn there."""

import structlog

from subscriptions.application.dto.jobs import DeliverPick as DeliverPickJob
from subscriptions.application.handlers.browse_plans import PlanUnavailable
from subscriptions.domain.entities.pick import Pick, PickContent, PickDelivery, PickStatus
from subscriptions.domain.errors import Permanent, RetryLater, UmbralError
from subscriptions.domain.ids import DeliveryId, PickId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.pick_sender import PickSender, PostedPick
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class PickConflict(UmbralError):
    """The same idempotency key came with another pick."""


class UnknownPick(UmbralError):
    """No pick has this key."""


class AcceptPick:
    """Takes picks in; the answer is given before anything is sent."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def __call__(self, key: str, soft_id: str, content: PickContent) -> Pick:
        """The same key and content again gives the same pick. Raises PlanUnavailable, PickConflict."""
        async with self._units() as uow:
            plan = await uow.plans.by_soft_id(soft_id)
            if plan is None:
                raise PlanUnavailable(soft_id)
            pick = Pick.accept(key, plan.id, content, self._clock.now())
            if await uow.picks.add_if_new(pick):
                await uow.picks.save(pick)
                await uow.commit()
                return pick
            known = await uow.picks.by_key(key)
        if known is None or known.plan_id != plan.id or known.content != content:
            raise PickConflict(key)
        return known

    async def edit(self, key: str, content: PickContent) -> Pick:
        """Change what a pick says, everywhere. Raises UnknownPick."""
        async with self._units() as uow:
            pick = await uow.picks.by_key(key, lock=True)
            if pick is None:
                raise UnknownPick(key)
            pick.edit(content)
            await uow.picks.save(pick)
            await uow.commit()
            return pick

    async def withdraw(self, key: str) -> Pick:
        """Take a pick back everywhere. Raises UnknownPick."""
        async with self._units() as uow:
            pick = await uow.picks.by_key(key, lock=True)
            if pick is None:
                raise UnknownPick(key)
            pick.withdraw()
            await uow.picks.save(pick)
            await uow.commit()
            return pick


class FanOutPick:
    """One delivery per live channel; an edit or a withdrawal visits the deliveries that exist."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def __call__(self, pick_id: PickId) -> None:
        """Repeating it plans nothing twice."""
        now = self._clock.now()
        async with self._units() as uow:
            pick = await uow.picks.get(pick_id, lock=True)
            if pick is None:
                raise Permanent(f"pick {pick_id} is gone")
            deliveries = list(await uow.picks.deliveries(pick.id))
            if pick.revision == 1 and not deliveries:
                for channel in await uow.channels.live_of_plan(pick.plan_id):
                    if channel.channel_id is not None:
                        delivery = PickDelivery.plan(pick, channel.id, channel.channel_id, now)
                        await uow.picks.add_delivery_if_new(delivery)
                        deliveries.append(delivery)
            for delivery in deliveries:
                await uow.enqueue(DeliverPickJob(delivery_id=delivery.id).job())
            await uow.commit()
        log.info("pick fanned out", pick=pick.key, channels=len(deliveries))


class DeliverPick:
    """Brings one channel to what the pick says now."""

    def __init__(self, units: UnitOfWorkFactory, sender: PickSender, clock: Clock) -> None:
        self._units = units
        self._sender = sender
        self._clock = clock

    async def __call__(self, delivery_id: DeliveryId) -> None:
        """Raises RetryLater within Telegram's limits, Permanent when the channel refuses for good."""
        async with self._units() as uow:
            delivery = await uow.picks.get_delivery(delivery_id)
            pick = await uow.picks.get(delivery.pick_id) if delivery else None
        if delivery is None or pick is None or delivery.revision == pick.revision:
            return
        if delivery.message_id is None and pick.status is PickStatus.ACCEPTED:
            await self._post(delivery, pick)
        elif delivery.message_id is not None:
            await self._change(delivery, pick)
        delivery.revision = pick.revision
        await self._save(delivery)

    async def _post(self, delivery: PickDelivery, pick: Pick) -> None:
        if delivery.sending_since is not None:
            delivery.repeated += 1
            log.warning("pick may be posted twice after a crash", pick=pick.key)
        delivery.sending_since = self._clock.now()
        await self._save(delivery)
        try:
            posted = await self._sender.post(delivery.chat_id, pick.content, delivery.channel_id.int)
        except RetryLater:
            delivery.sending_since = None
            await self._save(delivery)
            raise
        delivery.bot, delivery.message_id, delivery.sending_since = posted.bot, posted.message_id, None

    async def _change(self, delivery: PickDelivery, pick: Pick) -> None:
        posted = PostedPick(delivery.bot or "", delivery.message_id or 0)
        if pick.status is PickStatus.WITHDRAWN:
            await self._sender.withdraw(delivery.chat_id, posted)
        else:
            await self._sender.edit(delivery.chat_id, posted, pick.content)

    async def _save(self, delivery: PickDelivery) -> None:
        async with self._units() as uow:
            await uow.picks.save_delivery(delivery)
            await uow.commit()
