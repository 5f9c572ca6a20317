"""Check that problems of gateway settings are described in each language of the setup wizard."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from subscriptions.bootstrap.words import LANGUAGES
from subscriptions.domain.entities.spoken import Spoken
from subscriptions.infrastructure import environment, payments
from subscriptions.infrastructure.database import errors
from subscriptions.infrastructure.providers import address

MODULES = [
    environment,
    errors,
    address,
    *(
        import_module(f"{payments.__name__}.{path.parent.name}.settings")
        for path in sorted(Path(payments.__path__[0]).glob("*/settings.py"))
    ),
]


def phrases(module: ModuleType) -> Iterator[Spoken]:
    for value in vars(module).values():
        for each in value.values() if isinstance(value, dict) else [value]:
            if isinstance(each, Spoken):
                yield each


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_each_settings_problem_is_translated_to_every_language_of_the_setup_wizard(module: ModuleType) -> None:
    found = list(phrases(module))
    assert found
    assert [str(each) for each in found if {"en", *each.others} != {*LANGUAGES}] == []
