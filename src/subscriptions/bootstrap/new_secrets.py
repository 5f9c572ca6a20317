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
from subscriptions.infrastructure.settings_vault import KEY_FILE, READERS, process_key_file

OWNER: Final = "postgres"
"""Name of the folder that only the database server's container can read. It contains the password of the tables' owner.
"""
SUPERUSER: Final = "superuser"
"""Name of the file with the password of the database server's superuser, which no process of Umbral uses."""
LOGINS: Final = ("web", "worker", "bot", "userbot", "console")
KEY: Final = "settings.key"
_DATABASE: Final = "postgres:5432/umbral"
_READABLE: Final = 0o444
"""Mode of a file that other users of the system may read, because the database server runs as another user. The file's
folder is mounted only in the database server's container.
"""
_OURS: Final = 0o400
_CREATE_OWNER: Final = """\
CREATE ROLE umbral LOGIN CREATEROLE PASSWORD '{password}';
ALTER DATABASE umbral OWNER TO umbral;"""
"""Statements that the database server's image runs once, when its volume is new."""


def make_secrets(folder: Path, environ: Mapping[str, str]) -> Sequence[str]:
    """Write the passwords and keys that are missing in a folder. Return the files that were written.

    Each container has its own folder: `postgres` (the password of the server's superuser, and the statements that
    create the tables' owner, who is no superuser), `migrate` (all database addresses), `web`, `worker`, `bot` and
    `userbot` (the address of the process's own login, and the key of the settings that the process reads), and
    `settings` (the master key of the settings that are entered in the browser). A password in the environment takes
    precedence: POSTGRES_PASSWORD, and WEB_DATABASE_PASSWORD and so on. An existing master key is never replaced. Raises
    InvalidInput("FOLDER"), and InvalidInput("SETTINGS_KEY_FILE") if the master key is invalid.
    """
    try:
        return _Maker(folder, environ).make()
    except OSError as error:
        raise InvalidInput("FOLDER", f"{folder}: {error.strerror}") from error


def write_master_key(file: Path, key: str) -> None:
    """Replace the master key of the settings that are entered in the browser by the copy of an earlier key. Raises
    InvalidInput("SETTINGS_KEY_FILE") if the copy is no key, or if the file cannot be written.
    """
    process_key_file(key, READERS[0])
    try:
        if not file.exists() or file.read_text(encoding="ascii").strip() != key:
            _write(file, key, _OURS)
    except OSError as error:
        raise InvalidInput(KEY_FILE, f"{file} cannot be written: {error.strerror}") from error


class _Maker:
    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder, self._environ = folder, environ
        self._written: list[str] = []

    def make(self) -> Sequence[str]:
        owner = self._password(OWNER, "POSTGRES_PASSWORD")
        if not (self._folder / OWNER / SUPERUSER).exists():
            self._write(OWNER, SUPERUSER, secrets.token_urlsafe(32), _READABLE)
        self._write(OWNER, "owner.sql", _CREATE_OWNER.format(password=owner.replace("'", "''")), _READABLE)
        urls = {"DATABASE_URL": _url("umbral", owner)}
        for login in LOGINS:
            password = self._password(login, f"{login.upper()}_DATABASE_PASSWORD")
            urls[f"{login.upper()}_DATABASE_URL"] = _url(f"umbral_{login}", password)
        for name, url in urls.items():
            self._write("migrate", name, url)
        for login in LOGINS[:-1]:
            self._write(login, "DATABASE_URL", urls[f"{login.upper()}_DATABASE_URL"])
        self._write("web", "CONSOLE_DATABASE_URL", urls["CONSOLE_DATABASE_URL"])
        master = self._folder / "settings" / KEY
        if not master.exists():
            self._write("settings", KEY, new_key())
        for process in READERS:
            self._write(process, KEY, process_key_file(master.read_text(encoding="ascii").strip(), process))
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
        file = self._folder / part / name
        with suppress(FileNotFoundError):
            if file.read_text(encoding="utf-8") == f"{value}\n":
                return
        _write(file, value, mode)
        self._written.append(f"{part}/{name}")


def _write(file: Path, value: str, mode: int) -> None:
    """Write a file atomically, so that an interruption leaves either the old or the new content."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(f"{value}\n")
        os.fchmod(opened.fileno(), mode)
    fresh.replace(file)


def _url(login: str, password: str) -> str:
    return f"postgresql://{login}:{quote(password, safe='')}@{_DATABASE}"


def _password_in(url: str) -> str:
    return str(parse_url(url.strip()).password)
