"""Folder of a demo: secrets, ports, data, logs, and the pids of its processes."""

from __future__ import annotations

import json
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Final

from subscriptions.bootstrap.backup_clock import new_backup_key
from umbral.demo.loopback import free_port
from umbral.demo.postgres import EmbeddedPostgres


@dataclass(frozen=True)
class Folder:
    """Paths in the data folder of one demo."""

    root: Path

    @property
    def lock(self) -> Path:
        """Return the lock file, which the supervisor holds."""
        return self.root / "lock"

    @property
    def env_file(self) -> Path:
        """Return the file with all settings of the demo."""
        return self.root / "demo.env"

    @property
    def participants(self) -> Path:
        """Return the file with the participants of the sandbox's world."""
        return self.root / "participants.json"

    @property
    def postgres(self) -> Path:
        """Return the folder of the database cluster."""
        return self.root / "postgres"

    @property
    def sandbox(self) -> Path:
        """Return the folder of the sandbox's world."""
        return self.root / "sandbox"

    @property
    def prepared(self) -> Path:
        """Return the file that exists once the database is prepared."""
        return self.postgres / "prepared"

    @property
    def pids(self) -> Path:
        """Return the file with the pids of the current or the last run."""
        return self.root / "run" / "pids.json"

    @property
    def ready(self) -> Path:
        """Return the path of the folder's own copy of the ready file, which is written once the whole demo is ready."""
        return self.root / "run" / "ready.json"

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.root / "log" / f"{name}.log"

    def ready_file(self, name: str) -> Path:
        """Return the file that a process creates when it is ready."""
        return self.root / "run" / f"{name}.ready"

    def make(self) -> None:
        """Create the folders, accessible to their owner only: they hold secrets."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for inside in ("log", "run", "sandbox"):
            (self.root / inside).mkdir(mode=0o700, exist_ok=True)

    def erase(self) -> None:
        """Delete the demo's data, but no other files in the folder; the lock remains."""
        EmbeddedPostgres(self.postgres).erase()
        for name in ("sandbox", "run", "log"):
            rmtree(self.root / name, ignore_errors=True)
        for path in (self.env_file, self.participants, self.root / "secrets.json"):
            path.unlink(missing_ok=True)

    def secrets(self) -> dict[str, str]:
        """Return the secrets of this folder, each created at the first start that needs it."""
        path = self.root / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        found = _new_secrets() | known
        if found != known:
            write_json(path, found)
        return found

    def seed(self, wanted: int | None) -> int:
        """Return the seed of the world: the requested seed, else the seed of the last run, else a new one."""
        path = self.root / "run" / "seed"
        if wanted is None:
            wanted = int(path.read_text()) if path.exists() else secrets.randbelow(1 << 48)
        path.write_text(str(wanted))
        return wanted

    def ports(self, **wanted: int) -> dict[str, int]:
        """Return a port for each name: the requested port (0: any), else the port of the last run if it is free, else a
        new one.
        """
        path = self.root / "run" / "ports.json"
        before: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        chosen: dict[str, int] = {}
        for name, port in wanted.items():
            chosen[name] = port or free_port(before.get(name, 0), chosen.values())
        write_json(path, chosen)
        return chosen


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a file atomically, readable by its owner only, so that a waiting process never reads an incomplete file."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    part.replace(path)


_LOGINS: Final = ("BOT", "CONSOLE", "USERBOT", "WEB", "WORKER")


def _new_secrets() -> dict[str, str]:
    passwords = {f"{name}_DATABASE_PASSWORD": secrets.token_urlsafe(24) for name in _LOGINS}
    return {
        "BACKUP_KEY": new_backup_key(),
        **passwords,
        "PICKS_API_KEY": secrets.token_urlsafe(24),
        "PICK_MARK_KEY": secrets.token_urlsafe(24),
        "SESSION_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "WEBHOOK_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "TELEGRAM_API_HASH": secrets.token_hex(16),
        "TELEGRAM_API_ID": str(secrets.randbelow(9_000_000) + 1_000_000),
    }
