"""Verification that the published tip records of plans were not changed afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.record.domain.record_chain import ChainFault, check_chain, check_digests, check_published
from features.record.domain.record_post import DIGESTS
from features.record.ports.records import RECORDS_KEY
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Result of verifying the tip record of one plan.

    head: hash of the last entry; empty without entries
    digests: number of digests posted in the public channel
    proof: link to the newest digest
    faults: inconsistencies found in the record
    """

    plan: str
    entries: int
    head: str
    digests: int
    proof: str
    faults: Sequence[ChainFault]


@dataclass(frozen=True)
class VerifyRecord:
    """Use case that verifies each record's hash chain in full, and compares it with the posts and the audit log."""

    units: UnitOfWorkFactory

    async def __call__(self, soft_id: str | None = None) -> Sequence[Verification]:
        """Verify the record of one plan, or of every plan that has one. Raises PlanUnavailable."""
        async with self.units() as uow:
            if soft_id is None:
                plans = await uow.plans.all(active_only=False)
                plan_ids = set(await uow.of(RECORDS_KEY).plans())
                return [
                    await self._verify(uow, plan.id, plan.soft_id)
                    for plan in plans
                    if plan.id in plan_ids or await uow.of(RECORDS_KEY).count_revisions(plan.id)
                ]
            plan = await uow.plans.by_soft_id(soft_id)
            if plan is None:
                raise PlanUnavailable(soft_id)
            return [await self._verify(uow, plan.id, plan.soft_id)]

    async def _verify(self, uow: UnitOfWork, plan_id: PlanId, soft_id: str) -> Verification:
        entries = await uow.of(RECORDS_KEY).entries(plan_id)
        comparison = check_published(
            entries, await uow.of(RECORDS_KEY).count_revisions(plan_id), await uow.of(RECORDS_KEY).settlements()
        )
        digests = await uow.of(RECORDS_KEY).posts(plan_id, *DIGESTS)
        return Verification(
            plan=soft_id,
            entries=len(entries),
            head=entries[-1].hash if entries else "",
            digests=len(digests),
            proof=digests[0].link if digests else "",
            faults=[*check_chain(entries), *comparison, *check_digests(entries, digests)],
        )
