"""Screen that explains, from the entries of the ledger, how a customer's access came about."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot import callbacks
from bot.formats import day, duration, moment, quote
from bot.keyboards import button, keyboard, plans_button
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.views.explain_access import Explanation, Reason
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.subscription import BAN, DISPUTE, STAFF, SubscriptionStatus

SUBSCRIPTIONS_SHOWN: Final = 4
REASONS_SHOWN: Final = 8
"""Maximum number of ledger entries per subscription. The entries of SUBSCRIPTIONS_SHOWN subscriptions fit into one
message even if names are long.
"""

_CUTS: Final = frozenset({LedgerKind.REFUND, LedgerKind.DISPUTE})


def explanations_card(t: Texts, explanations: Sequence[Explanation]) -> Screen:
    """Return the screen with the first SUBSCRIPTIONS_SHOWN explanations."""
    if not explanations:
        return Screen(t("why.nothing"), keyboard(plans_button(t)))
    paragraphs = [_explain(t, item) for item in explanations[:SUBSCRIPTIONS_SHOWN]]
    back_button = button(t.plain("buttons.back"), callbacks.STATUS)
    return Screen("\n\n".join([t("why.title"), *paragraphs]), keyboard(back_button))


def _explain(t: Texts, item: Explanation) -> str:
    lines = [t("why.plan", plan=item.plan)]
    lines += [_note(t, item)] if item.status in _NOTABLE_STATES else []
    if item.access_end is None:
        lines.append(t("why.no_time"))
    else:
        lines.append(t(f"why.{_END_KEYS.get(item.status, 'until')}", until=moment(t, item.access_end)))
    earlier = len(item.reasons) - REASONS_SHOWN
    if earlier > 0:
        lines.append(t("why.earlier", n=earlier))
    lines += [_reason(t, reason, by_month=item.by_month) for reason in item.reasons[-REASONS_SHOWN:]]
    if item.access is AccessStatus.ACTION_REQUIRED:
        lines.append(t(f"status.access.{item.access}"))
    return quote(*lines, folds=True)


_NOTABLE_STATES: Final = frozenset(
    {
        SubscriptionStatus.EXPIRED,
        SubscriptionStatus.PAUSED,
        SubscriptionStatus.CANCELED,
        SubscriptionStatus.PAST_DUE,
        SubscriptionStatus.TRIALING,
        SubscriptionStatus.INCOMPLETE,
    }
)


_END_KEYS: Final = {
    SubscriptionStatus.EXPIRED: "was_until",
    SubscriptionStatus.PAUSED: "paid_until",
}


def _note(t: Texts, item: Explanation) -> str:
    """Return a sentence about the subscription's state, such as a dispute, that the ledger's entries do not explain."""
    causes = [cause for cause in (DISPUTE, STAFF, BAN) if cause in item.paused_for]
    details = [item.end_reason] if item.status is SubscriptionStatus.EXPIRED else causes
    keys = (f"why.note.{item.status}_{detail}" for detail in details)
    return t(next((key for key in keys if t.has(key)), f"why.note.{item.status}"))


def _reason(t: Texts, reason: Reason, *, by_month: bool) -> str:
    if reason.length < timedelta():
        # The operator's reason for shortening access is internal, but the customer is shown that access was shortened.
        taken_duration = duration(t, reason.starts_at, -reason.length)
        return t("why.taken", at=day(t, reason.starts_at), what=t.plain("why.kind.admin_taken"), length=taken_duration)
    if reason.kind is LedgerKind.PAYMENT and not reason.length:
        return t("why.difference", at=day(t, reason.starts_at), of=reason.reference)
    if reason.plan:
        length = duration(t, reason.starts_at, reason.waits)
        return t("why.switched", at=day(t, reason.starts_at), plan=t.translate(reason.plan), length=length)
    if reason.kind is LedgerKind.CHANGE and not reason.length:
        return t("why.credited", at=day(t, reason.starts_at), of=reason.reference)
    if reason.kind is LedgerKind.CHANGE:
        length = duration(t, reason.starts_at, reason.length)
        return t("why.changed", at=day(t, reason.starts_at), of=reason.reference, length=length)
    kind = str(reason.kind) if not reason.for_another else "gift_back" if reason.kind in _CUTS else "gift"
    text_key = f"why.kind.{kind}_named"
    what = t.plain(text_key if reason.reference and t.has(text_key) else f"why.kind.{kind}", of=reason.reference)
    key = "why.cut" if reason.kind in _CUTS else "why.reason"
    is_counted = by_month and reason.kind is LedgerKind.PAYMENT
    length = duration(t, reason.starts_at, reason.length, by_month=is_counted)
    return t(key, at=day(t, reason.starts_at), what=what, length=length)
