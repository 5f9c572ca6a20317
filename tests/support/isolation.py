"""Isolation of tests that share a process: state of the process that a test changes is restored after the test.

The product keeps some state for the life of its process, such as failures of features to report and the shop's texts.
A process of the product runs one shop, but a test process runs many.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from copy import copy
from typing import Any, Final

import pytest
import structlog

STATES: Final = (
    "subscriptions.application.feature_failures:FAILURES",
    "subscriptions.domain.tracing:_recorders",
    "subscriptions.domain.entities.spoken:LANGUAGES",
    "subscriptions.bootstrap.texts:TEXTS",
    "subscriptions.infrastructure.tally:_counts",
    "web.console.words:MISSING_KEYS",
)
"""Process-wide states of the product, as module and name. `tests/architecture/test_process_state.py` checks that the
list is complete.
"""
_CONTAINERS: Final = (dict, list, set)


@contextmanager
def process_state_kept() -> Iterator[None]:
    """Restore the state of this process after the block."""
    found = [state for state in map(_loaded, STATES) if state is not None]
    restore = [_keep(state) for state in (*found, os.environ, sys.path)]
    folder, logs = os.getcwd(), _keep_logging()
    try:
        yield
    finally:
        os.chdir(folder)
        for each in (*restore, logs):
            each()


@pytest.fixture(autouse=True, scope="module")
def process_state_of_module() -> Iterator[None]:
    """Restore the state of the process after a module, including what the module's fixtures changed."""
    with process_state_kept():
        yield


@pytest.fixture(autouse=True)
def process_state_of_test() -> Iterator[None]:
    """Restore the state of the process after a test."""
    with process_state_kept():
        yield


def _loaded(state: str) -> Any:
    module, _, name = state.partition(":")
    return getattr(sys.modules.get(module), name, None)


def _keep(state: Any) -> Callable[[], None]:
    """Return a function that restores the present content of a container, or the present attributes of an object."""
    if isinstance(state, list):
        items = [*state]
        return lambda: state.__setitem__(slice(None), items)
    if isinstance(state, set | MutableMapping):
        content = state.copy()

        def restore() -> None:
            if state != content:
                state.clear()
                state.update(content)

        return restore
    attributes = {name: copy(value) if isinstance(value, _CONTAINERS) else value for name, value in vars(state).items()}

    def restore_attributes() -> None:
        changes = getattr(state, "version", None)
        vars(state).update(attributes)
        if changes != attributes.get("version"):
            # Data derived from the texts are cached by their version, which therefore never occurs again.
            state.version = changes + 1

    return restore_attributes


def _keep_logging() -> Callable[[], None]:
    """Return a function that restores the levels and handlers of all loggers, and structlog's configuration."""
    levels = {name: logger.level for name, logger in _loggers()}
    handlers, level = [*logging.root.handlers], logging.root.level
    is_configured, configuration = structlog.is_configured(), structlog.get_config()

    def restore() -> None:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
        for name, logger in _loggers():
            if logger.level != (before := levels.get(name, logging.NOTSET)):
                logger.setLevel(before)
        structlog.contextvars.clear_contextvars()
        if is_configured:
            structlog.configure(**configuration)
        elif structlog.is_configured():
            structlog.reset_defaults()

    return restore


def _loggers() -> Iterator[tuple[str, logging.Logger]]:
    for name, logger in [*logging.root.manager.loggerDict.items()]:
        if isinstance(logger, logging.Logger):
            yield name, logger
