"""Check the compose files against their specification and for the guarantees about every container, such as its
settings and ports.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from subscriptions.bootstrap.doctor import report_of_names
from subscriptions.bootstrap.new_secrets import make_secrets
from subscriptions.bootstrap.sealed_settings import KEY_FILE
from subscriptions.bootstrap.settings.operator import MigrationSettings
from subscriptions.bootstrap.settings_read import by_process
from subscriptions.infrastructure.database.address import parse_url
from subscriptions.infrastructure.settings_vault import SettingsVault
from tests.support.removed import settings_of_removed
from tests.unit.deploy.conftest import (
    COMPOSE,
    POSTGRESQLS_RESERVE,
    ROOT,
    SANDBOX,
    Stage,
    opened_connections,
    read,
    reset_keys,
)

CHECK = Path(sys.executable).with_name("check-jsonschema")
PROCESSES = ("web", "worker", "bot", "userbot")
SERVICES = ("secrets", "postgres", "migrate", *PROCESSES, "operator", "caddy")
OF_THE_SANDBOX = ("sandbox", "scene", "stock")
EVERYWHERE = [("services", name) for name in SERVICES] + [("sandboxed", name) for name in (*SERVICES, *OF_THE_SANDBOX)]


@pytest.fixture
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return a service of docker-compose.yml, or of that file merged with the sandbox's."""
    whole, name = request.param
    found: dict[str, Any] = request.getfixturevalue(whole)[name]
    return found


everywhere = pytest.mark.parametrize("service", EVERYWHERE, indirect=True, ids=["-".join(each) for each in EVERYWHERE])


def against_the_specification(content: dict[str, Any], scratch: Path) -> subprocess.CompletedProcess[str]:
    file = scratch / "compose.json"
    file.write_text(json.dumps(content))
    command = [CHECK, "--builtin-schema", "vendor.compose-spec", file]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", [COMPOSE, SANDBOX], ids=lambda path: path.name)
def test_compose_file_conforms_to_the_specification(path: Path, tmp_path: Path) -> None:
    ran = against_the_specification(read(path), tmp_path)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_unknown_key_is_rejected_by_the_specification(tmp_path: Path) -> None:
    content = read(COMPOSE)
    content["services"]["web"]["read_onyl"] = True

    assert "read_onyl" in against_the_specification(content, tmp_path).stdout


def test_tests_cover_all_services_of_the_compose_files(services: dict[str, Any], sandboxed: dict[str, Any]) -> None:
    assert set(services) == set(SERVICES)
    assert set(sandboxed) == {*SERVICES, *OF_THE_SANDBOX}


@everywhere
def test_service_runs_with_least_privileges(service: dict[str, Any]) -> None:
    user, _, group = service["user"].partition(":")

    assert int(user) > 0 < int(group)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    # Caddy's program carries this capability, and does not start without it, whatever its port
    # (caddyserver/caddy-docker, issue 396).
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if "caddy" in service.get("image", "") else [])
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(":size=" in path for path in service["tmpfs"])


@everywhere
def test_service_has_resource_limits(service: dict[str, Any]) -> None:
    limits = service["deploy"]["resources"]["limits"]

    assert float(limits["cpus"]) > 0
    assert re.fullmatch(r"\d+[mg]", limits["memory"])
    assert limits["pids"] > 0


@everywhere
def test_long_running_service_has_a_healthcheck_and_restarts(service: dict[str, Any]) -> None:
    if service["restart"] == "no":
        assert "healthcheck" not in service
        return
    check = service["healthcheck"]
    assert service["restart"] == "unless-stopped"
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)


def test_processes_wait_for_the_database_and_its_migrations(services: dict[str, Any]) -> None:
    for name in PROCESSES:
        assert services[name]["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["restart"] == "no"


def test_each_service_builds_its_own_target(services: dict[str, Any], sandboxed: dict[str, Any]) -> None:
    for name in ("migrate", *PROCESSES):
        assert services[name]["build"]["target"] == name
        assert services[name]["image"].startswith(f"umbral-{name}:")
    assert sandboxed["sandbox"]["build"]["target"] == "sandbox"


def test_processes_have_twenty_seconds_to_stop(services: dict[str, Any]) -> None:
    assert all(int(services[name]["stop_grace_period"].removesuffix("s")) >= 20 for name in PROCESSES)


def test_only_the_optional_caddy_service_publishes_ports_to_other_machines(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    # Caddy is started only on request.
    assert services["caddy"]["profiles"] == ["tls"]
    assert published.pop("caddy") == ["${HTTP_PUBLISH:-80}:8080", "${HTTPS_PUBLISH:-443}:8443"]
    assert published == {"web": ["${WEB_PUBLISH:-127.0.0.1:8000}:8000", "${OPS_PUBLISH:-127.0.0.1:8001}:8001"]}


def test_caddy_proxies_only_customer_pages() -> None:
    said = read(COMPOSE)["services"]["caddy"]["environment"]["CADDYFILE"]

    assert re.findall(r"reverse_proxy (\S+)", said) == ["web:8000"]
    assert "{$$WEB_BASE_URL} {" in said, "Compose would put the address in where it is not asked for"
    assert "admin off" in said


@pytest.mark.parametrize("path", [COMPOSE, SANDBOX, ROOT / "deploy" / "compose.watch.yml"], ids=lambda path: path.name)
def test_compose_writes_no_file_into_a_container(path: Path) -> None:
    """Compose copies such a file into the container, which fails if the root file system is read-only."""
    content = read(path)
    for kind in ("configs", "secrets"):
        written = {name for name, each in content.get(kind, {}).items() if not {"file", "external"} & set(each)}
        assert written == set(), kind


def names_of(service: dict[str, Any]) -> set[str]:
    """Return the settings that a container receives, as values or in files."""
    files = {name for name, value in service["environment"].items() if str(value or "").startswith("/keys/")}
    return {name if name == KEY_FILE else name.removesuffix("_FILE") for name in files} | (
        set(service["environment"]) - files
    )


def mounts(service: dict[str, Any]) -> set[str]:
    """Return the volumes with passwords and keys mounted in a container."""
    return {each.partition(":")[0] for each in service.get("volumes", ()) if each.startswith("keys_")}


@pytest.mark.parametrize("name", PROCESSES)
def test_container_gets_exactly_the_settings_of_its_process(services: dict[str, Any], name: str) -> None:
    """A new setting needs its line in docker-compose.yml: among the settings of all processes, of the selling
    processes, or of one process.
    """
    reads = by_process()[name] - {f"{name.upper()}_DATABASE_URL"}

    assert names_of(services[name]) == reads | settings_of_removed(names_of(services[name]))
    assert "env_file" not in services[name]


def test_migrator_gets_only_the_database_settings(services: dict[str, Any]) -> None:
    reads = set(MigrationSettings.names()) - {"DATABASE_MIGRATION_URL"}
    assert names_of(services["migrate"]) == reads | {KEY_FILE}
    assert "env_file" not in services["migrate"]


def test_each_container_sees_only_its_own_passwords(services: dict[str, Any]) -> None:
    assert {name: mounts(services[name]) for name in (*PROCESSES, "postgres", "migrate", "operator", "caddy")} == {
        **{name: {f"keys_{name}"} for name in PROCESSES},
        "postgres": {"keys_postgres"},
        "migrate": {"keys_migrate", "keys_settings"},
        "operator": {"keys_migrate", "keys_settings"},
        "caddy": set(),
    }
    writable = [
        (name, each)
        for name in services
        if name != "secrets"
        for each in services[name].get("volumes", ())
        if each.startswith("keys_") and "ro" not in each.split(":")[-1].split(",")
    ]
    assert writable == [("operator", "keys_settings:/keys/settings")], "`restore` puts the master key back"
    assert services["secrets"]["network_mode"] == "none"


def test_master_key_is_mounted_in_no_process(services: dict[str, Any], tmp_path: Path) -> None:
    make_secrets(tmp_path, {})
    master = SettingsVault(str(tmp_path / "settings" / "settings.key"))
    assert master.is_master
    for name in PROCESSES:
        assert "keys_settings" not in mounts(services[name])
        path = services[name]["environment"]["SETTINGS_KEY_FILE"]
        assert path == f"/keys/{name}/settings.key"
        vault = SettingsVault(str(tmp_path / path.removeprefix("/keys/")))
        assert not vault.is_master
        for other in PROCESSES:
            sealed = master.seal("BRAND_NAME", "Sol", {other})
            assert vault.open("BRAND_NAME", sealed) == ("Sol" if other == name else None)


def test_doctor_knows_every_name_that_the_compose_file_passes(services: dict[str, Any]) -> None:
    passed = {name for service in services.values() for name in service.get("environment", {})}
    in_file = set(re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", (COMPOSE.parent / ".env.example").read_text(), re.MULTILINE))
    used = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))

    assert {f"{name}_FILE" for name in ("DATABASE_URL", "WEB_DATABASE_URL", "CONSOLE_DATABASE_URL")} <= passed
    assert report_of_names(dict.fromkeys(passed | in_file | used, "x")) == []


def test_owner_of_the_tables_is_no_superuser(services: dict[str, Any], tmp_path: Path) -> None:
    make_secrets(tmp_path, {"POSTGRES_PASSWORD": "it's"})
    postgres = services["postgres"]
    assert (postgres["environment"]["POSTGRES_USER"], postgres["environment"]["POSTGRES_DB"]) == ("postgres", "umbral")
    assert "keys_postgres:/docker-entrypoint-initdb.d:ro,nocopy" in postgres["volumes"]
    made = (tmp_path / "postgres" / "owner.sql").read_text()
    assert "CREATE ROLE umbral LOGIN CREATEROLE PASSWORD 'it''s';" in made
    assert "SUPERUSER" not in made
    assert "umbral:it%27s@" in (tmp_path / "migrate" / "DATABASE_URL").read_text()
    assert (tmp_path / "postgres" / "superuser").read_text().strip() not in made


def test_key_volumes_are_owned_by_the_user_that_writes_the_keys(
    services: dict[str, Any], stages: dict[str, Stage]
) -> None:
    # A new volume is a copy of the image's folder at its mount point, with its owner: without one, it would be root's.
    uid, gid = services["secrets"]["user"].split(":")
    made = " ".join(stages["runtime"].all("RUN"))
    found = re.search(r'for each in ([a-z ]+); do install -d -o (\w+) -g (\w+) "/keys/\$each"', made)
    assert found is not None
    assert f"groupadd --gid {gid} {found[3]}" in made
    assert re.search(rf"useradd --uid {uid} [^&]* {found[2]}\b", made)
    written = [each.split(":")[1] for each in services["secrets"]["volumes"]]
    assert sorted(written) == sorted(f"/keys/{name}" for name in found[1].split())
    assert services["secrets"]["build"]["target"] == "migrate"
    assert stages["migrate"].base == "runtime"


def test_volumes_of_keys_are_no_copies_of_folders_of_other_images(services: dict[str, Any]) -> None:
    # Compose creates all containers before it starts the first one, so the volume is empty until then, and Docker would
    # copy the owner of the other image's folder.
    others = [service for service in services.values() if "build" not in service]
    mounted = [each for service in others for each in service["volumes"] if each.startswith("keys_")]
    assert mounted
    assert [each for each in mounted if "nocopy" not in each.split(":")[-1].split(",")] == []


def test_compose_secret_files_match_those_created_by_the_secrets_command(
    services: dict[str, Any], tmp_path: Path
) -> None:
    made = {f"/keys/{each}" for each in make_secrets(tmp_path, {})}
    named = {
        str(value)
        for service in services.values()
        for value in service.get("environment", {}).values()
        if str(value or "").startswith("/keys/")
    }
    # The image of PostgreSQL runs it when the volume is new.
    assert named | {"/keys/postgres/owner.sql"} == made
    volumes = {each.partition(":")[2] for each in services["secrets"]["volumes"]}
    assert {path.rpartition("/")[0] for path in made} == volumes
    assert services["secrets"]["command"] == ["secrets", "/keys"]
    for name in ("postgres", "migrate", *PROCESSES):
        assert services[name]["depends_on"]["postgres" if name != "postgres" else "secrets"]


def test_passwords_of_an_earlier_installation_are_passed_to_the_secrets_service(services: dict[str, Any]) -> None:
    given = {f"{name.upper()}_DATABASE_PASSWORD" for name in (*PROCESSES, "console")} | {"POSTGRES_PASSWORD"}
    assert set(services["secrets"]["environment"]) == given
    assert not re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()), "nothing has to be typed before the first start"


def test_doctor_gets_the_database_users_of_all_processes(services: dict[str, Any]) -> None:
    """Without the database users, the doctor would treat every process as the owner of the tables."""
    made = {name: path for name, path in services["migrate"]["environment"].items() if name.endswith("_URL_FILE")}
    blank = {name.removesuffix("_FILE"): "" for name in made}

    assert len(made) == len(PROCESSES) + 2
    assert services["operator"]["environment"] == made | blank | {KEY_FILE: "/keys/settings/settings.key"}


def test_postgresql_accepts_the_connections_of_all_containers(services: dict[str, Any]) -> None:
    """The rule also applies while each process has a second copy."""
    settings = dict(each.split("=", 1) for each in services["postgres"]["command"] if "=" in each)
    taken = re.fullmatch(r"\$\{POSTGRES_CONNECTIONS:-(\d+)\}", settings["max_connections"])
    assert taken is not None
    for replicas in ({}, dict.fromkeys(PROCESSES, 2)):
        opened = opened_connections(replicas)
        assert opened.fits(int(taken[1]) - POSTGRESQLS_RESERVE), f"{opened.total}: {opened.explanation()}"


def test_deployment_page_lists_the_published_ports(services: dict[str, Any]) -> None:
    """Operators need the ports to set up monitoring."""
    said = (ROOT / "docs" / "deploying.md").read_text().partition("## With Docker Compose\n")[2].partition("\n## ")[0]
    published = {path.rpartition(":")[2] for path in services["web"]["ports"]}

    assert all(f"port {port}" in said for port in published)


def test_documented_restore_command_runs_as_database_owner_before_any_migration(services: dict[str, Any]) -> None:
    """Migrations would fill the database, which must be empty, and would create the other database users."""
    said = (ROOT / "docs" / "backups.md").read_text()
    found = re.findall(r"docker compose run ([^`\n]*)\b(restore|backup --verify)\b", said)

    assert {command for _, command in found} == {"restore", "backup --verify"}
    for words, command in found:
        *options, name = words.split()
        own, migrators = (services[each]["environment"]["DATABASE_URL_FILE"] for each in (name, "migrate"))
        assert own == migrators
        assert command != "restore" or "--no-deps" in options


@pytest.mark.parametrize("page", ["docs/backups.md", "docs/es/backups.md"])
def test_every_login_that_checks_backups_may_make_databases(
    services: dict[str, Any], tmp_path: Path, page: str
) -> None:
    make_secrets(tmp_path, {})
    (line,) = re.findall(r"docker compose exec postgres psql .*CREATEDB.*", (ROOT / page).read_text("utf-8"))

    for name in ("worker", "operator"):
        file = services[name]["environment"]["DATABASE_URL_FILE"].removeprefix("/keys/")
        login = parse_url((tmp_path / file).read_text().strip()).username
        assert f"ALTER ROLE {login} CREATEDB" in line


def test_only_the_command_line_gets_the_whole_env_file_of_the_operator(services: dict[str, Any]) -> None:
    assert {name for name, service in services.items() if "env_file" in service} == {"operator"}
    assert services["operator"]["profiles"] == ["operator"]


@pytest.mark.parametrize("path", [COMPOSE, SANDBOX, ROOT / "Dockerfile"], ids=lambda path: path.name)
def test_compose_file_contains_no_secret(path: Path) -> None:
    settings = "\n".join(line.partition("#")[0] for line in path.read_text().splitlines())
    named = re.findall(r"(?:PASSWORD|SECRET|TOKEN|KEY|HASH): +(\S+)", settings)

    assert all(value.startswith("${") for value in named)
    assert not re.search(r"://\w+:(?!\$)", settings)
    assert not re.search(r"sk_live|sk_test|whsec_|\d{6,}:[A-Za-z0-9_-]{20,}", path.read_text())


def test_sandbox_has_no_network(sandboxed: dict[str, Any]) -> None:
    assert sandboxed["sandbox"]["network_mode"] == "none"
    # The service for TLS is not started in the sandbox.
    outside = {
        "sandbox",
        "secrets",
        *(name for name, service in sandboxed.items() if service.get("profiles") == ["tls"]),
    }
    beside = {name: service["network_mode"] for name, service in sandboxed.items() if name not in outside}
    assert set(beside.values()) == {"service:sandbox"}
    override = SANDBOX.read_text()
    assert "env_file: !reset []" in override
    assert "ports: !reset []" in override


def test_sandbox_compose_file_resets_only_existing_keys(services: dict[str, Any]) -> None:
    """podman-compose fails at a key that is reset but was never set."""
    found = reset_keys(SANDBOX)

    assert found == {("web", "ports"), ("operator", "env_file")}
    assert all(key in services[name] for name, key in found)


def test_sandbox_processes_wait_for_the_sandbox_setup(sandboxed: dict[str, Any]) -> None:
    for name in PROCESSES:
        assert sandboxed[name]["depends_on"]["stock"]["condition"] == "service_completed_successfully"
        assert sandboxed[name]["command"] == ["--env-file", "/scene/demo.env", name]
