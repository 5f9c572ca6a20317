"""Dependency container of the use cases for statistics."""

from functools import lru_cache

from dependency_injector import containers

from features.figures.use_cases.keep_figures import KeepFigures
from features.figures.use_cases.see_figures import SeeFigures
from features.figures.use_cases.see_numbers import SeeNumbers
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


class FiguresContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    keep_figures = make(KeepFigures)
    see_figures = make(SeeFigures)
    see_numbers = make(SeeNumbers)


@lru_cache(maxsize=4)
def figures_of(core: CoreContainer) -> FiguresContainer:
    """Return the feature's container in a process. Repeated calls return the same container."""
    return FiguresContainer(core=core)
