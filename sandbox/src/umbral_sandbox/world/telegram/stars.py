"""Payments in Stars: invoices, the bot's approval, payments, refunds."""

from datetime import datetime, timedelta
from typing import Final

from umbral_sandbox.world.ids import ALPHANUMERIC
from umbral_sandbox.world.telegram.chats import Chats
from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.records import Content, Message, private_key
from umbral_sandbox.world.telegram.refusal import bad
from umbral_sandbox.world.telegram.star_records import Invoice, PreCheckout, StarPayment, StarSubscription
from umbral_sandbox.world.telegram.star_subscriptions import StarSubscriptions
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.updates import Updates
from umbral_sandbox.world.telegram.views import user_view

_LINK: Final = "https://t.me/$"

#: Time that a bot has to approve a payment.
ANSWER_WITHIN: Final = timedelta(seconds=10)


class Stars:
    """Payments in Stars inside Telegram. The invoice of a message is stored in ``message.hidden["invoice"]``, the
    invoice of a link under the link's slug.
    """

    def __init__(self, state: State, people: People, updates: Updates, chats: Chats) -> None:
        self._state = state
        self._people = people
        self._updates = updates
        self._chats = chats
        self.subscriptions = StarSubscriptions(state, updates, self._renewed)

    def create_link(self, invoice: Invoice) -> str:
        """Create an invoice link and return its address."""
        invoice.slug = self._state.ids.token("invoice-link", 20, ALPHANUMERIC)
        invoice.seq = self._state.ids.next("invoice-link-made")
        self._state.invoices.put(invoice.slug, invoice)
        return f"https://t.me/${invoice.slug}"

    def invoice_of(self, message: Message) -> Invoice | None:
        """Return the invoice of a message: the message's own invoice, or the invoice of a link on the message's
        buttons; None if there is neither.
        """
        if "invoice" in message.hidden:
            return Invoice.model_validate(message.hidden["invoice"])
        rows = message.markup.get("inline_keyboard") if message.markup else None
        for row in rows if isinstance(rows, list) else []:
            for button in row if isinstance(row, list) else []:
                url = str(button.get("url", "")) if isinstance(button, dict) else ""
                if url.startswith(_LINK):
                    return self.linked(url)
        return None

    def linked(self, url: str) -> Invoice | None:
        """Return the invoice of a link, or None."""
        return self._state.invoices.get(url.removeprefix(_LINK)) if url.startswith(_LINK) else None

    def begin(self, person_id: int, invoice: Invoice) -> PreCheckout:
        """Start a payment as a person who presses Pay, and request the bot's approval.

        Refused: STARS_INVOICE_INVALID for another currency, BALANCE_TOO_LOW without enough Stars.
        """
        person = self._people.person(person_id)
        if invoice.currency != "XTR":
            raise bad("STARS_INVOICE_INVALID", "only invoices in Stars can be paid here")
        if person.stars < invoice.total:
            raise bad("BALANCE_TOO_LOW")
        self._forget_old()
        number = self._state.ids.derive("pre-checkout", self._state.ids.next("pre-checkout"))
        asked = PreCheckout(id=str(number & (2**63 - 1)), person=person_id, invoice=invoice, at=self._state.clock.now())
        self._state.checkouts.put(asked.id, asked)
        body: Content = {
            "id": asked.id,
            "from": user_view(person),
            "currency": invoice.currency,
            "total_amount": invoice.total,
            "invoice_payload": invoice.payload,
        }
        self._updates.push(invoice.bot, "pre_checkout_query", body)
        return asked

    def answer(self, bot_id: int, query_id: str, *, ok: bool, error: str | None = None) -> None:
        """Approve or decline a payment as the bot. Refused: QUERY_ID_INVALID if the payment is another bot's or already
        answered, or if the answer is too late.
        """
        asked = self._state.checkouts.get(query_id)
        if asked is None or asked.invoice.bot != bot_id or asked.answered:
            raise bad("QUERY_ID_INVALID")
        if self._state.clock.now() - asked.at > ANSWER_WITHIN:
            raise bad("QUERY_ID_INVALID")
        asked.answered, asked.approved, asked.error = True, ok, error
        self._state.checkouts.put(query_id, asked)

    def complete(self, asked: PreCheckout) -> StarPayment:
        """Complete the approved payment and send the bot a message about the payment."""
        self._state.checkouts.delete(asked.id)
        return self.take(asked.person, asked.invoice)

    def take(self, person_id: int, invoice: Invoice) -> StarPayment:
        """Charge a person for an approved payment."""
        payment = self._take(person_id, invoice)
        receipt, begun = self._receipt(payment), self.subscriptions.begin(payment)
        if begun is not None:
            payment.subscription, payment.until = begun.id, begun.period_end
            self._state.star_payments.put(payment.charge_id, payment)
            receipt |= _recurring(begun.period_end) | {"is_first_recurring": True}
        self._chats.person_service(person_id, invoice.bot, {"successful_payment": receipt})
        return payment

    def shown_to(self, invoice: Invoice) -> int | None:
        """Return the person who last received a message with this invoice or with a button to its link; else the person
        who last started the invoice's bot, or None.
        """
        talking = [chat for chat in self._state.chats.values() if chat.bot == invoice.bot]
        for chat in reversed(talking):
            messages = self._state.messages(private_key(chat.person, chat.bot))
            if any(self._leads_to(message, invoice) for message in messages):
                return chat.person
        return talking[-1].person if talking else None

    def _leads_to(self, message: Message, invoice: Invoice) -> bool:
        found = self.invoice_of(message)
        return found is not None and found.slug is not None and found.slug == invoice.slug

    def payments(self) -> list[StarPayment]:
        """Return all payments, oldest first."""
        return sorted(self._state.star_payments.values(), key=lambda each: each.seq)

    def _take(self, person_id: int, invoice: Invoice) -> StarPayment:
        person = self._people.person(person_id)
        # A payer who renews without enough Stars is assumed to buy the missing ones.
        person.stars = max(person.stars - invoice.total, 0)
        self._people.save(person)
        payment = StarPayment(
            charge_id=self._state.ids.token("star-charge", 40, ALPHANUMERIC),
            seq=self._state.ids.next("star-transaction"),
            person=person_id,
            invoice=invoice,
            at=self._state.clock.now(),
        )
        return self._state.star_payments.put(payment.charge_id, payment)

    def _renewed(self, known: StarSubscription) -> StarPayment:
        """Charge the next period of a subscription, and return the payment."""
        payment = self._take(known.person, known.invoice)
        payment.subscription, payment.until = known.id, known.period_end
        self._state.star_payments.put(payment.charge_id, payment)
        receipt = self._receipt(payment) | _recurring(known.period_end)
        self._chats.person_service(known.person, known.invoice.bot, {"successful_payment": receipt})
        return payment

    def refund(self, bot_id: int, person_id: int, charge_id: str) -> None:
        """Refund a payment as the bot. Refused: CHARGE_NOT_FOUND, CHARGE_ALREADY_REFUNDED."""
        payment = self._state.star_payments.get(charge_id)
        if payment is None or payment.invoice.bot != bot_id or payment.person != person_id:
            raise bad("CHARGE_NOT_FOUND")
        if payment.state == "refunded":
            raise bad("CHARGE_ALREADY_REFUNDED")
        self.give_back(payment)

    def give_back(self, payment: StarPayment) -> None:
        """Return the Stars to the payer, whoever requested the refund, and notify the bot."""
        person_id, bot_id, charge_id = payment.person, payment.invoice.bot, payment.charge_id
        payment.state, payment.refunded_at = "refunded", self._state.clock.now()
        payment.refund_seq = self._state.ids.next("star-transaction")
        self._state.star_payments.put(charge_id, payment)
        person = self._people.person(person_id)
        person.stars += payment.invoice.total
        self._people.save(person)
        self._chats.person_service(person_id, bot_id, {"refunded_payment": self._receipt(payment)})

    def transactions(self, bot_id: int, offset: int, limit: int) -> list[Content]:
        """Return ``limit`` transactions of the bot from ``offset`` on, payments and refunds together, oldest first."""
        mine = [each for each in self._state.star_payments.values() if each.invoice.bot == bot_id]
        lines = [(each.seq, self._transaction(each, each.at, "source")) for each in mine]
        lines += [
            (each.refund_seq, self._transaction(each, each.refunded_at, "receiver"))
            for each in mine
            if each.refund_seq is not None and each.refunded_at is not None
        ]
        ordered = [line for _, line in sorted(lines, key=lambda pair: pair[0])]
        return ordered[offset : offset + limit]

    def _transaction(self, payment: StarPayment, at: datetime, side: str) -> Content:
        partner: Content = {
            "type": "user",
            "transaction_type": "invoice_payment",
            "user": user_view(self._people.person(payment.person)),
            "invoice_payload": payment.invoice.payload,
        }
        if payment.subscription is not None and payment.invoice.subscription_period is not None:
            partner["subscription_period"] = payment.invoice.subscription_period
        return {
            "id": payment.charge_id,
            "amount": payment.invoice.total,
            "date": int(at.timestamp()),
            side: partner,
        }

    def _forget_old(self) -> None:
        now = self._state.clock.now()
        for asked in list(self._state.checkouts.values()):
            if now - asked.at > 2 * ANSWER_WITHIN:
                self._state.checkouts.delete(asked.id)

    @staticmethod
    def _receipt(payment: StarPayment) -> Content:
        return {
            "currency": payment.invoice.currency,
            "total_amount": payment.invoice.total,
            "invoice_payload": payment.invoice.payload,
            "telegram_payment_charge_id": payment.charge_id,
            "provider_payment_charge_id": "",
        }


def _recurring(until: datetime) -> Content:
    return {"subscription_expiration_date": int(until.timestamp()), "is_recurring": True}
