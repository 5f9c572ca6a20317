"""Order in which `make upgrade` calls Compose. `make containers-test` runs the upgrade with real containers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.deploy.conftest import ROOT

COMPOSE = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
    *"config --services") printf '%s\\n' postgres migrate web worker bot userbot $MORE_SERVICES ;;
    *"ps -q worker") printf 'one\\ntwo\\n' ;;
    *"ps -q $STOPPED") ;;
    *"ps -q "*) echo one ;;
    *"ps -aq "*) echo "of-$4" ;;
    *"config --images") echo "$IMAGES" ;;
    "inspect -f {{.Image}} of-"*) echo "sha256:old-${4#of-}" ;;
    "inspect -f {{.Image}} "*) echo "$RUNNING" ;;
    "inspect -f {{.Config.Image}} of-"*) echo "$PREFIX${4#of-}$TAG" ;;
    "inspect -f {{.Config.Image}} "*) echo "${PREFIX}any$TAG" ;;
    "inspect -f {{index .Config.Labels "*) echo 1.4.0 ;;
    "image inspect -f {{.Id}} "*) [ -n "$KEPT" ] || exit 1; echo "$KEPT" ;;
esac
case "$*" in *"$BROKEN"*) echo "what went wrong" >&2; exit 7 ;; esac
"""
PROCESSES = ("web", "worker", "bot", "userbot")


def upgrade(
    folder: Path, *, broken: str = "nothing", more_services: str = "", stopped: str = "-", **images: str
) -> tuple[int, list[str], str]:
    """Run `scripts/upgrade`, as `make upgrade` does, with a script in place of Docker. Return the status, the calls
    that change something, and the output. images: what the script answers about images.
    """
    (folder / "docker").write_text(COMPOSE)
    (folder / "docker").chmod(0o755)
    calls = folder / "calls"
    calls.unlink(missing_ok=True)
    environ = {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "CALLS": str(calls),
        "BROKEN": broken,
        "MORE_SERVICES": more_services,
        "STOPPED": stopped,
        "PREFIX": "umbral-",
        "TAG": ":latest",
        "IMAGES": "",
        "RUNNING": "sha256:running",
        "KEPT": "",
        **images,
    }
    environ.pop("COMPOSE", None)
    ran = subprocess.run(
        [ROOT / "scripts" / "upgrade"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    changing = [each for each in calls.read_text().splitlines() if {"run", "up", "stop", "down"} & set(each.split())]
    return ran.returncode, changing, ran.stdout + ran.stderr


def tags(folder: Path) -> list[str]:
    """Return the images that the last upgrade tagged, with their new names."""
    return [
        each.removeprefix("tag ") for each in (folder / "calls").read_text().splitlines() if each.startswith("tag ")
    ]


KEPT = [f"sha256:old-{service} umbral-{service}:previous" for service in ("migrate", *PROCESSES)]


def test_images_of_the_running_version_get_a_name_that_no_build_overwrites(tmp_path: Path) -> None:
    status, _, said = upgrade(tmp_path)

    assert status == 0, said
    assert tags(tmp_path) == [*KEPT, "umbral-migrate:latest umbral-migrate:current"]
    calls = (tmp_path / "calls").read_text()
    assert calls.index(f"tag {KEPT[-1]}") < calls.index("run --rm --no-deps migrate")
    back = "UMBRAL_VERSION=previous docker compose up -d --no-deps --wait web worker bot userbot"
    assert f"To go back: {back}\n" in said


def test_failed_migration_keeps_the_images_of_the_running_version(tmp_path: Path) -> None:
    assert upgrade(tmp_path, broken="run --rm --no-deps migrate")[0] == 1
    assert tags(tmp_path) == KEPT


def test_unfinished_upgrade_keeps_the_images_of_the_version_before_it(tmp_path: Path) -> None:
    status, _, said = upgrade(tmp_path, KEPT="sha256:running", broken="--wait-timeout 180 bot")

    assert status == 3
    assert tags(tmp_path) == []
    assert "UMBRAL_VERSION=previous docker compose up -d --no-deps --wait web worker bot" in said


def test_way_back_from_a_release_names_its_version(tmp_path: Path) -> None:
    status, _, said = upgrade(tmp_path, PREFIX="registry.example.com/umbral-", TAG=":1.4.0@sha256:abc")

    assert status == 0, said
    assert tags(tmp_path) == []
    assert "UMBRAL_VERSION=1.4.0 docker compose up -d --no-deps --wait web worker bot userbot" in said


def test_upgrade_of_the_version_before_is_refused(tmp_path: Path) -> None:
    status, calls, said = upgrade(tmp_path, IMAGES="umbral-web:previous")

    assert (status, calls, tags(tmp_path)) == (2, [], [])
    assert "Take it out of .env" in said


def service_of(call: str) -> str:
    assert call.startswith("compose up -d --no-deps --wait ")
    return call.rsplit(maxsplit=1)[-1]


def test_upgrade_migrates_then_replaces_services_in_turn(tmp_path: Path) -> None:
    status, calls, said = upgrade(tmp_path)

    assert status == 0, said
    # With the services that it depends on, Compose would replace the database too.
    assert calls[0] == "compose run --rm --no-deps migrate"
    assert tuple(service_of(call) for call in calls[1:]) == PROCESSES


def test_upgrade_with_a_failing_migration_replaces_nothing(tmp_path: Path) -> None:
    status, calls, said = upgrade(tmp_path, broken="run --rm --no-deps migrate")

    assert status == 1
    assert calls == ["compose run --rm --no-deps migrate"]
    assert "what went wrong" in said
    assert "nothing was replaced" in said
    assert "run this again" in said


def test_upgrade_starts_a_stopped_database(tmp_path: Path) -> None:
    status, calls, said = upgrade(tmp_path, stopped="postgres")

    assert status == 0, said
    assert calls[0] == "compose run --rm migrate"


def test_upgrade_stops_at_an_unhealthy_service(tmp_path: Path) -> None:
    status, calls, said = upgrade(tmp_path, broken="--no-deps --wait --wait-timeout 180 bot")

    assert status == 3
    assert [service_of(call) for call in calls[1:]] == ["web", "worker", "bot"]
    assert "bot is new and not healthy; new before it: web worker" in said
    assert "logs --tail 50 bot" in said


def test_upgrade_changes_nothing_if_compose_cannot_read_its_files(tmp_path: Path) -> None:
    status, calls, said = upgrade(tmp_path, broken="config --services")

    assert (status, calls) == (2, [])
    assert "nothing was changed" in said


def test_upgrade_preserves_the_number_of_replicas(tmp_path: Path) -> None:
    _, calls, _ = upgrade(tmp_path)

    assert [each.split("--scale ")[1].split()[0] for each in calls if "--scale" in each] == ["worker=2"]


@pytest.mark.parametrize(("more_services", "replaced"), [("caddy", (*PROCESSES, "caddy")), ("prometheus", PROCESSES)])
def test_upgrade_replaces_the_running_proxy(tmp_path: Path, more_services: str, replaced: tuple[str, ...]) -> None:
    _, calls, _ = upgrade(tmp_path, more_services=more_services)

    assert tuple(service_of(call) for call in calls[1:]) == replaced
