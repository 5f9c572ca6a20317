"""The command `umbral record`, which verifies tip records, and publishes and settles tips from files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import uuid4

import typer

from features.record.wiring import record_of
from subscriptions.application.features import CliPart, CommandGroup
from umbral.terminal.files import in_file, read_text
from umbral.terminal.filters import require_plan
from umbral.terminal.listing import show_json
from umbral.terminal.operating import fail, operate
from umbral.terminal.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.record.domain.record_chain import ChainFault
    from features.record.use_cases.verify_record import Verification
    from subscriptions.bootstrap.operator import OperatorContainer

_File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV file whose first line names the columns.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would happen.")]

_FLAWS: Final = {
    "changed": "its content doesn't match its hash",
    "moved": "it doesn't follow its original predecessor",
    "missing": "there's no entry with this number",
    "earlier": "it's dated before the previous entry",
    "re_dated": "its start differs from the entry",
    "unpublished": "it was published but isn't in the record",
    "unrevised": "it was revised, withdrawn or settled, but the record doesn't say so",
    "unreadable": "its body can't be read",
    "unproved": "the published digest has another hash",
    "unsettled": "the audit log says it was settled, but the record doesn't",
}


def verify(
    plan: Annotated[str | None, typer.Option("--plan", metavar="SOFT_ID", help="Only this plan.")] = None,
    as_json: Json = False,
) -> int:
    """Recompute every chain, compare it with the published digests, and report each mismatch."""

    async def work(container: OperatorContainer) -> int:
        if plan is not None:
            await require_plan(container.core, "--plan", plan)
        verifications = await record_of(container.core).verify_record()(plan)
        if as_json:
            show_json([asdict(each) for each in verifications])
        else:
            _say(verifications)
        return 1 if any(each.faults for each in verifications) else 0

    return operate("record", work)


def publish(file: _File, dry_run: _DryRun = False) -> int:
    """Publish the tips of a CSV file, all or none. Each invalid line is reported with its column."""
    return _take(file, "publish_tips", dry_run=dry_run)


def settle(file: _File, dry_run: _DryRun = False) -> int:
    """Settle the tips of a CSV file, all or none. Each invalid line is reported with its column."""
    return _take(file, "settle_tips", dry_run=dry_run)


def _take(file: Path, command: str, *, dry_run: bool) -> int:
    async def work(container: OperatorContainer) -> int:
        from features.record.use_cases.tip_files import WrongLines
        from subscriptions.application.staff.actor import SHELL
        from subscriptions.application.staff.run_command import InputsRefused
        from umbral.terminal.outcomes import wrong_in

        with in_file(file):
            text = read_text(file)
        run_command, answers = container.run_command(), {"file": text}
        try:
            if dry_run:
                effect = await run_command.preview(SHELL, command, "", answers)
                facts = effect.facts if effect is not None else {}
            else:
                facts = (await run_command(SHELL, command, "", answers, uuid4())).facts
        except InputsRefused as error:
            wrong = next(iter(error.errors.values()))
            if not isinstance(wrong, WrongLines):
                return fail("record", f"{file}: {wrong_in(wrong)}")
            for fault in wrong.faults:
                fail("record", f"{file}, line {fault.line}, {fault.field}: {wrong_in(fault.wrong)}")
            return fail("record", "nothing was done")
        print(f"{'would be new' if dry_run else 'new'}: {facts['count']}, already there: {facts['known']}")
        return 0

    return operate("record", work)


def _say(verifications: Sequence[Verification]) -> None:
    if not verifications:
        print("No plan has a record yet.")
    for each in verifications:
        print(f"{each.plan}: {each.entries} entries, {'last hash ' + each.head if each.head else 'none'}")
        for fault in each.faults:
            problem = f" ({fault.problem})" if fault.problem else ""
            print(f"  {_location(fault)}: {_FLAWS[fault.flaw]}{problem}")
        if each.digests:
            print(f"  checked against {each.digests} published digests, the newest at {each.proof}")
        if not each.faults:
            print("  intact: every entry follows from the one before it, and nothing published is missing")


def _location(fault: ChainFault) -> str:
    entry = f"entry {fault.number}" if fault.number is not None else "a tip"
    parts = [entry, f"tip {fault.tip_id}" if fault.tip_id is not None else "", fault.link]
    return ", ".join(filter(None, parts))


CLI: Final = CliPart(
    commands={
        "record": CommandGroup(
            purpose="Publish and settle tips from files, and verify their record.",
            actions={"verify": verify, "publish": publish, "settle": settle},
        )
    },
    while_draining=frozenset({"record"}),
)
