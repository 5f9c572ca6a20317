"""Dependency container of the use cases for imports."""

from dependency_injector import containers

from features.moving.use_cases.import_people import ImportPeople
from features.moving.use_cases.import_subscriptions import ImportSubscriptions
from features.moving.use_cases.members import SeeMembers
from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.keyed import code_seal
from subscriptions.bootstrap.wiring import nested


class MovingContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    grant_access = make(GrantAccess)
    give_time = make(GiveTime)
    seal = make(code_seal)
    import_people = make(ImportPeople)
    import_subscriptions = make(ImportSubscriptions)
    see_members = make(SeeMembers)
