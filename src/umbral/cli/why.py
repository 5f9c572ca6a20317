"""The command `umbral why`, which explains a customer's access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.ids import TelegramId
from umbral.terminal.listing import show_json
from umbral.terminal.operating import duration, moment, operate
from umbral.terminal.options import EPILOG, Json, PersonId, application

if TYPE_CHECKING:
    from subscriptions.application.views.explain_access import Explanation, Reason
    from subscriptions.bootstrap.operator import OperatorContainer

app = application()


@app.command(epilog=EPILOG)
def run(
    telegram_id: PersonId,
    as_json: Json = False,
) -> int:
    """Explain a customer's access and its end, by the entries of the ledger."""

    async def work(container: OperatorContainer) -> int:
        explanations = await container.explain_access()(TelegramId(telegram_id))
        if as_json:
            show_json([_report_of(each) for each in explanations])
            return 0
        if any(each.vip for each in explanations):
            print(f"{telegram_id} is VIP.")
        for explanation in explanations:
            print(_headline(explanation))
            for reason in explanation.reasons:
                print(_line(reason))
            if explanation.trace is not None:
                print(f"  in the logs of all processes: {explanation.trace}")
        if not explanations:
            print(f"{telegram_id} has never had a subscription.")
        return 0

    return operate("why", work)


def _report_of(explanation: Explanation) -> dict[str, object]:
    return {
        "plan": explanation.plan,
        "status": explanation.status,
        "access": explanation.access,
        "until": explanation.access_end,
        "vip": explanation.vip,
        "trace": explanation.trace,
        "reasons": [
            {
                "kind": reason.kind,
                "gift": reason.for_another,
                "reference": reason.reference,
                "from": reason.starts_at,
                "seconds": int(reason.length.total_seconds()),
                "until": reason.access_end,
            }
            for reason in explanation.reasons
        ],
    }


def _headline(explanation: Explanation) -> str:
    channel = f", channel {explanation.access}" if explanation.access else ""
    return f"{explanation.plan}: {explanation.status}{channel}, access until {moment(explanation.access_end)} UTC"


def _line(reason: Reason) -> str:
    kind = "gift, paid by order" if reason.for_another else str(reason.kind)
    what = f"{kind} {reason.reference}".strip()
    if reason.kind is LedgerKind.PAYMENT and not reason.length:
        return f"  {moment(reason.starts_at)}  {what}: the price difference of a plan change; adds no time"
    if reason.plan:
        waits = duration(reason.waits)
        return f"  {moment(reason.starts_at)}  change to {reason.plan}: {waits} of another plan wait from here on"
    if reason.kind is LedgerKind.CHANGE and not reason.length:
        return f"  {moment(reason.starts_at)}  {what}: its unused time was deducted from the price of another plan"
    if reason.kind is LedgerKind.CHANGE:
        what = f"{what}, the rest of it converted to time of another plan"
    return f"  {moment(reason.starts_at)}  {what}: {duration(reason.length)}, then until {moment(reason.access_end)}"
