"""Check the guarantees about every pod in the Kubernetes manifests, and that all references between the manifests
resolve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.publish import TARGETS
from subscriptions.bootstrap.settings_read import by_process
from tests.unit.deploy.conftest import POSTGRESQLS_RESERVE, ROOT, opened_connections
from umbral.cli import main

BASE = ROOT / "deploy" / "kubernetes"
PROCESSES = {"web", "worker", "bot", "userbot"}
WORKLOADS = {"Deployment", "StatefulSet", "Job"}
NAME = "app.kubernetes.io/name"


def read(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def of_folder(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the resources that the folder's kustomization names."""
    (kustomization,) = read(folder / "kustomization.yaml")
    for name in kustomization["resources"]:
        yield from read(folder / name)


EVERYTHING = [each for folder in (BASE, BASE / "database", BASE / "autoscaling") for each in of_folder(folder)]
PODS = {each["metadata"]["name"]: each["spec"]["template"] for each in EVERYTHING if each["kind"] in WORKLOADS}
pods = pytest.mark.parametrize("pod", PODS.values(), ids=PODS)


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [each for each in EVERYTHING if each["kind"] == kind]


def test_every_manifest_is_in_a_kustomization() -> None:
    there = {path for path in BASE.rglob("*.yaml") if path.name != "kustomization.yaml"}
    named = {
        kustomization.parent / name
        for kustomization in BASE.rglob("kustomization.yaml")
        for name in read(kustomization)[0]["resources"]
    }
    assert there == named


def test_postgresql_accepts_the_connections_of_the_maximum_of_replicas() -> None:
    """The number of replicas is the maximum allowed by autoscaling."""
    replicas = {name: of_kind_named(name)["spec"]["replicas"] for name in PROCESSES}
    for each in (*of_kind("HorizontalPodAutoscaler"), *of_kind("ScaledObject")):
        spec = each["spec"]
        name = spec["scaleTargetRef"]["name"].removeprefix("umbral-")
        replicas[name] = spec.get("maxReplicas") or spec["maxReplicaCount"]
    (cluster,) = of_kind("Cluster")

    opened = opened_connections(replicas)
    room = int(cluster["spec"]["postgresql"]["parameters"]["max_connections"]) - POSTGRESQLS_RESERVE
    assert opened.fits(room), f"{opened.total}: {opened.explanation()}"


def of_kind_named(process: str) -> dict[str, Any]:
    (found,) = [
        each
        for kind in ("Deployment", "StatefulSet")
        for each in of_kind(kind)
        if each["metadata"]["name"] == f"umbral-{process}"
    ]
    return found


def test_each_process_has_a_pod_with_its_image() -> None:
    assert {f"umbral-{name}" for name in (*PROCESSES, "migrate")} == set(PODS)
    images = {each["name"] for each in read(BASE / "kustomization.yaml")[0]["images"]}
    used = {container["image"] for pod in PODS.values() for container in pod["spec"]["containers"]}
    assert used == images <= {f"umbral-{target}" for target in TARGETS}


@pods
def test_pod_runs_with_least_privileges(pod: dict[str, Any]) -> None:
    spec = pod["spec"]
    (container,) = spec["containers"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    # Kubernetes would describe a service `web` as WEB_PORT=tcp://…, which is one of our settings.
    assert spec["enableServiceLinks"] is False
    # Each pod gets its own settings only.
    (given,) = container["envFrom"]
    assert given["secretRef"]["name"] == pod["metadata"]["labels"][NAME]


def test_each_process_has_two_replicas_and_a_disruption_budget() -> None:
    for each in EVERYTHING:
        if each["kind"] in {"Deployment", "StatefulSet"}:
            assert each["spec"]["replicas"] >= 2
    budgets = {each["spec"]["selector"]["matchLabels"][NAME]: each["spec"] for each in of_kind("PodDisruptionBudget")}
    assert set(budgets) == {f"umbral-{name}" for name in PROCESSES}
    assert all(each["maxUnavailable"] == 1 for each in budgets.values())


def test_selectors_match_pods_and_ports() -> None:
    ports = {
        name: {port["name"] for container in pod["spec"]["containers"] for port in container.get("ports", [])}
        for name, pod in PODS.items()
    }
    for each in of_kind("Service"):
        assert all(
            port["targetPort"] in ports[each["spec"]["selector"][NAME]] for port in each["spec"].get("ports", [])
        )
    for each in of_kind("NetworkPolicy"):
        wanted = each["spec"]["podSelector"].get("matchLabels", {}).get(NAME)
        opened = {port["port"] for rule in each["spec"].get("ingress", []) for port in rule["ports"]}
        assert wanted is None or opened <= ports[wanted]
    for each in EVERYTHING:
        if each["kind"] in {"Deployment", "StatefulSet"}:
            assert each["spec"]["selector"]["matchLabels"] == each["spec"]["template"]["metadata"]["labels"]
    targets = {
        each["spec"]["scaleTargetRef"]["name"]
        for kind in ("ScaledObject", "HorizontalPodAutoscaler")
        for each in of_kind(kind)
    }
    assert targets <= set(PODS)


def test_network_policy_denies_by_default_and_separates_visitor_and_operator_ports() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind("NetworkPolicy")}
    assert policies["nobody-in"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    visitors, operator = policies["visitors"]["ingress"]
    assert [port["port"] for port in visitors["ports"]] == ["visitors"]
    assert [port["port"] for port in operator["ports"]] == ["operator"]
    assert visitors["from"] != operator["from"]


def test_database_commits_are_synchronous_to_a_second_instance() -> None:
    (cluster,) = of_kind("Cluster")
    assert cluster["spec"]["instances"] >= 3
    assert cluster["spec"]["postgresql"]["synchronous"] == {"method": "any", "number": 1, "dataDurability": "required"}


def test_secrets_contain_the_settings_of_each_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reads = by_process()
    for name in {name for names in reads.values() for name in names}:
        is_address = "DATABASE" in name and name.endswith("_URL")
        monkeypatch.setenv(name, f"postgresql://{name.lower()}:x@db/umbral" if is_address else f"the {name}")
    assert main(["kubernetes"]) == 0

    secrets = {each["metadata"]["name"]: each["stringData"] for each in yaml.safe_load_all(capsys.readouterr().out)}
    assert {pod["spec"]["containers"][0]["envFrom"][0]["secretRef"]["name"] for pod in PODS.values()} == set(secrets)
    assert {name: set(settings) for name, settings in secrets.items()} == {
        f"umbral-{process}": names for process, names in reads.items()
    }
    for process in PROCESSES:
        reported = "\n".join(secrets[f"umbral-{process}"].values())
        logins = set(re.findall(r"postgresql://(\w+):", reported)) - {"backup_verify_url"}
        own = {f"{process}_database_url", *({"console_database_url"} if process == "web" else ())}
        assert logins == own, "the owner's login, or another process's, is not its to know"
    (scaled,) = of_kind("TriggerAuthentication")
    (asked,) = scaled["spec"]["secretTargetRef"]
    assert asked["key"] in secrets[asked["name"]]


@pytest.mark.parametrize(("stars", "given"), [("", {"bot"}), ("on", {"web", "worker", "bot"})])
def test_bot_token_is_given_only_to_processes_that_need_it(
    stars: str, given: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "TELEGRAM_SUBSCRIPTION_BOT_TOKEN"
    values = {"DATABASE_URL": "postgresql://u:p@h/d", token: f"123456:{'a' * 35}", "STARS": stars}
    for name in {name for names in by_process().values() for name in names}:
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert main(["kubernetes"]) == 0

    secrets = {each["metadata"]["name"]: each["stringData"] for each in yaml.safe_load_all(capsys.readouterr().out)}
    assert {name.removeprefix("umbral-") for name, settings in secrets.items() if token in settings} == given


def test_kubernetes_command_without_settings_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in by_process()["migrate"]:
        monkeypatch.delenv(name, raising=False)
    assert main(["kubernetes"]) == 1
    assert "--env-file" in capsys.readouterr().err
