"""The flows under test. To add a flow, write a module here and a line below; a feature has its flows in its own folder.

A flow is a subclass of `flow.Flow` that one new customer goes through. `prelude` brings the customer to the start of
the flow without faults. `play` performs the customer's actions, each through `until`, which repeats an action as people
do. `owed` returns the effects that are still missing. `broken` checks the guarantees of `invariants`. The steps are
found by recording the flow and are not listed by hand. A flow must leave no running subscription behind, because the
next customer uses the same world.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.chaos.flows.bundle import Bundle
from tests.chaos.flows.flow import Flow
from tests.chaos.flows.leaving import Leaving
from tests.chaos.flows.purchase import Purchase
from tests.chaos.flows.reconcile import Reconciling
from tests.chaos.flows.rehoming import Rehoming
from tests.chaos.flows.repair import Repair
from tests.chaos.flows.staff_command import StaffCommandFlow
from tests.chaos.flows.tip import TipPublished
from tests.chaos.flows.vip import VipEntry
from tests.chaos.flows.withdrawal import Withdrawal
from tests.support.of_features import of_features

_BOUGHT = (Purchase, Leaving, VipEntry, Bundle, Withdrawal)
_OPERATED = (Reconciling, Rehoming, Repair, TipPublished, StaffCommandFlow)
FLOWS: Mapping[str, type[Flow]] = {
    **{flow.name: flow for flow in (*_BOUGHT, *_OPERATED)},
    **of_features("chaos", "FLOWS"),
}
