"""Dependency container of the use cases for the activity feed."""

from dependency_injector import containers

from features.news.use_cases.arrange_news import ArrangeNews
from features.news.use_cases.watch_news import WatchNews
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


class NewsContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    arrange_news = make(ArrangeNews)
    watch_news = make(WatchNews)
