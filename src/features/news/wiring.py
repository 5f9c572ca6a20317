"""Wiring of the feature's use cases."""

from dependency_injector import containers

from features.news.use_cases.arrange_news import ArrangeNews
from features.news.use_cases.watch_news import WatchNews
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


class NewsContainer(containers.DeclarativeContainer):
    """Container of the feature's use cases, on top of the core of a process."""

    core = nested(CoreContainer)
    make = wire(core)

    arrange_news = make(ArrangeNews)
    watch_news = make(WatchNews)
