"""Delivery of one post to the public channel of a plan."""

import json
import re
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from features.picks.use_cases.tip_text import moments_of
from features.record.domain.record_post import DIGESTS, PostKind, RecordPost
from features.record.domain.tip_history import TipHistory
from features.record.ports.public_channel import PublicChannel
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.public_text import PUBLIC_TEMPLATES
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.entities.post import NO_PREVIEW, PostButton, PostContent
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import PlanId, PostId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

_PAGE: Final = re.compile(r"https?://\S+/historial/\S+")
_PREVIEWS: Final = {
    PostKind.MONTH: {"prefer_large_media": True, "show_above_text": True},
    PostKind.TIP: {"prefer_small_media": True},
}
"""Options of the link preview of the record's page, by kind of post. In a monthly summary, the preview shows a large
picture.
"""


@dataclass(frozen=True)
class PostPublicly:
    """Use case that sends a recorded post. The caller prevents concurrent runs. zone: time zone of the times in posts.

    If the process dies between sending and recording the message, the post is sent twice and the second message is
    recorded.
    """

    units: UnitOfWorkFactory
    channel: PublicChannel
    clock: Clock
    zone: ZoneInfo

    async def __call__(self, plan_id: PlanId, kind: PostKind, subject: str) -> None:
        """Send the post, unless it was sent before. Raises the errors of `PublicChannel.post`."""
        async with self.units() as uow:
            post = await uow.of(RECORDS_KEY).post(plan_id, kind, subject)
            buttons = await self._button(uow, plan_id) if kind not in DIGESTS else ()
            moments = await self._moments(uow, post) if post is not None else ()
        if post is None:
            raise Permanent(f"nothing was written down to be posted: {kind} {subject}")
        if post.message_id is not None:
            return
        content = PostContent(text=post.text, buttons=buttons, moments=moments, preview=_preview(post))
        message_id = await self.channel.post(post.username, content)
        async with self.units() as uow:
            await uow.of(RECORDS_KEY).mark_posted(post, message_id, self.clock.now())
            await uow.commit()

    async def _moments(self, uow: UnitOfWork, post: RecordPost) -> tuple[tuple[str, int], ...]:
        if post.kind not in {PostKind.TEASER, PostKind.TIP}:
            return ()
        tip_id = PostId(post.subject_id)
        facts = TipHistory(tip_id, await uow.of(RECORDS_KEY).of_tip(tip_id)).facts
        return tuple(moments_of(facts, self.zone))

    async def _button(self, uow: UnitOfWork, plan_id: PlanId) -> tuple[tuple[PostButton, ...], ...]:
        """Return the button that links to the plan; empty if the plan is not on sale or the bot's name is unknown."""
        plan, channel = await uow.plans.get(plan_id), await uow.of(RECORDS_KEY).channel(plan_id)
        username = await uow.variables.get(BOT_USERNAME)
        if plan is None or channel is None or username is None or not plan.active:
            return ()
        words = PUBLIC_TEMPLATES[channel.language]
        return ((PostButton(words.button, deep_link(username, f"plan_{plan.soft_id}")),),)


def _preview(post: RecordPost) -> str:
    page = _PAGE.search(post.text)
    if page is None or post.kind not in _PREVIEWS:
        return NO_PREVIEW
    return json.dumps({"url": page[0], **_PREVIEWS[post.kind]})
