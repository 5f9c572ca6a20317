"""Dependency container of the use cases for partners."""

from dependency_injector import containers

from features.partners.use_cases.arrive_by_partner import ArriveByPartner
from features.partners.use_cases.payer_check import PayerCheck
from features.partners.use_cases.reconcile_commission import ReconcileCommission
from features.partners.use_cases.show_statement import SeeStatement, ShowStatement
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.keyed import trial_marks
from subscriptions.bootstrap.wiring import nested


class PartnersContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    trial_marks = make(trial_marks)
    arrive_by_partner = make(ArriveByPartner)
    payer_check = make(PayerCheck)
    reconcile_commission = make(ReconcileCommission)
    show_statement = make(ShowStatement)
    see_statement = make(SeeStatement)
