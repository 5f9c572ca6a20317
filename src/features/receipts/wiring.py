"""Wiring of the feature's use cases."""

from dependency_injector import containers

from features.receipts.use_cases.show_receipts import ShowReceipts
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


class ReceiptsContainer(containers.DeclarativeContainer):
    """Container of the feature, on top of the core of a process."""

    core = nested(CoreContainer)
    make = wire(core)

    show_receipts = make(ShowReceipts)
