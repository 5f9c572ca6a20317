"""`umbral record`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from umbral.cli.listing import show_json
from umbral.cli.operating import failed, operate
from umbral.cli.options import EPILOG, Json, application

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subscriptions.application.record.verify_record import Verification
    from subscriptions.bootstrap.operator import OperatorContainer
    from subscriptions.domain.services.record_chain import Finding

app = application("Prove that the record of tips is as it was written.")

_FLAWS: Final = {
    "changed": "its content is not what was hashed",
    "moved": "it does not follow the entry that it followed",
    "missing": "there is no entry of this number",
    "earlier": "it is dated before the entry that it follows",
    "re_dated": "its start is another than it says",
    "unpublished": "it was published, and the record does not have it",
    "unrevised": "it was revised, withdrawn or settled, and the record does not say so",
    "unsettled": "it was settled by the audit, and the record does not say so",
}


@app.callback()
def record() -> None:
    """Prove that the record of tips is as it was written."""


@app.command(epilog=EPILOG)
def verify(
    plan: Annotated[str | None, typer.Option("--plan", metavar="SOFT_ID", help="Of this plan alone.")] = None,
    as_json: Json = False,
) -> int:
    """Compute every chain again, compare it with what was published, and name what does not fit."""

    async def work(container: OperatorContainer) -> int:
        from subscriptions.application.catalog.browse_plans import PlanUnavailable

        try:
            verifications = await container.verify_record()(plan)
        except PlanUnavailable:
            return failed("record", f"there is no plan {plan}")
        if as_json:
            show_json([asdict(each) for each in verifications])
        else:
            _say(verifications)
        return 1 if any(each.findings for each in verifications) else 0

    return operate("record", work)


def _say(verifications: Sequence[Verification]) -> None:
    if not verifications:
        print("No plan has a record yet.")
    for each in verifications:
        print(f"{each.plan}: {each.entries} entries, {'last hash ' + each.head if each.head else 'none'}")
        for finding in each.findings:
            print(f"  {_where(finding)}: {_FLAWS[finding.flaw]}")
        if not each.findings:
            print("  whole: every entry follows from the one before it, and nothing that was published is missing")


def _where(finding: Finding) -> str:
    entry = f"entry {finding.number}" if finding.number is not None else "a tip"
    return f"{entry}, tip {finding.tip_id}" if finding.tip_id is not None else entry
