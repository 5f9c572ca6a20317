"""One post goes into the public channel of its plan."""

from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.record.public_text import PUBLIC_TEMPLATES
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.entities.pick import PickButton, PickContent
from subscriptions.domain.entities.record_post import DIGESTS, PostKind
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.public_channel import PublicChannel
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


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
            buttons = await self._button(uow, plan_id) if kind not in DIGESTS else ()
        if post is None:
            raise Permanent(f"nothing was written down to be posted: {kind} {subject}")
        if post.message_id is not None:
            return
        message_id = await self._channel.post(post.username, PickContent(text=post.text, buttons=buttons))
        async with self._units() as uow:
            await uow.records.place_post(post, message_id, self._clock.now())
            await uow.commit()

    async def _button(self, uow: UnitOfWork, plan_id: PlanId) -> tuple[tuple[PickButton, ...], ...]:
        """The way to the plan; none where it is not sold, or the bot's name is not known yet."""
        plan, channel = await uow.plans.get(plan_id), await uow.records.channel(plan_id)
        username = await uow.variables.get(BOT_USERNAME)
        if plan is None or channel is None or username is None or not plan.active:
            return ()
        words = PUBLIC_TEMPLATES[channel.language]
        return ((PickButton(words.button, deep_link(username, f"plan_{plan.soft_id}")),),)
