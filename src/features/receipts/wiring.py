"""Dependency container of the use cases for receipts."""

from dependency_injector import containers

from features.receipts.use_cases.show_receipts import ShowReceipts
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


class ReceiptsContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    show_receipts = make(ShowReceipts)
