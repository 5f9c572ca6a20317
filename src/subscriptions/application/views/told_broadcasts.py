"""Broadcasts in words, the same in the chat's panel and in the web console."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from subscriptions.application.broadcasts.progress import Progress
from subscriptions.application.dto.languages import language_name
from subscriptions.domain.entities.broadcast import Audience, Broadcast, BroadcastStatus

FIGURES: Final = ("sent", "withdrawn", "blocked", "failed", "unknown", "waiting")
"""What is told of how it goes, in this order; what is none is left out, but for `sent`."""
REASONS: Final = 3
"""So many of those why it failed: the commonest."""


Say = Callable[..., str]
"""A text of `casts.toml` by its key and facts, without markup."""


def what(say: Say, broadcast: Broadcast, most: int = 200) -> str:
    """What it says, in short."""
    content = broadcast.content
    text = " ".join(content.text.split())
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    if content.source is None:
        return f"🖼 {short}" if content.photo_url else short
    number = len(content.source.messages)
    kind = say("casts.album", n=number) if number > 1 else say("casts.file")
    return f"{kind} {short}".strip()


def status_word(broadcast: Broadcast, progress: Progress) -> str:
    """Its status in a word; `unsent` where it is over and Telegram took it nowhere."""
    is_refused = progress.failed and not (progress.sent or progress.unknown)
    return "unsent" if broadcast.status is BroadcastStatus.DONE and is_refused else str(broadcast.status)


def whom(say: Say, audience: Audience, names: Mapping[str, str]) -> str:
    """For people to read. names: of its plans or its chat, by soft id."""
    if audience.channels:
        return say("casts.in_channels", plans=", ".join(names.get(each, each) for each in sorted(audience.channels)))
    chat = audience.chat or ""
    facts = {"chat": names.get(chat, chat), "spent": audience.spent or ""}
    parts = [say(f"casts.segment.{audience.segment}", **facts)]
    if audience.plan is not None:
        parts.append(names.get(audience.plan, audience.plan))
    if audience.language is not None:
        parts.append(language_name(audience.language))
    return " · ".join(parts)


def opening_lines(say: Say, progress: Progress) -> Sequence[str]:
    """Who opened a button, and that others are not counted."""
    lines = [] if progress.openings is None else [say("casts.opened", n=progress.openings)]
    return [*lines, *([say("casts.uncounted")] if progress.uncounted_buttons else [])]


def commonest(reasons: Mapping[str, int], words: Callable[[str], str]) -> Sequence[tuple[str, int]]:
    """Why it failed, and how often. words: of what Telegram said."""
    counts = Counter[str]()
    for reason, number in reasons.items():
        counts[words(reason)] += number
    return counts.most_common(REASONS)


def ways(broadcast: Broadcast, in_doubt: int) -> Sequence[str]:
    """What can be done with one that began. in_doubt: of how many nobody knows whether they have it."""
    status, names = broadcast.status, list[str]()
    channels = broadcast.audience is not None and bool(broadcast.audience.channels)
    if status is BroadcastStatus.SENDING and not channels:
        names.append("stop")
    if status is BroadcastStatus.STOPPED:
        names.append("on")
    if status in {BroadcastStatus.STOPPED, BroadcastStatus.DONE} and in_doubt:
        names.append("again")
    if status is not BroadcastStatus.WITHDRAWN:
        names += ["edit", "take"]
    return names
