"""Check that traces are off until the collector's address is set, and then require the exporter package."""

from __future__ import annotations

import sys
from contextlib import nullcontext

import pytest

from subscriptions.bootstrap.process import record_spans
from subscriptions.bootstrap.settings import load
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError
from subscriptions.domain.errors import InvalidInput

WHERE = "OTEL_EXPORTER_OTLP_ENDPOINT"
HAS = {"DATABASE_URL": "postgresql://u:p@127.0.0.1/x"}


def test_tracing_without_an_address_records_and_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry.sdk")]:
        monkeypatch.delitem(sys.modules, name)
    assert isinstance(record_spans("web", load(CoreSettings, HAS)), nullcontext)
    assert "opentelemetry.sdk" not in sys.modules


def test_error_about_a_missing_tracing_package_names_the_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "subscriptions.infrastructure.tracing", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(InvalidInput, match=r"umbral-access\[tracing\]"):
        record_spans("web", load(CoreSettings, HAS | {WHERE: "http://127.0.0.1:4318"}))


def test_invalid_trace_address_is_refused() -> None:
    with pytest.raises(SettingsError, match=WHERE):
        load(CoreSettings, HAS | {WHERE: "collector:4318"})
