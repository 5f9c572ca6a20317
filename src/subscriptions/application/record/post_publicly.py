"""One post goes into the public channel of its plan."""

from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.entities.record_post import PostKind
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.public_channel import PublicChannel
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class PostPublicly:
    """Posts what was written down. Where it dies between posting and noting where, the same stands there twice, and the
    later one is named; two at once are the caller's to prevent."""

    def __init__(self, units: UnitOfWorkFactory, channel: PublicChannel, clock: Clock) -> None:
        self._units = units
        self._channel = channel
        self._clock = clock

    async def __call__(self, plan_id: PlanId, kind: PostKind, subject: str) -> None:
        """What stands there already is left alone. Raises as `PublicChannel.post`."""
        async with self._units() as uow:
            post = await uow.records.post(plan_id, kind, subject)
        if post is None:
            raise Permanent(f"nothing was written down to be posted: {kind} {subject}")
        if post.message_id is not None:
            return
        message_id = await self._channel.post(post.username, PickContent(text=post.text))
        async with self._units() as uow:
            await uow.records.place_post(post, message_id, self._clock.now())
            await uow.commit()
