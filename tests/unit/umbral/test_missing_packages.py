"""Check that a missing package is reported with an existing extra that installs it, wherever a command needs it."""

from __future__ import annotations

import importlib
from importlib.metadata import distribution
from typing import Any

import pytest

from umbral.cli import commands, main
from umbral.cli.commands import DISTRIBUTION, extra_of


@pytest.mark.parametrize(
    ("package", "command", "extra"),
    [
        ("pydyf", "init", "worker"),
        ("pydyf", "web", "web"),
        ("aiogram", "resources", "bot"),
        ("telethon", "accounts", "userbot"),
        ("obstore", "backup", "backup"),
        ("PIL", "leak", "marks"),
        ("opentelemetry", "worker", "tracing"),
        ("cryptography", "init", None),
        ("nobodys", "init", None),
    ],
)
def test_extra_that_installs_a_missing_package_for_a_command_is_found(
    package: str, command: str, extra: str | None
) -> None:
    assert extra_of(package, command) == extra
    assert extra is None or extra in (distribution(DISTRIBUTION).metadata.get_all("Provides-Extra") or ())


@pytest.mark.parametrize("is_loading", [True, False], ids=["while it loads", "while it works"])
def test_command_without_its_package_names_the_extra_to_install(
    is_loading: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise ModuleNotFoundError("No module named 'pydyf'", name="pydyf")

    if is_loading:
        monkeypatch.setattr(commands, "load", missing)
    else:
        monkeypatch.setattr(importlib.import_module("umbral.cli.health"), "os", _Missing(missing))
    assert main(["health"]) == 1
    sentence = "umbral health: pydyf is not installed: pip install 'umbral-access[worker]'\n"
    assert capsys.readouterr().err == sentence


class _Missing:
    """Fake module that raises an error when any of its attributes is used."""

    def __init__(self, raise_it: Any) -> None:
        self._raise = raise_it

    def __getattr__(self, name: str) -> Any:
        return self._raise()
