"""Somebody let in again whom staff had put out."""

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.staff_access import live_subscription, settle
from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.entities.subscription import PROVIDER, STAFF, Subscription
from subscriptions.domain.services import access_policy, provider_sync
from subscriptions.domain.services.staff_policy import StaffAction


class RestoreAccess(StaffCommand):
    """Let what staff suspended go on, with a new link and the time that stood still.

    `restored_not_yet`: it rests for another cause too.
    """

    name = "restore"
    permission = StaffAction.RESTORE_ACCESS
    subject = SubjectKind.SUBSCRIPTION
    inputs = (REASON,)
    outcomes = ("restored", "restored_not_yet")

    grant_access: GrantAccess

    async def run(self, act: Act) -> Outcome:
        """What rests for other causes alone is not staff's to restore."""
        subscription, customer, plan = await live_subscription(act)
        if not subscription.rests:
            return Outcome(name="restored")
        if STAFF not in subscription.paused_for:
            raise NothingToDo(" ".join(sorted(subscription.paused_for)))
        await self._give_back(act, subscription)
        provider_sync.have_days(subscription, act.at)
        subscription.resume(STAFF, act.at)
        await settle(act, self.grant_access, subscription, customer, plan)
        entry = AuditEntry(subject=customer.id, facts={"plan": plan.soft_id})
        return Outcome(name="restored_not_yet" if subscription.paused_for else "restored", audit=[entry])

    async def _give_back(self, act: Act, subscription: Subscription) -> None:
        """The time that its customer was kept out for, unless something else of ours keeps them out: then with that."""
        withheld_since = subscription.withheld_since
        if withheld_since is None or withheld_since >= act.at or subscription.paused_for - {STAFF, PROVIDER}:
            return
        key = f"withheld:{subscription.id}:{withheld_since.isoformat()}"
        rest = access_policy.rest(subscription, withheld_since, act.at, key)
        await self.grant_access.enter(act.uow, subscription, rest)
