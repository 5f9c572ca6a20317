"""`umbral why`."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.application.views.explain_access import Explanation, Reason
from subscriptions.bootstrap.operator import OperatorContainer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.ids import TelegramId
from umbral.cli.operating import moment, operate
from umbral.cli.options import parser


def run(argv: Sequence[str]) -> int:
    """Explain one person's access."""
    options = parser("why", "Why somebody has access, and until when, entry by entry of the ledger.")
    options.add_argument("telegram_id", type=int, metavar="TELEGRAM_ID")
    chosen = options.parse_args(argv)
    return operate("why", lambda container: _explain(container, TelegramId(chosen.telegram_id)))


async def _explain(container: OperatorContainer, person: TelegramId) -> int:
    explanations = await container.explain_access()(person)
    for explanation in explanations:
        print(_headline(explanation))
        for reason in explanation.reasons:
            print(_line(reason))
    if not explanations:
        print(f"{person} never had a subscription.")
    return 0


def _headline(explanation: Explanation) -> str:
    channel = f", channel {explanation.access}" if explanation.access else ""
    return f"{explanation.plan}: {explanation.status}{channel}, access until {moment(explanation.until)} UTC"


def _line(reason: Reason) -> str:
    what = f"{reason.kind} {reason.reference}".strip()
    if reason.kind is LedgerKind.PAYMENT and not reason.length:
        return f"  {moment(reason.starts_at)}  {what}: the difference of a change of plan, adds no time"
    return f"  {moment(reason.starts_at)}  {what}: {reason.length} long, then until {moment(reason.until)}"
