"""Dispute evidence: offered in time, submitted once by an authorized person, kept as submitted, and reported if
refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from features.evidence.alarms import response_over
from features.evidence.domain import (
    DisputeResponse,
    Evidence,
    EvidenceDeclaration,
    EvidenceInvite,
    EvidenceJoin,
    EvidenceMessage,
    EvidencePick,
    ResponseStatus,
)
from features.evidence.files import EVIDENCE_FILES
from features.evidence.ports import RESPONSES_KEY
from features.evidence.use_cases.load_evidence import LoadEvidence
from features.evidence.use_cases.offer_evidence import OfferEvidence
from features.evidence.use_cases.submit_evidence import CLOSED_REASON, TOO_LARGE, SubmitEvidence
from subscriptions.application.alarms.alarms import SeeAlarms
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.payment_facts import EVIDENCE_TOO_LARGE, DisputeAnswer
from subscriptions.domain.ports.payment_gateway import (
    DisputeDeadline,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEventKind,
)
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.features.evidence.test_document import EVIDENCE

KEY = "dp-1"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class MemoryEvidence:
    """EvidenceReader that returns the same records for every payment."""

    evidence: Evidence = EVIDENCE

    async def read(self, payment_id: PaymentId, seller: str, site: str, now: datetime) -> Evidence | None:
        payment = replace(self.evidence.payment, id=payment_id)
        return replace(self.evidence, seller=seller, made_at=now, payment=payment)


@dataclass
class Case:
    """Disputed payment and the steps that follow."""

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

    async def submit(self, evidence: Evidence = EVIDENCE) -> None:
        shop = self.shop
        load = LoadEvidence(shop.units, MemoryEvidence(evidence), shop.clock, shop.policy)
        await SubmitEvidence(shop.units, shop.gateways, shop.clock, load, EVIDENCE_FILES)(self.dispute)

    async def answered(self, evidence: Evidence) -> DisputeAnswer:
        """Submit the evidence and return the answer that the provider receives."""
        await self.offer()
        await self.ask()
        await self.submit(evidence)
        [answer] = self.shop.provider.answers.values()
        return answer

    async def response(self) -> DisputeResponse:
        async with self.shop.units() as uow:
            response = await uow.of(RESPONSES_KEY).get(self.dispute)
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
    await shop.deliver(shop.provider.create_event(PaymentEventKind.DISPUTE_OPENED, "dispute", **about))
    [job] = await shop.jobs("core.offer_evidence")
    return Case(shop, payment, UUID(str(job["dispute_id"])))


async def test_owners_are_notified_of_available_evidence_and_reminded_before_its_deadline(case: Case) -> None:
    for _ in range(2):
        await case.offer()
    assert await case.shop.alarms() == ["dispute_open", "evidence_offered"]
    response = await case.response()
    assert (response.status, response.due_at) == (ResponseStatus.OFFERED, case.shop.clock.now() + 8 * DAY)
    await case.remind()
    assert await case.shop.alarms() == ["dispute_open", "evidence_offered", "evidence_due"]
    first, again = case.shop.memory.jobs_named("core.remind_evidence")
    assert first.not_before is not None
    assert first.not_before < response.due_at == again.not_before


async def test_deadline_that_has_passed_is_reported_as_passed(case: Case) -> None:
    await case.offer()
    await case.remind()
    case.shop.clock.advance(8 * DAY)
    async with case.shop.units() as uow:
        for kind in ("evidence_offered", "evidence_due"):
            alarm = await uow.alarms.by_key(f"{kind}:{case.dispute}")
            facts = {"until": case.shop.clock.now().isoformat()}
            kept = alarm or Alarm.begin(f"{kind}:{case.dispute}", kind, facts, case.shop.clock.now())
            assert await response_over(uow, kept, case.shop.clock.now())
            assert not await response_over(uow, kept, case.shop.clock.now() - timedelta(seconds=1))
    await case.remind()
    assert (await case.shop.alarms())[-1] == "evidence_late"


async def test_evidence_is_submitted_once_and_kept_as_submitted(case: Case) -> None:
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


async def test_job_without_a_staff_command_submits_nothing(case: Case) -> None:
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
async def test_refused_evidence_is_reported_and_can_be_sent_again(
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


async def test_submission_of_evidence_is_retried_while_the_provider_is_unavailable(case: Case) -> None:
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


async def test_closed_submission_window_is_reported(case: Case) -> None:
    await case.offer()
    await case.ask()
    case.shop.provider.deadlines[KEY] = DisputeDeadline(open=False)
    await case.submit()
    assert (await case.response()).reason == CLOSED_REASON


async def test_decided_dispute_is_not_answered(case: Case) -> None:
    await case.offer()
    about = {"payment_key": KEY, "about_payment": case.payment.payment_key, "reason": "lost"}
    await case.shop.deliver(case.shop.provider.create_event(PaymentEventKind.DISPUTE_CLOSED, "dispute", **about))
    with pytest.raises(NothingToDo):
        await case.ask()
    await case.remind()
    assert "evidence_due" not in await case.shop.alarms()


async def test_no_evidence_is_offered_for_a_dispute_at_a_provider_that_accepts_no_evidence(case: Case) -> None:
    case.shop.provider.deadlines.clear()
    await case.offer()
    assert await case.shop.alarms() == ["dispute_open"]
    with pytest.raises(NothingToDo):
        await case.ask()


async def test_command_to_send_evidence_is_offered_until_used(case: Case) -> None:
    olga = await case.shop.customer(staff_role=StaffRole.OWNER)
    see = SeeCustomers(case.shop.units, case.shop.gateways, Staff(case.shop).desk, case.shop.policy)

    async def available_commands() -> list[str]:
        found = await see.payment(olga.telegram_id, case.payment.id)
        assert found is not None
        return [act.name for act in found[1].available_commands]

    await case.offer()
    assert "send_evidence" in await available_commands()
    await case.ask()
    assert "send_evidence" not in await available_commands()


async def test_evidence_lists_all_records_and_nothing_else(case: Case) -> None:
    at = EVIDENCE.payment.paid_at
    charge = EvidenceMessage(kind=str(MessageKind.RENEWAL_COMING), owed_at=at, sent_at=at, failed=None, text="…")
    undelivered = replace(charge, sent_at=None, failed="blocked_bot")
    terms = EvidenceDeclaration(words="Quiero…", language="es", version="7", complete=True, declared_at=at)
    full = replace(
        EVIDENCE,
        declarations=[terms],
        invites=[EvidenceInvite(chat="Picks", made_at=at, expires_at=at + DAY)],
        joins=[EvidenceJoin(chat="Picks", joined_at=at + timedelta(minutes=number), left=False) for number in (5, 9)],
        picks=[EvidencePick(chat="Picks", text="Betis" * 50, posted_at=at + DAY)],
        messages=[charge, undelivered, replace(charge, kind="joined")],
    )
    answer = await case.answered(full)
    assert (answer.customer, answer.product) == ("Ana", "Access to private Telegram chats: 💎 VIP")
    assert (answer.name, answer.began) == (
        f"evidence-A1B2C3D4-{case.payment.id.hex[-6:]}",
        at + timedelta(minutes=5),
    )
    assert answer.activity.splitlines() == [
        "2026-11-03 10:00:00 UTC personal link to Picks made",
        "2026-11-03 10:05:00 UTC Telegram user 7 entered Picks",
        "2026-11-03 10:09:00 UTC Telegram user 7 entered Picks",
        f"2026-11-04 10:00:00 UTC posted in Picks while inside: {'Betis' * 40}",
    ]
    assert answer.summary == (
        "Telegram user 7 paid 29.99 EUR on 2026-11-03 for 💎 VIP."
        " They accepted the terms: version 7 on 2026-11-03."
        " Before paying they asked for immediate access, in the words in the document."
        " They entered Picks on 2026-11-03 10:05 UTC."
        " Posts that followed while they were inside and their time ran: 1."
        " Notices of charges that were sent, with their words in the document: 1."
        " The document holds every record with its time."
    )


async def test_summary_of_the_evidence_omits_missing_records(case: Case) -> None:
    begins = EVIDENCE.payment.paid_at + DAY
    answer = await case.answered(replace(EVIDENCE, begins=begins, consents=[]))
    bare = "Telegram user 7 paid 29.99 EUR on 2026-11-03 for 💎 VIP. The document holds every record with its time."
    assert (answer.summary, answer.activity, answer.began) == (bare, "", begins)


async def test_dispute_has_one_open_alarm_that_names_its_customer(case: Case) -> None:
    shop, facts = case.shop, {"order": case.payment.reference, "customer": str(case.payment.customer_id)}
    olga = await shop.customer(staff_role=StaffRole.OWNER)
    see = SeeAlarms(shop.units, shop.clock, StaffDesk(shop.units, shop.clock), shop.gateways)
    for kind, key in (
        ("dispute_open", f"dispute:{case.dispute}:open"),
        ("evidence_offered", f"evidence_offered:{case.dispute}"),
        ("evidence_due", f"evidence_due:{case.dispute}"),
        ("evidence_late", f"evidence_late:{case.dispute}"),
        ("evidence_refused", f"evidence_refused:{case.dispute}:1"),
    ):
        async with shop.units() as uow:
            assert await uow.alarms.add_if_new(Alarm.begin(key, kind, facts, shop.clock.now()))
            await uow.commit()
        (shown,) = await see.open(olga.telegram_id)
        assert shown.kind == kind
        assert shown.facts["name"].startswith("Ana")
        assert await see.count() == 1
        shop.clock.advance(DAY)
