"""Reader of the evidence about a payment, and repository of responses to disputes. Each part of the evidence is read
with one query, all from one snapshot of the database.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from features.evidence import domain as parts
from features.evidence.domain import DisputeResponse, Evidence
from features.evidence.ports import RESPONSES_KEY
from features.evidence.tables import dispute_responses
from subscriptions.domain.ids import OrderId, PaymentId, short_reference
from subscriptions.domain.money import Money
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.repositories.store import TableStore, Unit

MOST: Final = 500
"""Maximum number of posts and of messages that are listed; the newest are kept."""
BEFORE_RENEWAL: Final = timedelta(days=45)
"""Period before a renewal from which messages to the customer are included. By default, the notice of a charge is sent
up to 15 days before the charge.
"""

_PAYMENT: Final = text(
    "SELECT p.id, p.order_id, p.provider, p.payment_key, p.amount_minor, p.amount_currency, p.status, p.is_renewal,"
    " p.occurred_at, p.subscription_id, p.customer_id, c.telegram_id, c.first_name, c.username, c.language,"
    " coalesce(o.country, c.country) AS country, c.created_at AS since,"
    " concat_ws(' ', nullif(plan.emoji, ''), plan.name) AS plan, o.price_minor, o.price_currency, o.recurring,"
    " o.interval, o.interval_count, o.gift, o.created_at AS ordered_at, o.paid_at"
    " FROM payments p JOIN customers c ON c.id = p.customer_id JOIN orders o ON o.id = p.order_id"
    " JOIN service_plans plan ON plan.id = o.plan_id WHERE p.id = :payment"
)
_TIME: Final = text(
    "SELECT min(starts_at) FILTER (WHERE kind = 'payment') AS begins,"
    " max(starts_at + length) FILTER (WHERE kind = 'payment') AS ends,"
    " min(starts_at) FILTER (WHERE kind IN ('refund', 'dispute')) AS cut"
    " FROM ledger_entries WHERE payment_id = :payment"
)
_CONSENTS: Final = text(
    "SELECT version, language, accepted_at FROM consents WHERE customer_id = :customer ORDER BY accepted_at, version"
)
_DECLARATIONS: Final = text(
    "SELECT words, language, version, begins AND acknowledges AS complete, declared_at"
    " FROM declarations WHERE order_id = :order ORDER BY declared_at, id"
)
# Chats that the payment gave access to: those of the ordered plan, and of the plans that the subscription had before or
# has had since.
_CHATS: Final = (
    "plans AS (SELECT plan_id FROM orders WHERE id = :order UNION SELECT plan_id FROM subscriptions"
    " WHERE id = :subscription UNION SELECT from_plan_id FROM plan_changes WHERE subscription_id = :subscription),"
    " chats AS (SELECT id, title FROM telegram_channels WHERE (customer_id IS NULL OR customer_id = :customer)"
    " AND (subscription_id = :subscription OR plan_id IN (SELECT plan_id FROM plans) OR resource_id IN"
    " (SELECT resource_id FROM plan_resources JOIN plans USING (plan_id))))"
)
_INVITES: Final = text(
    f"WITH {_CHATS} SELECT chats.title AS chat, i.created_at AS made_at, i.expires_at FROM channel_invites i"
    " JOIN chats ON chats.id = i.channel_id WHERE i.customer_id = :customer AND i.created_at BETWEEN :since AND :until"
    " ORDER BY i.created_at, i.id"
)
_JOINS: Final = text(
    f"WITH {_CHATS} SELECT chats.title AS chat, a.joined_at, a.status IN ('revoking', 'revoked') AS left"
    " FROM accesses a JOIN chats ON chats.id = a.channel_id"
    " WHERE a.customer_id = :customer AND a.joined_at IS NOT NULL AND a.joined_at <= :until ORDER BY a.joined_at, a.id"
)
# A post counts only if the customer was a member at the time. Posts from before the entry or after the exit prove
# nothing.
_PICKS: Final = text(
    f"WITH {_CHATS} SELECT chats.title AS chat, p.content #>> '{{data,text}}' AS text, d.created_at AS posted_at,"
    " count(*) OVER () AS counted FROM pick_deliveries d JOIN picks p ON p.id = d.pick_id"
    " JOIN chats ON chats.id = d.channel_id"
    " JOIN accesses a ON a.channel_id = d.channel_id AND a.customer_id = :customer"
    " WHERE d.message_id IS NOT NULL AND p.reminds_of IS NULL AND d.created_at >= a.joined_at"
    " AND d.created_at >= :begins AND (a.left_at IS NULL OR d.created_at < a.left_at)"
    " AND d.created_at <= :until ORDER BY d.created_at DESC, d.id LIMIT :most"
)
# Messages to the Telegram account that the customer had at the time, because the purchases may have been transferred to
# another account since.
_MESSAGES: Final = text(
    "WITH moves AS (SELECT from_account, closed_at FROM takeovers WHERE customer_id = :customer AND status = 'done'),"
    " accounts AS (SELECT from_account AS account, lag(closed_at) OVER (ORDER BY closed_at) AS begins,"
    " closed_at AS ends FROM moves UNION ALL SELECT :person, (SELECT max(closed_at) FROM moves), NULL)"
    " SELECT kind, created_at AS owed_at, sent_at, failed, text, count(*) OVER () AS counted FROM notifications"
    " JOIN accounts ON account = recipient AND coalesce(sent_at, created_at) >= coalesce(begins, '-infinity')"
    " AND coalesce(sent_at, created_at) < coalesce(ends, 'infinity')"
    " WHERE kind NOT IN ('alarm', 'owner_news', 'plan_card', 'cancel_card')"
    " AND created_at BETWEEN :since AND :until ORDER BY created_at DESC, id LIMIT :most"
)
_REFUNDS: Final = text(
    "SELECT amount_minor, amount_currency, status, occurred_at FROM refunds WHERE payment_id = :payment"
    " ORDER BY occurred_at, id"
)
_DISPUTES: Final = text(
    "SELECT dispute_key, status, opened_at, closed_at FROM disputes WHERE payment_id = :payment ORDER BY opened_at, id"
)


class SqlEvidence:
    """EvidenceReader in PostgreSQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")

    async def read(self, payment_id: PaymentId, seller: str, site: str, now: datetime) -> Evidence | None:
        """Implements `EvidenceReader.read`."""
        with translate_errors():
            async with self._engine.connect() as connection:
                return await _Reading(connection, payment_id, now).evidence(seller, site)


@dataclass(frozen=True)
class _Reading:
    connection: AsyncConnection
    payment_id: PaymentId
    now: datetime

    async def evidence(self, seller: str, site: str) -> Evidence | None:
        payment_rows = await self._rows(_PAYMENT, payment=self.payment_id)
        if not payment_rows:
            return None
        row = payment_rows[0]
        disputes = await self._disputes()
        time = (await self._rows(_TIME, payment=self.payment_id))[0]
        # The customer may be removed when a dispute begins, so later posts do not prove delivery.
        edges = [self.now, *(each.opened_at for each in disputes), *(at for at in (time["ends"], time["cut"]) if at)]
        start = row["occurred_at"] - BEFORE_RENEWAL if row["is_renewal"] else row["ordered_at"]
        parameters = {"customer": row["customer_id"], "order": row["order_id"], "subscription": row["subscription_id"]}
        picks, more_picks = await self._picks(parameters, time["begins"] or row["occurred_at"], min(edges))
        messages, more_messages = await self._messages(row["customer_id"], row["telegram_id"], start)
        return Evidence(
            seller=seller,
            site=site,
            made_at=self.now,
            payment=parts.EvidencePayment(
                id=row["id"],
                reference=short_reference(OrderId(row["order_id"])),
                provider=row["provider"],
                provider_key=row["payment_key"],
                amount=Money(row["amount_minor"], row["amount_currency"]),
                status=row["status"],
                renewal=row["is_renewal"],
                paid_at=row["occurred_at"],
            ),
            customer=parts.EvidenceCustomer(
                **{
                    name: row[name]
                    for name in ("telegram_id", "first_name", "username", "language", "country", "since")
                }
            ),
            order=parts.EvidenceOrder(
                plan=row["plan"],
                price=Money(row["price_minor"], row["price_currency"]),
                every=f"{row['interval_count']} {row['interval']}" if row["recurring"] else None,
                gift=row["gift"],
                ordered_at=row["ordered_at"],
                paid_at=row["paid_at"],
            ),
            begins=time["begins"],
            ends=time["ends"],
            consents=[
                parts.EvidenceConsent(**each) for each in await self._rows(_CONSENTS, customer=row["customer_id"])
            ],
            declarations=[
                parts.EvidenceDeclaration(**each) for each in await self._rows(_DECLARATIONS, order=row["order_id"])
            ],
            invites=[
                parts.EvidenceInvite(**each)
                for each in await self._rows(_INVITES, **parameters, since=start, until=self.now)
            ],
            joins=[parts.EvidenceJoin(**each) for each in await self._rows(_JOINS, **parameters, until=self.now)],
            picks=picks,
            messages=messages,
            refunds=await self._refunds(),
            disputes=disputes,
            left_out=more_picks + more_messages,
        )

    async def _picks(
        self, subject: Mapping[str, UUID | None], start: datetime, end: datetime
    ) -> tuple[Sequence[parts.EvidencePick], int]:
        rows = await self._rows(_PICKS, **subject, begins=start, until=end, most=MOST)
        picks = [
            parts.EvidencePick(chat=row["chat"], text=row["text"] or "", posted_at=row["posted_at"]) for row in rows
        ]
        return picks[::-1], _left_out(rows)

    async def _messages(
        self, customer: UUID, person: int, start: datetime
    ) -> tuple[Sequence[parts.EvidenceMessage], int]:
        rows = await self._rows(_MESSAGES, customer=customer, person=person, since=start, until=self.now, most=MOST)
        names = ("kind", "owed_at", "sent_at", "failed", "text")
        return [parts.EvidenceMessage(**{name: row[name] for name in names}) for row in rows][::-1], _left_out(rows)

    async def _refunds(self) -> Sequence[parts.EvidenceRefund]:
        return [
            parts.EvidenceRefund(
                amount=Money(row["amount_minor"], row["amount_currency"]),
                status=row["status"],
                refunded_at=row["occurred_at"],
            )
            for row in await self._rows(_REFUNDS, payment=self.payment_id)
        ]

    async def _disputes(self) -> Sequence[parts.EvidenceDispute]:
        return [
            parts.EvidenceDispute(
                key=row["dispute_key"], status=row["status"], opened_at=row["opened_at"], closed_at=row["closed_at"]
            )
            for row in await self._rows(_DISPUTES, payment=self.payment_id)
        ]

    async def _rows(self, statement: Any, **parameters: object) -> Sequence[Mapping[str, Any]]:
        return [dict(row) for row in (await self.connection.execute(statement, parameters)).mappings()]


def _left_out(rows: Sequence[Mapping[str, Any]]) -> int:
    return rows[0]["counted"] - len(rows) if rows else 0


RESPONSE: Final = RowMapper(DisputeResponse)


class SqlResponseRepository:
    """ResponseRepository in PostgreSQL."""

    key: ClassVar = RESPONSES_KEY

    def __init__(self, unit: Unit) -> None:
        self._responses = TableStore(unit, dispute_responses, RESPONSE)

    async def get(self, dispute_id: UUID, *, lock: bool = False) -> DisputeResponse | None:
        """Implements `ResponseRepository.get`."""
        return await self._responses.one(lock=lock, dispute_id=dispute_id)

    async def add_if_new(self, response: DisputeResponse) -> bool:
        """Implements `ResponseRepository.add_if_new`."""
        return await self._responses.add_if_new(response)

    async def save(self, response: DisputeResponse) -> None:
        """Implements `ResponseRepository.save`."""
        await self._responses.save(response)

    async def of_payments(self, payment_ids: Collection[PaymentId]) -> Sequence[DisputeResponse]:
        """Implements `ResponseRepository.of_payments`."""
        columns = dispute_responses.c
        mine = select(dispute_responses).where(columns.payment_id.in_(list(payment_ids)))
        return await self._responses.all(mine.order_by(columns.offered_at, columns.dispute_id))


REPOSITORIES: Final = (SqlResponseRepository,)
"""Repository classes of the feature."""
