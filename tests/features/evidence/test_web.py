"""Evidence about a payment in the console and the API, for staff and programs with the refund permission."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import httpx
import pytest

from features.evidence.domain import DisputeResponse
from features.evidence.ports import RESPONSES_KEY
from subscriptions.domain.entities.api_key import Ability, ApiKey, digest_of, new_secret
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.reversal import DisputeStatus
from subscriptions.domain.ids import NotificationId, TelegramId, new_uuid
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale
from tests.features.evidence.fakes import NAME, NOTICE, WORDS, purchase_on_record, words_of
from tests.integration.web.conftest import Tables, client, olga, site, tables
from tests.support.api_client import NEEDS_API
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.website import Website

MOVED = """
INSERT INTO takeovers (id, customer_id, from_account, to_account, status, asked_by, asked_at, closed_at)
VALUES ($1, $2, $3, $4, 'done', '1', $5, $6)
"""
"""SQL statement that stores a completed transfer to another account."""

__all__ = ["client", "olga", "site", "tables"]


@pytest.fixture
async def sale(site: Website) -> Sale:
    """Store a sale with every kind of record."""
    async with site.container.core.units()() as uow:
        sold = await purchase_on_record(uow)
        await uow.commit()
    return sold


async def bearer(site: Website, *abilities: Ability) -> dict[str, str]:
    secret = new_secret()
    now = site.container.core.clock().now()
    key = ApiKey(name=secret[-8:], digest=digest_of(secret), abilities=frozenset(abilities), created_at=now)
    await site.give(key)
    return {"Authorization": f"Bearer {secret}"}


@NEEDS_API
async def test_api_client_reads_the_complete_evidence(site: Website, client: httpx.AsyncClient, sale: Sale) -> None:
    path = f"/api/v1/payments/{sale.payment.id}/evidence"
    headers = await bearer(site, Ability.PAYMENTS, Ability.REFUND)
    answer = await client.get(path, headers=headers)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    reported = answer.json()
    assert reported["payment"]["reference"] == sale.payment.reference
    assert reported["payment"]["amount"] == {"minor": 2999, "currency": "EUR"}
    assert reported["customer"]["first_name"] == NAME
    assert [each["version"] for each in reported["consents"]] == ["7"]
    assert [(each["words"], each["complete"]) for each in reported["declarations"]] == [(WORDS, True)]
    assert [len(reported[part]) for part in ("invites", "joins", "refunds", "disputes")] == [1, 1, 1, 1]
    # Posts from before the customer's entry or after the start of the dispute are left out.
    assert [each["text"] for each in reported["picks"]] == ["Betis gana"]
    assert sorted((each["kind"], each["text"]) for each in reported["messages"]) == [
        ("joined", None),
        ("renewal_coming", NOTICE),
    ]
    document = await client.get(f"{path}.pdf", headers=headers)
    assert document.headers["content-type"] == "application/pdf"
    said = words_of(document.content)
    assert "Evidence for a payment" in said
    assert "Żaneta Ольга [U+738B]" in said


@NEEDS_API
async def test_evidence_includes_messages_to_the_previous_account_of_a_transferred_customer(
    site: Website, client: httpx.AsyncClient, sale: Sale, database_url: str
) -> None:
    """Messages to the former account after the transfer, and to the new account before the transfer, are left out."""
    core, at = site.container.core, NOON + timedelta(hours=4)
    async with core.units()() as uow:
        customer = await uow.customers.get(sale.customer.id, lock=True)
        assert customer is not None
        before, after = customer.telegram_id, TelegramId(customer.telegram_id + 1)
        for number, (account, hours) in enumerate(((before, 3), (before, 5), (after, 3), (after, 5))):
            at_the_time = NOON + timedelta(hours=hours)
            message = Notification(
                id=NotificationId(new_uuid()),
                key=f"moved:{number}",
                kind="renewed",
                recipient=account,
                language="es",
                params={},
                text=str(number),
                sent_at=at_the_time,
                created_at=at_the_time,
            )
            assert await uow.notifications.add_if_new(message)
        customer.telegram_id = after
        await uow.customers.save(customer)
        await uow.commit()
    connection = await asyncpg.connect(database_url)
    await connection.execute(MOVED, new_uuid(), customer.id, before, after, NOON, at)
    await connection.close()
    path = f"/api/v1/payments/{sale.payment.id}/evidence"
    reported = (await client.get(path, headers=await bearer(site, Ability.PAYMENTS, Ability.REFUND))).json()
    kinds = sorted((each["kind"], each["text"]) for each in reported["messages"])
    assert kinds == [("joined", None), ("renewal_coming", NOTICE), ("renewed", "0"), ("renewed", "3")]
    unsent = await client.get(f"{path}.pdf?sent=true", headers=await bearer(site, Ability.PAYMENTS, Ability.REFUND))
    assert (unsent.status_code, "nothing was sent" in unsent.json()["detail"]) == (404, True)


@NEEDS_API
async def test_evidence_requires_the_refund_permission(site: Website, client: httpx.AsyncClient, sale: Sale) -> None:
    path = f"/api/v1/payments/{sale.payment.id}/evidence"
    for abilities in ((Ability.PAYMENTS,), (Ability.REFUND,)):
        assert (await client.get(path, headers=await bearer(site, *abilities))).status_code == 403
    both = await bearer(site, Ability.PAYMENTS, Ability.REFUND)
    unknown = await client.get(f"/api/v1/payments/{new_uuid()}/evidence", headers=both)
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "there is no such payment")
    await hire(site, StaffRole.MANAGER)
    async with visiting(site) as manager:
        await manager.enter()
        await manager.page(f"/payments/{sale.payment.id}/evidence.pdf", 403)
        assert "evidence.pdf" not in await manager.page(f"/customers/{sale.customer.id}")


@NEEDS_API
async def test_payment_page_shows_available_evidence_sent_evidence_and_the_result(
    olga: Visitor, site: Website, client: httpx.AsyncClient, sale: Sale, tables: Tables
) -> None:
    core = site.container.core
    path = f"/customers/{sale.customer.id}"
    async with core.units()() as uow:
        [dispute] = await uow.reversals.disputes_of([sale.payment.id])
        response = DisputeResponse(
            dispute_id=dispute.id, payment_id=sale.payment.id, due_at=NOON + timedelta(days=9), offered_at=NOON
        )
        assert await uow.of(RESPONSES_KEY).add_if_new(response)
        assert not await uow.of(RESPONSES_KEY).add_if_new(response)
        await uow.commit()
    assert "las pruebas se pueden enviar · hasta el 10 mar 2026" in await olga.page(path)
    assert "Las pruebas se están enviando al proveedor" in await olga.do("send_evidence", sale.payment.id)
    assert "core.submit_evidence" in await tables.jobs()
    assert "Envío de pruebas solicitado" in await olga.page(path)
    assert f"/do/send_evidence/{sale.payment.id}" not in await olga.page(path)
    async with core.units()() as uow:
        kept = await uow.of(RESPONSES_KEY).get(dispute.id, lock=True)
        assert kept is not None
        assert kept.asked_by == "9001"
        kept.mark_sent(b"%PDF-1.7 as sent", b"{}", NOON)
        await uow.of(RESPONSES_KEY).save(kept)
        dispute.settle(DisputeStatus.WON, NOON + timedelta(days=2))
        await uow.reversals.save_dispute(dispute)
        await uow.commit()
    shown = await olga.page(path)
    assert "Pruebas enviadas el 1 mar 2026" in shown
    assert "disputa ganada el 3 mar 2026" in shown
    document = await olga.client.get(f"/admin/payments/{sale.payment.id}/evidence.sent")
    assert document.content == b"%PDF-1.7 as sent"
    headers = await bearer(site, Ability.PAYMENTS, Ability.REFUND)
    for ending, content in (("", b"{}"), (".pdf", b"%PDF-1.7 as sent")):
        sent = await client.get(f"/api/v1/payments/{sale.payment.id}/evidence{ending}?sent=true", headers=headers)
        assert sent.content == content, "programs have what was sent too"


async def test_staff_downloads_the_pdf_and_json_evidence_of_a_payment(olga: Visitor, sale: Sale) -> None:
    shown = await olga.page(f"/customers/{sale.customer.id}")
    for kind, begins in (("pdf", b"%PDF-"), ("json", b"{")):
        path = f"/admin/payments/{sale.payment.id}/evidence.{kind}"
        assert f'href="{path}"' in shown
        file = await olga.client.get(path)
        assert file.content.startswith(begins)
        assert f'filename="evidence-{sale.payment.reference}.{kind}"' in file.headers["content-disposition"]
        assert file.headers["cache-control"] == "no-store"
    said = words_of((await olga.client.get(f"/admin/payments/{sale.payment.id}/evidence.pdf")).content)
    for part in ("Pruebas de un pago", WORDS, "Betis gana", NOTICE, "ha entrado", "dp-1: open", "5.00 EUR"):
        assert part in said, part
    assert "Antes de entrar" not in said
    for path in (f"/payments/{sale.payment.id}/evidence.xml", f"/payments/{new_uuid()}/evidence.pdf"):
        await olga.page(path, 404)
