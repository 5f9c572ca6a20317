"""Wiring of the feature's use cases."""

from dependency_injector import containers

from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


class WithdrawalsContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    withdraw_contract = make(WithdrawContract)
