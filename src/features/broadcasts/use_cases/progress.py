"""Progress of a broadcast, counted in people or channels."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from features.broadcasts.domain import Audience, Broadcast, BroadcastStatus, DeliveryState
from features.broadcasts.ports import BROADCASTS_KEY, Counts
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.delivery import UNREACHABLE
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.counted_links import counted_buttons

ChannelCounts = Mapping[tuple[bool, str | None], int]
"""Number of channels, grouped by whether they show the post's current revision and by Telegram's reason for
a refusal.
"""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Delivery counts of a broadcast.

    sent: deliveries confirmed by Telegram. unknown: deliveries that were in progress when a process died and may have
    arrived; they are never sent again automatically. waiting: deliveries not attempted yet. reasons: number of failed
    deliveries by Telegram's reason. openings: number of people who pressed a button that leads to the bot, each counted
    once; None if the presses of no button are counted. uncounted_buttons: number of buttons whose presses are not
    counted.
    """

    sent: int = 0
    blocked: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    withdrawn: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    openings: int | None = None
    uncounted_buttons: int = 0

    @property
    def total(self) -> int:
        """Return the number of recipients, whatever the state of their deliveries."""
        return self.sent + self.blocked + self.failed + self.unknown + self.waiting + self.withdrawn


async def progress_of(uow: UnitOfWork, broadcast: Broadcast) -> Progress:
    """Return the current progress of a broadcast."""
    audience, buttons = broadcast.audience, sum(map(len, broadcast.content.buttons))
    if audience is not None and audience.channels:
        counts = await channel_counts(uow, broadcast, audience)
        return replace(_of_channels(counts, broadcast), uncounted_buttons=buttons)
    progress = _of_people(await uow.of(BROADCASTS_KEY).counts(broadcast.id))
    if not buttons:
        return progress
    bot = await uow.variables.get(BOT_USERNAME) or ""
    counted_buttons_, others = counted_buttons(broadcast.content, broadcast.id, bot)
    openings = await uow.of(BROADCASTS_KEY).count_opened(broadcast.id) if counted_buttons_ else None
    return replace(progress, openings=openings, uncounted_buttons=others)


def pick_key(broadcast: Broadcast, soft_id: str) -> str:
    """Return the idempotency key of the post that publishes a broadcast in the channels of one plan."""
    return f"broadcast:{broadcast.id}:{soft_id}"


async def channel_counts(uow: UnitOfWork, broadcast: Broadcast, audience: Audience) -> ChannelCounts:
    """Count the channels in which the broadcast's posts are shown or are to be shown."""
    counts = Counter[tuple[bool, str | None]]()
    for soft_id in sorted(audience.channels):
        pick = await uow.of(POSTS_KEY).by_key(pick_key(broadcast, soft_id))
        if pick is not None:
            for (revision, failure), number in (await uow.of(POSTS_KEY).counts(pick.id)).items():
                counts[revision == pick.revision, failure] += number
    return counts


def _of_people(counts: Counts) -> Progress:
    by_state: dict[DeliveryState, int] = dict.fromkeys(DeliveryState, 0)
    unreachable, reasons = 0, dict[str, int]()
    for (status, reason), number in counts.items():
        if status is DeliveryState.FAILED and reason in UNREACHABLE:
            unreachable += number
            continue
        by_state[status] += number
        if reason is not None:
            reasons[reason] = reasons.get(reason, 0) + number
    return Progress(
        sent=by_state[DeliveryState.SENT],
        blocked=unreachable,
        failed=by_state[DeliveryState.FAILED],
        unknown=by_state[DeliveryState.UNKNOWN],
        waiting=by_state[DeliveryState.PENDING] + by_state[DeliveryState.SENDING],
        withdrawn=by_state[DeliveryState.WITHDRAWN],
        reasons=reasons,
    )


def _of_channels(counts: ChannelCounts, broadcast: Broadcast) -> Progress:
    reasons = Counter[str]()
    for (_, reason), number in counts.items():
        if reason is not None:
            reasons[reason] += number
    shown_count, waiting_count = counts.get((True, None), 0), counts.get((False, None), 0)
    is_gone = broadcast.status is BroadcastStatus.WITHDRAWN
    return Progress(
        sent=0 if is_gone else shown_count,
        withdrawn=shown_count if is_gone else 0,
        failed=reasons.total(),
        waiting=waiting_count,
        reasons=reasons,
    )
