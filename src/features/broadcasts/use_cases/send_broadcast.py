"""Sending of a broadcast in slices of one minute, so that urgent messages are sent in between and a crash affects only
a few deliveries.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from features.broadcasts import jobs
from features.broadcasts.domain import Addressee, Audience, Broadcast, BroadcastId, BroadcastStatus, DeliveryState
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.progress import Progress, channel_counts, pick_key, progress_of
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.deliveries.attempt import attempt
from subscriptions.application.deliveries.mark_unreachable import MarkUnreachable
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.posts.publish_post import PublishPost
from subscriptions.domain.entities.delivery import SENDING_TAKES, UNREACHABLE, InDoubt, Postponed
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.errors import RetryLater, UmbralError
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.people_sender import PeopleSender
from subscriptions.domain.ports.post_sender import SentPost
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.counted_links import with_tokens

log = structlog.get_logger(__name__)

HANDFUL: Final = 3
"""Number of recipients whose deliveries are claimed together. The number is small, because the result of claimed
deliveries becomes unknown if the process dies.
"""

LINES: Final = 5
"""Number of batches that are sent in parallel, so that one slow answer from Telegram does not delay
the other batches.
"""

SLICE: Final = timedelta(minutes=1)
"""Duration of one job, after which the next job continues. Short slices lose a little sending capacity between two
jobs.
"""

SHOWN_EVERY: Final = timedelta(seconds=3)
"""Interval at which the author's progress display is updated."""

LOOK_AGAIN: Final = timedelta(seconds=2)
"""Interval at which the progress of a broadcast to channels is checked."""

PATIENCE: Final = timedelta(minutes=10)
"""Maximum time for which the progress of a broadcast to channels is checked while posts wait for their channels."""

ShowProgress = Callable[[Broadcast, Progress], Awaitable[None]]
"""Function that shows the author the progress. The bot provides the function and its texts."""


@dataclass(frozen=True)
class SendBroadcast:
    """Use case that sends a broadcast's current content to every recipient. Safe to run concurrently and to
    interrupt.
    """

    units: UnitOfWorkFactory
    clock: Clock
    sender: PeopleSender
    publish_post: PublishPost
    mark_unreachable: MarkUnreachable

    async def __call__(self, broadcast_id: BroadcastId, show: ShowProgress) -> None:
        """Send for one slice (`SLICE`), and queue another job for the remaining deliveries. Raises RetryLater if
        Telegram's rate limit is reached or Telegram does not answer.
        """
        broadcast = await self._begin(broadcast_id)
        if broadcast is None or broadcast.audience is None:
            return
        if broadcast.audience.channels:
            await self._through_picks(broadcast, broadcast.audience, show)
        else:
            await self._to_people(broadcast, show)

    async def _begin(self, broadcast_id: BroadcastId) -> Broadcast | None:
        """Return the broadcast, and start it if it is due; None if it must not be sent now. When a broadcast starts, a
        delivery is stored for every recipient.
        """
        now = self.clock.now()
        async with self.units() as uow:
            broadcast = await uow.of(BROADCASTS_KEY).get(broadcast_id, lock=True)
            if broadcast is None or broadcast.status is BroadcastStatus.DRAFT:
                return None
            if broadcast.status is BroadcastStatus.SCHEDULED:
                if broadcast.starts_at is None:
                    return None
                if broadcast.starts_at > now:
                    # The broadcast was postponed, and the waiting job ran at the earlier time.
                    await uow.enqueue(_next_slice(broadcast, broadcast.starts_at))
                    await uow.commit()
                    return None
                broadcast.begin(now)
                if broadcast.audience is not None and not broadcast.audience.channels:
                    await uow.of(BROADCASTS_KEY).address(broadcast, broadcast.audience, now)
                await uow.of(BROADCASTS_KEY).save(broadcast)
                await uow.commit()
        return broadcast

    async def _to_people(self, broadcast: Broadcast, show: ShowProgress) -> None:
        async with self.units() as uow:
            await uow.of(BROADCASTS_KEY).give_up(broadcast.id, self.clock.now() - SENDING_TAKES)
            bot = await uow.variables.get(BOT_USERNAME) or ""
            await uow.commit()
        turn = _Slice(self.clock, bot, partial(self._show, broadcast.id, show))
        lines = {asyncio.create_task(self._line(broadcast.id, turn)) for _ in range(LINES)}
        try:
            await asyncio.shield(asyncio.gather(*lines))
            while turn.goes_on() and await self._catch_up(broadcast.id, turn):
                turn.look()
        finally:
            # If one batch fails or the process stops, the other batches finish their claimed recipients.
            turn.is_taken = True
            # The final state must be shown last.
            await asyncio.wait({*lines, turn.show_task})
        if turn.trouble is not None:
            raise turn.trouble
        await self._settle(broadcast, show, not turn.goes_on())

    async def _settle(self, broadcast: Broadcast, show: ShowProgress, has_more: bool) -> None:
        """After a slice, queue the next slice, or finish the broadcast if no deliveries are waiting."""
        async with self.units() as uow:
            current = await uow.of(BROADCASTS_KEY).get(broadcast.id, lock=True)
            if current is None:
                return
            progress = await progress_of(uow, current)
            if has_more:
                await uow.enqueue(_next_slice(current))
            elif progress.waiting and current.status is BroadcastStatus.SENDING:
                # Another process has claimed the remaining recipients, or had before it died.
                await uow.enqueue(_next_slice(current, self.clock.now() + SENDING_TAKES))
            else:
                current.finish(self.clock.now())
                await uow.of(BROADCASTS_KEY).save(current)
            await uow.commit()
        await show(current, progress)

    async def _show(self, broadcast_id: BroadcastId, show: ShowProgress) -> None:
        async with self.units() as uow:
            current = await uow.of(BROADCASTS_KEY).get(broadcast_id)
            progress = await progress_of(uow, current) if current is not None else None
        if current is not None and progress is not None:
            await show(current, progress)

    async def _line(self, broadcast_id: BroadcastId, turn: "_Slice") -> None:
        """Send one batch after another until every recipient is claimed or the slice ends."""
        while await self._have_turns(turn):
            async with self.units() as uow:
                broadcast = await uow.of(BROADCASTS_KEY).get(broadcast_id)
                if broadcast is None or broadcast.status is not BroadcastStatus.SENDING:
                    return
                handful = await uow.of(BROADCASTS_KEY).claim(broadcast_id, HANDFUL, self.clock.now())
                await uow.commit()
            turn.is_taken = len(handful) < HANDFUL
            await self._work(broadcast, handful, turn)
            turn.look()

    async def _have_turns(self, turn: "_Slice") -> bool:
        for _ in range(HANDFUL):
            if not turn.goes_on() or turn.is_taken:
                return False
            await self.sender.turn()
        return turn.goes_on() and not turn.is_taken

    async def _catch_up(self, broadcast_id: BroadcastId, turn: "_Slice") -> bool:
        """Update a few outdated messages to the current content. Return False if none is left."""
        async with self.units() as uow:
            broadcast = await uow.of(BROADCASTS_KEY).get(broadcast_id)
            handful = (
                () if broadcast is None else await uow.of(BROADCASTS_KEY).list_outdated(broadcast, HANDFUL * LINES)
            )
        if broadcast is not None and handful:
            await self._work(broadcast, handful, turn)
        return bool(handful)

    async def _work(self, broadcast: Broadcast, handful: Sequence[Addressee], turn: "_Slice") -> None:
        content = with_tokens(broadcast.content, broadcast.id, turn.bot)
        troubles = await asyncio.gather(*(self._one(broadcast, content, each) for each in handful))
        async with self.units() as uow:
            await uow.of(BROADCASTS_KEY).settle([each.delivery for each in handful])
            await uow.commit()
        for each in handful:
            if (reason := each.delivery.failed) in UNREACHABLE:
                await self.mark_unreachable(each.telegram_id, reason)
        for trouble in troubles:
            turn.trouble = turn.trouble or trouble

    async def _one(self, broadcast: Broadcast, content: PostContent, addressee: Addressee) -> RetryLater | None:
        """Send or update one recipient's message and record the outcome. Return an error if the whole slice must stop
        and be retried later; otherwise None.
        """
        outcome = await attempt(self._reach(broadcast, content, addressee))
        addressee.delivery.settle(outcome)
        match outcome:
            case Postponed():
                return outcome.error
            case InDoubt():
                # An outage is temporary. Stop, so that further batches do not become unknown too.
                return RetryLater("Telegram did not answer")
        addressee.delivery.revision = broadcast.revision
        return None

    async def _reach(self, broadcast: Broadcast, content: PostContent, addressee: Addressee) -> None:
        delivery = addressee.delivery
        if delivery.status is DeliveryState.SENDING:
            message = await self.sender.send(addressee.telegram_id, content)
            delivery.message_id, delivery.others = message.message_id, message.others
            return
        sent_post = SentPost("", delivery.message_id or 0, delivery.others)
        if broadcast.status is BroadcastStatus.WITHDRAWN:
            await self.sender.withdraw(addressee.telegram_id, sent_post)
            delivery.status = DeliveryState.WITHDRAWN
        else:
            await self.sender.edit(addressee.telegram_id, sent_post, content)

    async def _through_picks(self, broadcast: Broadcast, audience: Audience, show: ShowProgress) -> None:
        """Publish the broadcast as posts in the channels of plans, and show the progress. While some channels have not
        shown the posts, queue another check; otherwise finish the broadcast.
        """
        await self._hand_over(broadcast, audience)
        async with self.units() as uow:
            current = await uow.of(BROADCASTS_KEY).get(broadcast.id, lock=True)
            if current is None:
                return
            progress = await progress_of(uow, current)
            if await self._waits(uow, current, audience):
                await uow.enqueue(_next_slice(current, self.clock.now() + LOOK_AGAIN))
            else:
                current.finish(self.clock.now())
                await uow.of(BROADCASTS_KEY).save(current)
            await uow.commit()
        await show(current, progress)

    async def _hand_over(self, broadcast: Broadcast, audience: Audience) -> None:
        for soft_id in sorted(audience.channels):
            key = pick_key(broadcast, soft_id)
            async with self.units() as uow:
                pick = await uow.of(POSTS_KEY).by_key(key)
            try:
                if broadcast.status is BroadcastStatus.WITHDRAWN:
                    if pick is not None:
                        await self.publish_post.withdraw(key)
                elif pick is None:
                    await self.publish_post(key, soft_id, broadcast.content, origin=f"broadcast:{broadcast.id}")
                else:
                    await self.publish_post.edit(key, broadcast.content)
            except PlanUnavailable:
                log.warning("a plan of a broadcast is gone", plan=soft_id)
            except UmbralError as error:
                log.warning("a broadcast could not be shown", plan=soft_id, reason=str(error))

    async def _waits(self, uow: UnitOfWork, broadcast: Broadcast, audience: Audience) -> bool:
        """Return True if the progress must be checked again, because some channels have not shown the posts yet and
        `PATIENCE` has not passed. A channel that is being repaired may delay its posts for long.
        """
        found_channel_counts = await channel_counts(uow, broadcast, audience)
        age = self.clock.now() - (broadcast.begun_at or broadcast.created_at)
        if not found_channel_counts:
            return age < LOOK_AGAIN * 5 and broadcast.status is BroadcastStatus.SENDING
        return age < PATIENCE and (False, None) in found_channel_counts


class _Slice:
    """State that the parallel batches of a slice share.

    bot: username of the bot, for buttons whose presses are counted. is_taken: True if every recipient is claimed.
    trouble: error because of which the slice must wait. show_task: task that updates the progress display.
    """

    def __init__(self, clock: Clock, bot: str, show: Callable[[], Coroutine[None, None, None]]) -> None:
        self._clock, self._show, self.bot = clock, show, bot
        self._end = clock.now() + SLICE
        self.is_taken = False
        self.trouble: RetryLater | None = None
        self._begin_showing()

    def goes_on(self) -> bool:
        """Return True while the slice has time left and no error has stopped it."""
        return self.trouble is None and self._clock.now() < self._end

    def look(self) -> None:
        """Start an update of the author's progress display if the last update is too old."""
        if self._clock.now() - self._shown_at >= SHOWN_EVERY and self.show_task.done():
            self._begin_showing()

    def _begin_showing(self) -> None:
        self._shown_at, self.show_task = self._clock.now(), asyncio.create_task(self._show())


def _next_slice(broadcast: Broadcast, at: datetime | None = None) -> Job:
    job = jobs.SendBroadcast(broadcast_id=broadcast.id)
    key = f"broadcast:{broadcast.id}"
    return job.keyed_job(key) if at is None else job.delayed_job(at, key)
