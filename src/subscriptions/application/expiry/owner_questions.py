"""What a sweep that has gathered everybody leads to: they go, or owners are asked; and what their answer does."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck
from subscriptions.application.dto.jobs import CheckSubscription
from subscriptions.domain.entities.sweep import OWNER_DECIDES, Sweep, SweepEntry, SweepStatus, SweptState
from subscriptions.domain.ports.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

ASK_AGAIN: Final = timedelta(hours=24)
"""After this those who were not let go are asked about anew, whether the owners said to leave them or said nothing."""
WAIT: Final = timedelta(minutes=5)
"""After this a sweep that waits for providers is judged again."""
PATIENCE: Final = timedelta(hours=1)
"""How long a few who are over wait for what is not known of the others before owners are asked about all of them."""
PAGE_SIZE: Final = 15
"""How many people a question names; `umbral sweep --dry-run` names all."""


class HeldSweep(AlarmKind):
    """More would be removed at once than the guard lets go. sweep: its number, which the buttons carry."""

    name = "sweep_held"
    closes = ByCheck(alarm_causes.sweep_decided)
    sweep: str
    people: int
    live: int
    limit: int
    who: str


async def settle(uow: UnitOfWork, sweep: Sweep, now: datetime) -> bool:
    """Conclude a locked sweep that gathers, if all are judged or its time is up. False: not yet.

    Whose provider does not answer keeps access and is asked about again, and again. How many would go is known only
    with them, so nobody goes while they may be those who make it too many.
    """
    if now < sweep.closes_at and any(
        case.state is SweptState.CHECKING for case in await uow.sweeps.list_swept(sweep.id)
    ):
        return False
    open_cases = await _still_over(uow, sweep, now)
    checking_cases = [case for case in open_cases if case.state is SweptState.CHECKING]
    due = [case for case in open_cases if case.state is SweptState.DUE]
    too_many = sweep.needs_asking(people_in(open_cases))
    is_overdue = sweep.ask_again_at is not None and now >= sweep.ask_again_at
    if too_many and (sweep.needs_asking(people_in(due)) or (due and is_overdue)):
        # Who is let go is checked once more, so whoever turns out to have been renewed stays.
        await turn(uow, checking_cases, SweptState.DUE)
        await ask(uow, sweep, now)
        return True
    if too_many:
        log.warning("sweep waits for providers", sweep=str(sweep.id), due=len(due), unheard=len(checking_cases))
        sweep.closes_at = now + WAIT
        if due and sweep.ask_again_at is None:
            sweep.ask_again_at = now + PATIENCE
        await uow.sweeps.save(sweep)
        return False
    await turn(uow, checking_cases, SweptState.SPARED)
    sweep.status = SweepStatus.PASSED
    await uow.sweeps.save(sweep)
    await let_go(uow, due)
    return True


async def _still_over(uow: UnitOfWork, sweep: Sweep, now: datetime) -> list[SweepEntry]:
    """Those of a sweep who are to be judged. Who ended in another way meanwhile, or has time again, is spared."""
    # Locked before the cases are read: no check of one of them is half done then.
    subscriptions = {subscription.id: subscription for subscription in await uow.subscriptions.list_over(now)}
    remaining_cases, settled_cases = list[SweepEntry](), list[SweepEntry]()
    for case in await uow.sweeps.list_swept(sweep.id):
        if case.state in {SweptState.CHECKING, SweptState.DUE}:
            (remaining_cases if case.subscription_id in subscriptions else settled_cases).append(case)
    await turn(uow, settled_cases, SweptState.SPARED)
    moved_cases = list[SweepEntry]()
    for case in remaining_cases:
        end = subscriptions[case.subscription_id].access_until
        if end is not None and end != case.ended_on:
            case.ended_on = end
            moved_cases.append(case)
    await uow.sweeps.save_swept(moved_cases)
    return remaining_cases


async def ask(uow: UnitOfWork, sweep: Sweep, now: datetime) -> None:
    """Hold everybody who is due, and owe the owners the question."""
    due = [case for case in await uow.sweeps.list_swept(sweep.id) if case.state is SweptState.DUE]
    await turn(uow, due, SweptState.HELD)
    sweep.status, sweep.ask_again_at = SweepStatus.ASKING, now + ASK_AGAIN
    await uow.sweeps.save(sweep)
    people = str(people_in(due))
    alarm = HeldSweep(
        sweep=sweep.id.hex,
        people=people_in(due),
        live=sweep.live,
        limit=sweep.allowed,
        who=await people_lines(uow, due),
    )
    uow.record(alarm.raise_event(f"sweep:{sweep.id}", now))
    await uow.audit.record(
        actor="system",
        action="sweep.held",
        subject=str(sweep.id),
        reason=f"more than {sweep.allowed} at once" if not sweep.forced else "they waited for an owner's word before",
        at=now,
        facts={"people": people, "live": str(sweep.live)},
    )
    log.warning("sweep held", sweep=str(sweep.id), people=people, limit=sweep.allowed)


async def let_go(uow: UnitOfWork, cases: Sequence[SweepEntry]) -> None:
    """They may go: each is checked once more, at its provider too, right before."""
    await turn(uow, cases, SweptState.GOING)
    for case in cases:
        job = CheckSubscription(subscription_id=case.subscription_id)
        await uow.enqueue(job.keyed_job(f"going:{case.subscription_id}"))


async def turn(uow: UnitOfWork, cases: Sequence[SweepEntry], state: SweptState) -> None:
    """Write another state into all of them."""
    for case in cases:
        case.state = state
    await uow.sweeps.save_swept(cases)


def people_in(cases: Iterable[SweepEntry]) -> int:
    """How many persons; one may have several subscriptions."""
    return len({case.customer_id for case in cases})


def asked_about(cases: Iterable[SweepEntry]) -> list[SweepEntry]:
    """Those that wait for an owner's word."""
    return [case for case in cases if case.state in OWNER_DECIDES]


async def people_lines(uow: UnitOfWork, cases: Sequence[SweepEntry]) -> str:
    """Who they are, a line each: first name, Telegram id, reason and end, divided by tabs; at most PAGE_SIZE."""
    lines = []
    for case in cases[:PAGE_SIZE]:
        customer = await uow.customers.get(case.customer_id)
        name = " ".join((customer.first_name if customer else "").split())
        number = str(customer.telegram_id) if customer else "-"
        lines.append("\t".join((name, number, case.reason, case.ended_on.isoformat())))
    return "\n".join(lines)
