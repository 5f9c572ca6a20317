"""Numbered receipts, as whoever paid may need them."""

from collections.abc import Mapping, Sequence

from babel.dates import format_date

from bot import callbacks
from bot.keyboards import button, keyboard, plans_button
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.payments.list_receipts import ReceiptLine
from subscriptions.domain.ports.payment_gateway import GatewayDescriptor


def receipts(
    t: Texts, lines: Sequence[ReceiptLine], descriptors: Mapping[str, GatewayDescriptor], support: str
) -> Screen:
    """The newest first, and who issued them. support: where to ask for anything else."""
    if not lines:
        return Screen(t("receipts.none"), keyboard(plans_button(t)))
    parts = [t("receipts.title"), *(_one(t, line, descriptors) for line in lines)]
    parts += [
        t("receipts.issuer", issuer=issuer) for issuer in dict.fromkeys(line.receipt.issuer for line in lines) if issuer
    ]
    parts += [t("chat.support", contact=support)] if support else []
    documents = [button(f"📄 {line.receipt.label}", callbacks.invoice(line.receipt.id)) for line in lines]
    pairs = [documents[at : at + 2] for at in range(0, len(documents), 2)]
    return Screen("\n\n".join(parts), keyboard(*pairs, button(t.plain("buttons.status"), callbacks.STATUS)))


def _one(t: Texts, line: ReceiptLine, descriptors: Mapping[str, GatewayDescriptor]) -> str:
    item = line.receipt
    # The day that its number's year is of, wherever its reader is.
    day = format_date(line.day, "d MMM y", locale=t.locale)
    known = descriptors.get(item.provider)
    method = (known.label.get(t.language) if known is not None else None) or item.provider
    facts = [
        t(f"receipts.head.{item.kind}", number=item.label, day=day),
        t("receipts.what", plan=item.plan_name, method=method),
        t("receipts.amount", amount=item.signed),
        t("receipts.tax", tax=item.signed_tax) if item.signed_tax is not None else "",
        t("receipts.corrects", number=line.corrects) if line.corrects else "",
    ]
    return f"<blockquote>{chr(10).join(fact for fact in facts if fact)}</blockquote>"
