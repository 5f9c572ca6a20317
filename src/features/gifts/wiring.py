"""Dependency container of the use cases for gifts."""

from dependency_injector import containers

from features.gifts.use_cases.has_open_purchase import HasOpenPurchase
from features.gifts.use_cases.show_gift import ShowGift
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.keyed import code_seal
from subscriptions.bootstrap.wiring import nested


class GiftsContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    seal = make(code_seal)
    show_gift = make(ShowGift)
    has_open_purchase = make(HasOpenPurchase)
