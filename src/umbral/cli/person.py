"""The command `umbral person`, which exports or erases one person's data."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Final

import typer

from subscriptions.domain.ids import TelegramId
from umbral.cli.asking import ask
from umbral.terminal.operating import fail, moment, operate
from umbral.terminal.options import PersonId, application
from umbral.terminal.progress import progress

if TYPE_CHECKING:
    from subscriptions.application.expiry.erase_person import Prospect
    from subscriptions.application.people.export_person import PersonExport
    from subscriptions.bootstrap.operator import OperatorContainer

BY_OPERATOR: Final = "erased by the operator"
PATIENCE_S: Final = 60
"""Maximum time in seconds to wait until a person is removed from all channels."""
_WAYS: Final = {
    "renews": "{about} renews automatically: cancel it first",
    "unpaid": "a payment page for order {about} is still open: wait until it expires",
    "review": "a payment for order {about} is under review: resolve its alarm first",
    "dispute": "a dispute is open: wait until the bank decides",
    "barred": "this person is blocked, which an erasure would undo: unblock them first",
    "staff": "this is a staff member: remove their role first",
    "came back": "this person has bought again, and is a customer as before",
}

app = application("One person's data.")


@app.callback()
def person() -> None:
    """Make Typer treat the subcommands of `umbral person` as a group."""


@app.command()
def export(telegram_id: PersonId) -> int:
    """Export everything the database holds of a person as JSON."""

    async def work(container: OperatorContainer) -> int:
        person_export = await container.export_person()(TelegramId(telegram_id))
        if not person_export.tables:
            return fail("person", f"there's no data about {telegram_id}")
        print(person_export.document())
        return 0

    return operate("person", work)


@app.command()
def erase(
    telegram_id: PersonId,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask for confirmation.")] = False,
) -> int:
    """Erase a person's data, except what the law requires to be kept, after two confirmations."""

    async def work(container: OperatorContainer) -> int:
        who = TelegramId(telegram_id)
        person_export = await container.export_person()(who)
        if not person_export.tables and not await container.export_person().count_mentions(who):
            print(f"There's no data about {telegram_id}.")
            return 0
        prospect = await container.erase_person().preview(who)
        if prospect.obstacle is not None:
            return fail("person", _WAYS[prospect.obstacle].format(about=prospect.subject))
        print(*_report_lines(prospect, person_export), sep="\n", flush=True)
        if not yes and not (
            _confirm("Erase this person's data? [y/N] ") and _confirm("This can't be undone. Are you sure? [y/N] ")
        ):
            return fail("person", "nothing was erased")
        prospect = await container.erase_person()(who, BY_OPERATOR)
        if prospect.obstacle is not None:
            return fail("person", _WAYS[prospect.obstacle].format(about=prospect.subject))
        status = await _finish(container, prospect)
        rows_left = {} if status else await container.export_person().count_mentions(who)
        if rows_left:
            tables_text = ", ".join(f"{table} ({count})" for table, count in rows_left.items())
            print(f"Their id is still in {tables_text}: of work in progress, or of what another")
            print("account received in a transfer. Erase again in a minute; any rest belongs to the other account.")
        return status

    return operate("person", work)


async def _finish(container: OperatorContainer, prospect: Prospect) -> int:
    from subscriptions.application.expiry.erase_person import ErasureDelay, ErasureRefusal

    outcome = None
    if prospect.customer is not None:
        with progress("until the person is out of all channels"):
            for _ in range(PATIENCE_S):
                outcome = await container.erase_person().finish(prospect.customer.id, BY_OPERATOR)
                if not isinstance(outcome, ErasureDelay):
                    break
                await asyncio.sleep(1)
    if isinstance(outcome, ErasureRefusal):
        return fail("person", f"not erased: {_WAYS[outcome.reason].format(about=outcome.subject)}; then erase again")
    if isinstance(outcome, ErasureDelay):
        return fail("person", "not erased yet: access has ended, and the worker does the rest once they're out")
    print("Erased. If they write to the bot again, they're a new customer. Copies in backups go with the backups.")
    return 0


def _report_lines(prospect: Prospect, person_export: PersonExport) -> list[str]:
    who = prospect.customer.mention if prospect.customer is not None else "nobody's customer"
    lines = [f"Ends {each.plan}, paid until {moment(each.access_end)} UTC." for each in prospect.given_up]
    lines += [f"Ends {item.days} waiting days of {item.plan}." for each in prospect.given_up for item in each.waiting]
    stays = [f"  {each.table} ({len(each.rows)}): {each.stays}" for each in person_export.tables if each.stays]
    deleted_tables = ", ".join(f"{each.table} ({len(each.rows)})" for each in person_export.tables if not each.stays)
    return [
        f"{person_export.telegram_id}, {who}.",
        *lines,
        f"Goes: {deleted_tables or 'nothing'}.",
        *(["Stays:", *stays] if stays else []),
    ]


def _confirm(question: str) -> bool:
    try:
        return ask(question).strip().lower() in {"y", "yes"}
    except EOFError:
        return False
