"""An empty value is no value: Compose passes each setting that `.env` lacks as an empty one."""

from __future__ import annotations

import pytest

from subscriptions.bootstrap.new_settings import setting_names
from subscriptions.bootstrap.processes import PROCESSES
from subscriptions.bootstrap.sealed_settings import sealable, with_environment
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory


def read(kind: type[CoreSettings], environ: dict[str, str]) -> object:
    """Return the settings of a process, or the problems with them."""
    try:
        return load(kind, environ)
    except SettingsError as error:
        return dict(error.problems)


@pytest.mark.parametrize("process", PROCESSES)
def test_empty_settings_of_a_process_count_as_missing(process: str) -> None:
    given = {"DATABASE_URL": "postgresql://u:p@h/d"}
    kind = PROCESSES[process]
    assert read(kind, {**dict.fromkeys(kind.names(), ""), **given}) == read(kind, given)


def test_empty_settings_of_providers_count_as_missing() -> None:
    gateways = GatewayFactory(dict.fromkeys(setting_names(), ""), SystemClock())
    assert (gateways.enabled_names(), dict(gateways.problems())) == ((), {})


def test_empty_settings_do_not_override_settings_entered_in_the_browser() -> None:
    stored = {name: f"entered {name}" for name in sealable()}
    whole = with_environment(dict.fromkeys(setting_names(), ""), stored)
    assert {name: whole[name] for name in stored} == stored
