"""Texts that describe broadcasts, for the chat's panel and the web console."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from features.broadcasts.domain import Audience, Broadcast, BroadcastStatus, Segment
from features.broadcasts.use_cases.progress import Progress
from features.broadcasts.use_cases.see_broadcasts import in_chat
from subscriptions.application.dto.languages import language_name

FIGURES: Final = ("sent", "withdrawn", "blocked", "failed", "unknown", "waiting")
"""Counts of a broadcast in display order. Counts of zero are left out, except for `sent`."""
REASONS: Final = 3
"""Number of failure reasons shown, the most common first."""


Say = Callable[..., str]
"""Function that returns a text of `casts.toml`, without markup, by its key and the values for its placeholders."""


def what(say: Say, broadcast: Broadcast, most: int = 200) -> str:
    """Return a one-line summary of the broadcast's content: its kind and the beginning of its text. most: maximum
    number of characters of that beginning.
    """
    content = broadcast.content
    text = " ".join(content.text.split())
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    if content.source is None:
        return f"🖼 {short}" if content.photo_url else short
    number = len(content.source.messages)
    kind = say("casts.album", n=number) if number > 1 else say("casts.file")
    return f"{kind} {short}".strip()


def status_word(broadcast: Broadcast, progress: Progress) -> str:
    """Return the name of a broadcast's status; `unsent` if the broadcast is done but every delivery failed."""
    is_refused = progress.failed and not (progress.sent or progress.unknown)
    return "unsent" if broadcast.status is BroadcastStatus.DONE and is_refused else str(broadcast.status)


def whom(say: Say, audience: Audience, names: Mapping[str, str]) -> str:
    """Return a text that describes the audience. names: display names of its plans or its chat, keyed by slug."""
    if audience.channels:
        return say("casts.in_channels", plans=", ".join(names.get(each, each) for each in sorted(audience.channels)))
    chat = audience.chat or ""
    facts = {"chat": names.get(in_chat(chat), chat), "spent": audience.spent or ""}
    parts = [say(f"casts.segment.{audience.segment}", **facts)]
    if audience.plan is not None:
        parts.append(names.get(audience.plan, audience.plan))
    if audience.ends_within is not None:
        parts.append(say("casts.ends_within", days=audience.ends_within))
    if audience.language is not None:
        parts.append(language_name(audience.language))
    if audience.chat is not None and audience.segment is not Segment.INSIDE:
        parts.append(say("casts.segment.inside", **facts))
    if audience.tag is not None:
        parts.append(f"#{audience.tag}")
    if audience.source is not None:
        parts.append(say("casts.source", source=audience.source))
    if audience.spent is not None and audience.segment is not Segment.SPENT:
        parts.append(say("casts.segment.spent", **facts))
    return " · ".join(parts)


def opening_lines(say: Say, progress: Progress) -> Sequence[str]:
    """Return a line with the number of customers who pressed a button whose presses are counted, and a note if there
    are other buttons.
    """
    lines = [] if progress.openings is None else [say("casts.opened", n=progress.openings)]
    return [*lines, *([say("casts.uncounted")] if progress.uncounted_buttons else [])]


def commonest(reasons: Mapping[str, int], words: Callable[[str], str]) -> Sequence[tuple[str, int]]:
    """Return the most common failure reasons with their counts. words: function that translates Telegram's message."""
    counts = Counter[str]()
    for reason, number in reasons.items():
        counts[words(reason)] += number
    return counts.most_common(REASONS)


def command_names(broadcast: Broadcast, in_doubt: int) -> Sequence[str]:
    """Return the actions that are possible on a broadcast that has begun. in_doubt: number of deliveries whose outcome
    is unknown.
    """
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
