"""Passwords and keys of a new installation, as files that its containers read."""

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from subscriptions.bootstrap.sealed_settings import new_key
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.database.address import parse_url

OWNER: Final = "postgres"
"""Name of the folder that only the database server's container can read. It contains the password of the tables' owner.
"""
LOGINS: Final = ("web", "worker", "bot", "userbot", "console")
KEY: Final = "settings.key"
_DATABASE: Final = "postgres:5432/umbral"
_READABLE: Final = 0o444
"""Mode of a file that other users of the system may read, because the database server runs as another user. The file's
folder is mounted only in the database server's container.
"""
_OURS: Final = 0o400


def make_secrets(folder: Path, environ: Mapping[str, str]) -> Sequence[str]:
    """Write the passwords and keys that are missing in a folder. Return the files that were written.

    Each container has its own folder: `postgres` (the password of the tables' owner), `migrate` (all database
    addresses), `web`, `worker`, `bot` and `userbot` (the address of the process's own login), and `settings` (the key
    of the settings that are entered in the browser). A password in the environment takes precedence: POSTGRES_PASSWORD,
    and WEB_DATABASE_PASSWORD and so on. An existing key is never replaced. Raises InvalidInput("FOLDER").
    """
    try:
        return _Maker(folder, environ).make()
    except OSError as error:
        raise InvalidInput("FOLDER", f"{folder}: {error.strerror}") from error


class _Maker:
    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder, self._environ = folder, environ
        self._written: list[str] = []

    def make(self) -> Sequence[str]:
        owner = self._password(OWNER, "POSTGRES_PASSWORD")
        self._write(OWNER, "password", owner, _READABLE)
        urls = {"DATABASE_URL": _url("umbral", owner)}
        for login in LOGINS:
            password = self._password(login, f"{login.upper()}_DATABASE_PASSWORD")
            urls[f"{login.upper()}_DATABASE_URL"] = _url(f"umbral_{login}", password)
        for name, url in urls.items():
            self._write("migrate", name, url)
        for login in LOGINS[:-1]:
            self._write(login, "DATABASE_URL", urls[f"{login.upper()}_DATABASE_URL"])
        self._write("web", "CONSOLE_DATABASE_URL", urls["CONSOLE_DATABASE_URL"])
        if not (self._folder / "settings" / KEY).exists():
            self._write("settings", KEY, new_key())
        return self._written

    def _password(self, login: str, name: str) -> str:
        given = self._environ.get(name, "").strip()
        if given:
            return given
        address = "DATABASE_URL" if login == OWNER else f"{login.upper()}_DATABASE_URL"
        with suppress(FileNotFoundError):
            return _password_in((self._folder / "migrate" / address).read_text(encoding="utf-8"))
        return secrets.token_urlsafe(32)

    def _write(self, part: str, name: str, value: str, mode: int = _OURS) -> None:
        """Write a file atomically, so that an interruption leaves either the old or the new content."""
        file = self._folder / part / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if file.read_text(encoding="utf-8") == f"{value}\n":
                return
        fresh = file.with_name(f".{name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            opened.write(f"{value}\n")
            os.fchmod(opened.fileno(), mode)
        fresh.replace(file)
        self._written.append(f"{part}/{name}")


def _url(login: str, password: str) -> str:
    return f"postgresql://{login}:{quote(password, safe='')}@{_DATABASE}"


def _password_in(url: str) -> str:
    return str(parse_url(url.strip()).password)
