"""Purchase about which everything is recorded that can be evidence in a dispute, and a reader of evidence documents."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from datetime import timedelta

from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.customer import Consent
from subscriptions.domain.entities.notification import MessageKind, Notification
from subscriptions.domain.entities.post import PostContent, PostDelivery
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund
from subscriptions.domain.entities.withdrawal import Declaration, DeclarationKind
from subscriptions.domain.ids import ChatId, NotificationId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale, entry, selling

NAME = "Żaneta Ольга 王"
WORDS = "Pido que empiece ahora y sé que pierdo mi derecho a desistir."
NOTICE = "El 1 de abril se renueva tu plan por 29,99 €."
_HOUR = timedelta(hours=1)


async def purchase_on_record(uow: UnitOfWork) -> Sale:
    """Create a customer with consents, declarations, payments, a stay in a chat, posts before, during and after this
    stay, notices, refunds and disputes.
    """
    sale = await selling(uow)
    customer, channel = sale.customer, sale.channel
    customer.first_name = NAME
    await uow.customers.save(customer)
    await uow.ledger.add_if_new(replace(entry(sale.subscription.id), payment_id=sale.payment.id))
    await uow.customers.add_consent(Consent(customer_id=customer.id, version="7", language="es", accepted_at=NOON))
    await uow.of(WITHDRAWALS_KEY).add_declaration(
        Declaration(
            id=new_uuid(),
            order_id=sale.order.id,
            customer_id=customer.id,
            kind=DeclarationKind.CONTENT,
            begins=True,
            acknowledges=True,
            words=WORDS,
            language="es",
            version="7",
            declared_at=NOON,
        )
    )
    await uow.channels.add_invite(samples.invite(channel))
    access = Access.request(customer.id, channel.id, NOON)
    access.events.drain()
    access.status, access.joined_at = AccessStatus.ACTIVE, NOON + _HOUR
    access.leave(NOON + 3 * _HOUR)
    await uow.accesses.save(access)
    for hours, text in (
        (0, "Antes de entrar"),
        (2, "Betis gana"),
        (4, "Después de salir"),
        (200, "Después de la disputa"),
    ):
        await _posted(uow, sale, text, hours)
    await uow.notifications.add_if_new(_message(customer.telegram_id, MessageKind.RENEWAL_COMING, text=NOTICE))
    await uow.notifications.add_if_new(_message(customer.telegram_id, MessageKind.JOINED))
    await uow.notifications.add_if_new(_message(customer.telegram_id, MessageKind.ALARM))
    back = Money(500, "EUR")
    refund = Refund.give("acme", "re-1", sale.payment.id, back, occurred_at=NOON + _HOUR, now=NOON)
    await uow.reversals.add_refund_if_new(refund)
    await uow.reversals.save_dispute(
        Dispute.begin("acme", "dp-1", sale.payment.id, DisputeStatus.OPEN, NOON + 100 * _HOUR)
    )
    return sale


async def _posted(uow: UnitOfWork, sale: Sale, text: str, hours: int) -> None:
    pick = samples.pick(sale.plan, content=PostContent(text=text))
    pick.events.drain()
    assert await uow.of(POSTS_KEY).add_if_new(pick)
    delivery = PostDelivery.plan(pick, sale.channel.id, sale.channel.channel_id or ChatId(0), NOON + hours * _HOUR)
    delivery.message_id, delivery.revision = 1, 1
    assert await uow.of(POSTS_KEY).add_delivery_if_new(delivery)


def _message(recipient: TelegramId, kind: MessageKind, text: str | None = None) -> Notification:
    return Notification(
        id=NotificationId(new_uuid()),
        key=f"{kind}:evidence",
        kind=str(kind),
        recipient=recipient,
        language="es",
        params={"v": "1"},
        text=text,
        sent_at=NOON + 3 * _HOUR,
        created_at=NOON + 3 * _HOUR,
    )


def words_of(document: bytes) -> str:
    """Return the text of a PDF created by Umbral, read from its streams and its map from glyphs to characters."""
    streams = [zlib.decompress(part) for part in re.findall(rb"stream\n(.*?)\nendstream", document, re.DOTALL)]
    maps = [stream for stream in streams if b"beginbfchar" in stream]
    signs = {int(a, 16): chr(int(b, 16)) for a, b in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]{4})>", maps[0])}
    lines = [line for stream in streams for line in re.findall(rb"<([0-9a-f]+)> Tj", stream)]
    return " ".join("".join(signs[int(line[at : at + 4], 16)] for at in range(0, len(line), 4)) for line in lines)
