"""Counters of this process, collected until they are added to the counters shared by all processes
(`database/tallies.py`).
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from subscriptions.infrastructure.database.figure_queries import Figure

WEBHOOKS_REFUSED: Final = "umbral_webhooks_refused_total"
PROVIDER_CALLS: Final = "umbral_provider_calls_total"
BREAKER: Final = "umbral_provider_breaker_opened_total"
FLOODS: Final = "umbral_telegram_floods_total"
POSTS: Final = "umbral_picks_total"

COUNTERS: Final = (
    Figure(
        WEBHOOKS_REFUSED,
        "Deliveries that were refused, by the answer's status: 400 = not proven, or no sense in it; 503 = the provider"
        " is to send it again. A provider that is not configured counts as unknown.",
        ("provider", "status"),
    ),
    Figure(
        PROVIDER_CALLS,
        "Questions to providers: ok, rejected = a refusal, unreadable = no sense in the answer, unavailable = none.",
        ("provider", "result"),
    ),
    Figure(BREAKER, "How often the bot left a provider in peace that failed again and again.", ("provider",)),
    Figure(FLOODS, "How often Telegram ordered a wait: bot_api the bots, mtproto the accounts.", ("api",)),
    Figure(POSTS, "Copies of posts sent to channels: sent, or failed.", ("result",)),
)

_counts: Final[Counter[tuple[str, str]]] = Counter()


def count(name: str, *labels: str) -> None:
    """Increase a counter by one.

    name: name of one of COUNTERS
    labels: label values, each with few possible values
    """
    _counts[name, ":".join(labels)] += 1


def take_counts() -> Mapping[tuple[str, str], int]:
    """Return the counts since the last call, keyed by counter name and labels, and reset them."""
    counts = dict(_counts)
    _counts.clear()
    return counts


def given_back(counts: Mapping[tuple[str, str], int]) -> None:
    """Add counts to the counters again because they could not be stored, so that the next attempt includes them."""
    _counts.update(counts)
