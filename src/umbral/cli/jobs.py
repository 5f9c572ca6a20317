"""The command `umbral jobs`, which lists failed jobs, runs them again or deletes them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from umbral.terminal.listing import show, show_json
from umbral.terminal.operating import moment, operate
from umbral.terminal.options import Json, application

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import JobView, OperatorContainer

ERROR_LENGTH: Final = 80
"""Maximum length, in characters, of an error in the table."""

app = application("Failed jobs, which are kept until you run them again or delete them.", lists=True)


class State(StrEnum):
    """State of stored jobs, by which the list can be filtered."""

    FAILED = "failed"
    QUEUED = "queued"
    PICKED = "picked"


Ids = Annotated[
    list[int], typer.Argument(metavar="ID", min=1, max=2**63 - 1, help="Their ids, as in `umbral jobs list`.")
]


@app.callback()
def jobs(context: typer.Context) -> int:
    """List the failed jobs if no action is given."""
    return list_jobs() if context.invoked_subcommand is None else 0


@app.command("list")
def list_jobs(
    state: Annotated[State, typer.Option(help="Only jobs with this status.")] = State.FAILED,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Maximum number.")] = 100,
    as_json: Json = False,
) -> int:
    """List the jobs, oldest first."""

    async def work(container: OperatorContainer) -> int:
        job_views = await container.jobs().list(state, limit)
        if as_json:
            show_json([_report_of(job) for job in job_views])
        elif not job_views:
            print(f"No job is {state}.")
        else:
            rows = [
                (job.id, job.name, job.attempts, moment(job.created_at), _first_line(job.error)) for job in job_views
            ]
            show(("ID", "JOB", "TRIED", "SINCE (UTC)", "LAST ERROR"), rows)
        return 0

    return operate("jobs", work)


@app.command("show")
def show_jobs(ids: Ids, as_json: Json = False) -> int:
    """Show all details of jobs."""

    async def work(container: OperatorContainer) -> int:
        jobs = {number: await container.jobs().show(number) for number in ids}
        job_views = [job for job in jobs.values() if job is not None]
        if as_json:
            show_json([{**_report_of(job), "payload": job.payload, "trace": job.trace} for job in job_views])
        else:
            print(*map(_all_about, job_views), sep="\n", end="\n" * bool(job_views))
        unknown = [number for number, job in jobs.items() if job is None]
        return _print_missing(unknown, "is done or never existed")

    return operate("jobs", work)


@app.command()
def requeue(ids: Ids) -> int:
    """Run failed jobs again."""

    async def work(container: OperatorContainer) -> int:
        return _print_changed(ids, await container.jobs().requeue(ids), "will run again", "has not failed")

    return operate("jobs", work)


@app.command()
def drop(ids: Ids) -> int:
    """Delete jobs permanently."""

    async def work(container: OperatorContainer) -> int:
        return _print_changed(ids, await container.jobs().drop(ids), "was deleted", "is neither waiting nor failed")

    return operate("jobs", work)


def _report_of(job: JobView) -> dict[str, object]:
    return {
        "id": job.id,
        "name": job.name,
        "state": job.status,
        "attempts": job.attempts,
        "since": job.created_at,
        "runs_at": job.runs_at,
        "error": job.error,
    }


def _all_about(job: JobView) -> str:
    head = f"{job.id} {job.name}: {job.status}, tried {job.attempts} times since {moment(job.created_at)} UTC"
    payload = json.dumps(job.payload, ensure_ascii=False)
    return f"{head}\npayload: {payload}\n{job.trace or job.error or 'No error was recorded.'}"


def _first_line(error: str | None) -> str:
    return (error or "").partition("\n")[0][:ERROR_LENGTH]


def _print_changed(job_ids: Sequence[int], changed_ids: Sequence[int], done_word: str, refused_word: str) -> int:
    for number in changed_ids:
        print(f"{number} {done_word}")
    return _print_missing([number for number in job_ids if number not in changed_ids], refused_word)


def _print_missing(ids: Sequence[int], reason: str) -> int:
    for number in ids:
        print(f"umbral jobs: {number} {reason}", file=sys.stderr)
    return 1 if ids else 0
