"""The flows that are put to the test. One more is a module here and a line below; a feature has its own in its folder.

A flow is a class on `flow.Flow` that plays one new customer: `prelude` brings them to where it begins, undisturbed;
`play` does what they do, each thing through `until`, which repeats it as people do; `owed` says what has to follow yet;
`broken` looks at the promises of `invariants`. Its steps are found by recording it, nothing is listed by hand. It must
leave nothing behind that goes on living: the next customer plays in the same world.
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
from tests.chaos.flows.staff_act import StaffAct
from tests.chaos.flows.tip import TipPublished
from tests.chaos.flows.vip import VipEntry
from tests.chaos.flows.withdrawal import Withdrawal
from tests.support.of_features import of_features

_BOUGHT = (Purchase, Leaving, VipEntry, Bundle, Withdrawal)
_OPERATED = (Reconciling, Rehoming, Repair, TipPublished, StaffAct)
FLOWS: Mapping[str, type[Flow]] = {
    **{flow.name: flow for flow in (*_BOUGHT, *_OPERATED)},
    **of_features("chaos", "FLOWS"),
}
