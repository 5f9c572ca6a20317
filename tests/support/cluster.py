"""A database cluster with all tables, created once and then copied, because creating one takes two seconds of processor
time.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock

from subscriptions.bootstrap import migrate
from tests.support.postgres import QUICK, Server, in_own_thread
from umbral.demo.postgres import EmbeddedPostgres
from umbral.demo.postgres_home import find_home

# Commits of a process killed with SIGKILL survive without being written to disk.
_LASTING = {name: value for name, value in QUICK.items() if name not in {"synchronous_commit", "max_connections"}}
_OF_ONE_RUN = shutil.ignore_patterns("lock", "port", "server.log", "postmaster.*")


def furnish(folder: Path, store: Path) -> None:
    """Copy the cluster in `store` to `folder`, where an EmbeddedPostgres will run. The first call creates the cluster.

    If the server cannot run as the current user, an empty folder is copied, and the server creates its own cluster.
    """
    with FileLock(store.with_suffix(".lock")):
        if not store.exists():
            made = store.with_suffix(".new")
            made.mkdir()
            home = find_home(made)
            if (home.folder, home.uid) == (made, os.geteuid()):
                _make(made)
            made.rename(store)
    shutil.copytree(store, folder, ignore=_OF_ONE_RUN)


def _make(folder: Path) -> None:
    with EmbeddedPostgres(folder, QUICK) as postgres:
        in_own_thread(lambda: migrate.upgrade(postgres.url))
        # Verify the password in 1 SCRAM round instead of 4096, see `postgres.py`.
        password = urlsplit(postgres.url).password
        Server(postgres.url).execute(f"SET scram_iterations = 1; ALTER ROLE CURRENT_USER PASSWORD '{password}'")
    with (folder / "data" / "postgresql.auto.conf").open("a") as settings:
        settings.writelines(f"{name} = {value}\n" for name, value in _LASTING.items())
