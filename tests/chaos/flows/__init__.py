"""The flows that are put to the test. One more is a module here and a line below."""

from __future__ import annotations

from collections.abc import Mapping

from tests.chaos.flows.flow import Flow
from tests.chaos.flows.leaving import Leaving
from tests.chaos.flows.purchase import Purchase

FLOWS: Mapping[str, type[Flow]] = {flow.name: flow for flow in (Purchase, Leaving)}
