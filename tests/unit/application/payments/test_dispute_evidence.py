"""A dispute is answered: offered in time, sent once by who may, kept as it was sent, and told where it is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from subscriptions.application.payments.gather_evidence import GatherEvidence
from subscriptions.application.payments.offer_evidence import OfferEvidence
from subscriptions.application.payments.submit_evidence import CLOSED_REASON, TOO_LARGE, SubmitEvidence
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.bootstrap.evidence import EVIDENCE_FILES
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.dispute_response import DisputeResponse, ResponseStatus
from subscriptions.domain.entities.evidence import Evidence
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.payment_facts import EVIDENCE_TOO_LARGE
from subscriptions.domain.ports.payment_gateway import (
    DisputeDeadline,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEventKind,
)
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.unit.infrastructure.test_evidence_document import EVIDENCE

KEY = "dp-1"
DAY = timedelta(days=1)


class MemoryEvidence:
    """EvidenceReader: whatever payment is asked about has this on record."""

    async def read(self, payment_id: PaymentId, seller: str, site: str, now: datetime) -> Evidence | None:
        return replace(EVIDENCE, seller=seller, made_at=now, payment=replace(EVIDENCE.payment, id=payment_id))


@dataclass
class Case:
    """A disputed payment, and the steps that follow."""

    shop: Shop
    payment: Payment
    dispute: UUID

    async def offer(self) -> None:
        await OfferEvidence(self.shop.units, self.shop.gateways, self.shop.clock)(self.dispute)

    async def remind(self) -> None:
        await OfferEvidence(self.shop.units, self.shop.gateways, self.shop.clock).remind(self.dispute)

    async def ask(self, role: StaffRole = StaffRole.OWNER) -> str:
        olga = await self.shop.customer(staff_role=role)
        return (await Staff(self.shop)(olga.telegram_id, "send_evidence", self.payment.id)).name

    async def submit(self) -> None:
        shop = self.shop
        gather = GatherEvidence(shop.units, MemoryEvidence(), shop.clock, shop.policy)
        await SubmitEvidence(shop.units, shop.gateways, shop.clock, gather, EVIDENCE_FILES)(self.dispute)

    async def response(self) -> DisputeResponse:
        async with self.shop.units() as uow:
            response = await uow.reversals.get_response(self.dispute)
        assert response is not None
        return response


@pytest.fixture
async def case(shop: Shop) -> Case:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    payment = (await shop.holding(ana, plan)).payment
    shop.provider.deadlines[KEY] = DisputeDeadline(open=True, until=shop.clock.now() + 8 * DAY)
    about = {"payment_key": KEY, "about_payment": payment.payment_key}
    await shop.deliver(shop.provider.tell(PaymentEventKind.DISPUTE_OPENED, "dispute", **about))
    [job] = await shop.jobs("core.offer_evidence")
    return Case(shop, payment, UUID(str(job["dispute_id"])))


async def test_it_is_offered_with_its_deadline_and_told_before_that(case: Case) -> None:
    for _ in range(2):
        await case.offer()
    assert await case.shop.alarms() == ["dispute_open", "evidence_offered"]
    response = await case.response()
    assert (response.status, response.due_at) == (ResponseStatus.OFFERED, case.shop.clock.now() + 8 * DAY)
    await case.remind()
    assert await case.shop.alarms() == ["dispute_open", "evidence_offered", "evidence_due"]


async def test_it_is_sent_once_and_kept_as_it_was_sent(case: Case) -> None:
    await case.offer()
    assert await case.ask() == "sending"
    async with case.shop.units() as uow:
        history = await uow.audit.of_subject(str(case.payment.customer_id), 5)
    assert "payment.evidence" in [line.action for line in history]
    with pytest.raises(NothingToDo):
        await case.ask()
    for _ in range(2):
        await case.submit()
    [(key, answer)] = case.shop.provider.answers.items()
    assert key == f"evidence:{case.dispute}"
    response = await case.response()
    assert (response.status, response.sent_at, response.document) == (
        ResponseStatus.SENT,
        case.shop.clock.now(),
        answer.document,
    )
    assert response.record is not None
    assert str(case.payment.id).encode() in response.record
    assert "They accepted the terms: version 7" in answer.summary
    await case.remind()
    assert "evidence_due" not in await case.shop.alarms()
    with pytest.raises(NothingToDo):
        await case.ask()


async def test_a_job_that_nobody_asked_for_sends_nothing(case: Case) -> None:
    await case.offer()
    await case.submit()
    assert case.shop.provider.answers == {}
    with pytest.raises(NotAllowed):
        await case.ask(StaffRole.MANAGER)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (GatewayRejected("acme", "too large", code=EVIDENCE_TOO_LARGE), TOO_LARGE),
        (GatewayRejected("acme", "HTTP 400"), "acme: HTTP 400"),
    ],
)
async def test_what_the_provider_refuses_is_told_and_may_be_sent_again(
    case: Case, error: GatewayRejected, reason: str
) -> None:
    await case.offer()
    await case.ask()
    case.shop.provider.errors = [error]
    await case.submit()
    response = await case.response()
    assert (response.status, response.document) == (ResponseStatus.REFUSED, None)
    assert reason in str(response.reason)
    assert (await case.shop.alarms())[-1] == "evidence_refused"
    await case.ask()
    await case.submit()
    assert (await case.response()).status is ResponseStatus.SENT


async def test_a_provider_that_does_not_answer_is_asked_again(case: Case) -> None:
    case.shop.provider.errors = [GatewayUnavailable("acme", "no answer")]
    with pytest.raises(GatewayUnavailable):
        await case.offer()
    await case.offer()
    await case.ask()
    case.shop.provider.errors = [GatewayUnavailable("acme", "no answer")]
    with pytest.raises(GatewayUnavailable):
        await case.submit()
    await case.submit()
    assert (await case.response()).status is ResponseStatus.SENT


async def test_one_that_takes_none_any_more_is_said(case: Case) -> None:
    await case.offer()
    await case.ask()
    case.shop.provider.deadlines[KEY] = DisputeDeadline(open=False)
    await case.submit()
    assert (await case.response()).reason == CLOSED_REASON


async def test_a_decided_dispute_is_not_answered(case: Case) -> None:
    await case.offer()
    about = {"payment_key": KEY, "about_payment": case.payment.payment_key, "reason": "lost"}
    await case.shop.deliver(case.shop.provider.tell(PaymentEventKind.DISPUTE_CLOSED, "dispute", **about))
    with pytest.raises(NothingToDo):
        await case.ask()
    await case.remind()
    assert "evidence_due" not in await case.shop.alarms()


async def test_a_provider_without_a_call_for_it_is_answered_by_hand(case: Case) -> None:
    case.shop.provider.deadlines.clear()
    await case.offer()
    assert await case.shop.alarms() == ["dispute_open"]
    with pytest.raises(NothingToDo):
        await case.ask()


async def test_staff_sees_what_may_be_sent_and_what_was(case: Case) -> None:
    olga = await case.shop.customer(staff_role=StaffRole.OWNER)
    see = SeeCustomers(case.shop.units, case.shop.gateways, Staff(case.shop).desk)

    async def acts() -> list[str]:
        found = await see.payment(olga.telegram_id, case.payment.id)
        assert found is not None
        return [act.name for act in found[1].acts]

    await case.offer()
    assert "send_evidence" in await acts()
    await case.ask()
    assert "send_evidence" not in await acts()
