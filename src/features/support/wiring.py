"""Wiring of the feature's use cases."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import cast

from dependency_injector import containers

from features.support.domain.saved_replies import read_replies
from features.support.settings import SupportSettings
from features.support.use_cases.keep_questions import KeepQuestions
from features.support.use_cases.see_question import SeeQuestion
from features.support.use_cases.watch_questions import Patience, WatchQuestions
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested

ReadReplies = Callable[[], Mapping[str, str]]
"""Function that returns the current saved replies, keyed by command."""


def _settings(core: CoreContainer) -> SupportSettings:
    return cast(SupportSettings, core.settings())


def saved_replies(core: CoreContainer) -> ReadReplies:
    """Return a function that reads the current saved replies from the settings."""
    return lambda: read_replies(_settings(core).saved_replies)


def patience(core: CoreContainer) -> Patience:
    """Return a function that returns how long a question may wait before the owners are alerted."""
    return lambda: timedelta(hours=_settings(core).support_patience_hours)


class SupportContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    keep_questions = make(KeepQuestions)
    see_question = make(SeeQuestion)
    watch_questions = make(WatchQuestions, patience=make(patience, core=core))


@lru_cache(maxsize=4)
def support_of(core: CoreContainer) -> SupportContainer:
    """Return the feature's container in a process. Repeated calls return the same container."""
    return SupportContainer(core=core)
