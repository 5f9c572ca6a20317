"""What is said of plans and promotions, in the chat and in the web console alike."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, Protocol

from subscriptions.application.views.amounts import Written
from subscriptions.domain.entities.promotion import Promotion
from subscriptions.domain.money import Money


class Says(Protocol):
    """The chat's words in one language. Called, a text as a message has it; the others are plain."""

    def __call__(self, key: str, /, **facts: object) -> str: ...
    def plain(self, key: str, /, **facts: object) -> str: ...
    def money(self, amount: Money) -> Written: ...
    def unit(self, kind: Literal["hour", "day", "month", "year"], n: int) -> str: ...


def gives(t: Says, offer: Promotion) -> str:
    """`20 % menos`, `5,00 € menos`, `7 días más`."""
    if offer.percent is not None:
        return t.plain("promotions.percent", percent=offer.percent)
    if offer.amount is not None:
        return t.plain("promotions.amount", amount=t.money(offer.amount))
    return t.plain("promotions.days", days=t.unit("day", offer.days or 0))


def when(t: Says, offer: Promotion) -> str:
    """At which payments."""
    return t.plain(f"promos.when.{'each' if not offer.first_only and offer.days is None else 'first'}")


def often(t: Says, offer: Promotion) -> str:
    """How often a person may use it."""
    return t.plain(f"promos.often.{'once' if offer.once else 'often'}")


def terms(t: Says, offer: Promotion, plan: str) -> list[str]:
    """What it gives, for which plan, at which payments, how often."""
    uses = t.plain("promos.no_limit") if offer.uses is None else str(offer.uses)
    return [
        t("promos.gives", gives=gives(t, offer), when=when(t, offer)),
        t("promos.plan", plan=plan),
        t("promos.uses", often=often(t, offer), uses=uses),
    ]


def state(t: Says, offer: Promotion, now: datetime, brief: Callable[[datetime], str]) -> str:
    """Whether it goes on, and until when. brief: a moment as staff reads it."""
    if offer.stopped_at is not None:
        return t.plain("promos.is.stopped", at=brief(offer.stopped_at))
    if offer.expires_at is None:
        return t.plain("promos.is.running")
    return t.plain("promos.is.until" if offer.running(now) else "promos.is.over", at=brief(offer.expires_at))
