"""Wiring of the feature's use cases."""

from dependency_injector import containers

from features.transfer.use_cases.move_accounts import MoveAccounts
from features.transfer.use_cases.name_account import NameAccount
from features.transfer.use_cases.take_over import TakeOver
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


class TransferContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    move_accounts = make(MoveAccounts)
    name_account = make(NameAccount)
    take_over = make(TakeOver)
