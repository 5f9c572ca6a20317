"""Fixtures with the parsed deployment files: Dockerfile and compose files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from subscriptions.bootstrap.connection_budget import Budget, budget

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "docker-compose.yml"
SANDBOX = ROOT / "deploy" / "compose.sandbox.yml"
POSTGRESQLS_RESERVE = 3
"""Default of PostgreSQL's setting `superuser_reserved_connections`: connections reserved for the administrator of the
database.
"""


class _Loader(yaml.SafeLoader):
    """Loader that parses Compose's `!reset` as None."""


_Loader.add_constructor("!reset", lambda loader, node: None)


def read(path: Path) -> dict[str, Any]:
    """Return a compose file's content without the keys that it resets."""
    content: dict[str, Any] = _Loader(path.read_text()).get_single_data()
    for service in content["services"].values():
        for name in [name for name, value in service.items() if value is None]:
            del service[name]
    return content


def reset_keys(path: Path) -> set[tuple[str, str]]:
    """Return service and key of each `!reset` in a compose file."""
    services = _Loader(path.read_text()).get_single_data()["services"]
    return {(name, key) for name, service in services.items() for key, value in service.items() if value is None}


def together(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return the merged services of two files, merged as by Compose as far as needed for these files."""
    names = [*base["services"], *(name for name in over["services"] if name not in base["services"])]
    return {name: {**base["services"].get(name, {}), **over["services"].get(name, {})} for name in names}


def opened_connections(replicas: Mapping[str, int]) -> Budget:
    """Return the connections that the processes open with default settings, as `umbral doctor` adds them up."""
    key = "0123456789abcdef" * 2
    environ = {
        "DATABASE_URL": "postgresql://umbral:a@postgres/umbral",
        "CONSOLE_DATABASE_URL": "postgresql://umbral_console:a@postgres/umbral",
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 30,
        "TELEGRAM_API_ID": "1",
        "TELEGRAM_API_HASH": key,
        "SESSION_KEY": key,
    }
    opened = budget(environ, replicas)
    assert {share.name for share in opened.shares} >= {"web", "worker", "bot", "userbot", "console", "commands"}
    return opened


@dataclass(frozen=True)
class Stage:
    """Stage of the Dockerfile: its name, its base and its instructions."""

    name: str
    base: str
    lines: tuple[tuple[str, str], ...]

    def all(self, instruction: str) -> list[str]:
        """Return the arguments of every such instruction, in order."""
        return [rest for word, rest in self.lines if word == instruction]


@pytest.fixture(scope="session")
def stages() -> dict[str, Stage]:
    """Return the stages of the Dockerfile by name."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    found: dict[str, Stage] = {}
    for part in re.split(r"^(?=FROM )", text, flags=re.MULTILINE)[1:]:
        first, *rest = [line for line in part.splitlines() if line.strip() and not line.startswith("#")]
        _, base, _, name = first.split()
        lines = tuple((word, " ".join(args.split())) for word, _, args in (line.partition(" ") for line in rest))
        found[name] = Stage(name, base, lines)
    return found


@pytest.fixture(scope="session")
def services() -> dict[str, Any]:
    """Return the services of docker-compose.yml."""
    found: dict[str, Any] = read(COMPOSE)["services"]
    return found


@pytest.fixture(scope="session")
def sandboxed() -> dict[str, Any]:
    """Return the services of docker-compose.yml, merged with those of the sandbox's compose file."""
    return together(read(COMPOSE), read(SANDBOX))
