"""Alert rules and dashboard, compared with the product's metrics and checked by Prometheus' own tool."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.site_metrics import ENGLISH, SPANISH, Tongue, metrics
from tests.support.each_case import each_case
from tests.support.promtool import find_promtool
from tests.unit.deploy.conftest import COMPOSE, ROOT, read
from tests.unit.deploy.test_compose import against_the_specification
from web.routes.health import METRICS

PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "umbral.json"
WATCH = ROOT / "deploy" / "compose.watch.yml"
TRIED = "test rules alerts_test.yml"
KNOWN = {name: set(figure.labels) for name, figure in METRICS.items()} | {"up": {"job"}}
METRIC = re.compile(r"\b(umbral_\w+|up)\b(?:\{([^}]*)\})?")


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def asked() -> list[str]:
    """Return every expression of the alert rules and of the dashboard's panels."""
    return [rule["expr"] for rule in rules()] + [target["expr"] for panel in panels() for target in panel["targets"]]


def unknown(expression: str) -> list[str]:
    """Return the names of metrics and labels in the expression that do not exist."""
    wrong = []
    for name, selectors in METRIC.findall(expression):
        labels = set(re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', selectors))
        grouped = {label for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(", ")}
        wrong += [name] if name not in KNOWN else [f"{name}.{each}" for each in (labels | grouped) - KNOWN[name]]
    return wrong


@each_case("expression", asked())
def test_alert_and_dashboard_expressions_use_existing_metrics(expression: str) -> None:
    assert METRIC.findall(expression)
    assert unknown(expression) == []


def test_expression_check_finds_unknown_metrics_and_labels() -> None:
    assert unknown("umbral_nothing > 0") == ["umbral_nothing"]
    assert unknown('umbral_jobs{state="failed"}') == ["umbral_jobs.state"]
    assert unknown("sum by (person) (umbral_alarms_open)") == ["umbral_alarms_open.person"]


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {name for panel in panels() for target in panel["targets"] for name, _ in METRIC.findall(target["expr"])}
    assert set(METRICS) - shown == set()


def test_dashboard_panels_have_distinct_positions_and_use_the_provisioned_data_source() -> None:
    whole = json.loads(DASHBOARD.read_text())
    source = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/umbral.yml").read_text())
    (uid,) = [each["uid"] for each in source["datasources"]]
    positions = [tuple(panel["gridPos"][each] for each in "xy") for panel in whole["panels"]]
    assert len(set(positions)) == len({panel["id"] for panel in whole["panels"]}) == len(positions)
    assert {panel["datasource"]["uid"] for panel in panels()} == {uid}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_alert_has_severity_and_runbook(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    said = rule["annotations"]
    assert said["summary"]
    assert said["description"].endswith(".")
    path, _, anchor = said["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(), re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_each_alert_is_tested_both_firing_and_silent() -> None:
    tried = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    fired = {each["alertname"] for test in tried for each in test["alert_rule_test"] if each["exp_alerts"]}
    quiet = {each["alertname"] for test in tried for each in test["alert_rule_test"] if not each["exp_alerts"]}
    names = {rule["alert"] for rule in rules()}
    assert fired == quiet == names


@pytest.mark.parametrize("tongue", [ENGLISH, SPANISH], ids=lambda tongue: tongue.language)
def test_metrics_page_lists_every_metric(tongue: Tongue) -> None:
    text = metrics(tongue)

    assert not [name for name in METRICS if text.count(f"\n| `{name}` | ") != 1]


def test_metrics_are_described_in_both_languages() -> None:
    assert set(SPANISH.told) == set(METRICS)
    assert not [name for name, text in SPANISH.told.items() if text == ENGLISH.told[name] or not text.endswith(".")]


@each_case("name", METRICS)
def test_metric_names_and_labels_follow_prometheus_conventions(name: str) -> None:
    figure = METRICS[name]
    assert re.fullmatch(r"umbral(_[a-z]+)+", name)
    assert not re.search(r"_(ms|milliseconds|minutes|hours|days|count)$", name)
    assert figure.help.endswith(".")
    of_few = {"status", "provider", "job", "kind", "bot", "action", "api", "result", "quantile", "why"}
    assert set(figure.labels) <= of_few


@pytest.mark.parametrize(
    "words", ["check rules alerts.yml", "check config prometheus.yml", "test rules alerts_test.yml"]
)
def test_promtool_accepts_rules_and_configuration(words: str) -> None:
    promtool = find_promtool()
    if promtool is None:
        pytest.skip("no promtool here and none could be unpacked (make promtool): the rules were read, and not tried")
    ran = subprocess.run([promtool, *words.split()], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_monitoring_configuration_refers_to_existing_targets_and_dashboards() -> None:
    watching, all_of_it = yaml.safe_load(WATCH.read_text()), read(COMPOSE)["services"]
    # Compose makes one network for both files because none is named; both projects have one name.
    assert not any("networks" in each for each in (*watching["services"].values(), *all_of_it.values()))
    assert watching["name"] == read(COMPOSE)["name"]
    (asked,) = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    (target,) = asked["static_configs"][0]["targets"]
    assert target == f"web:{all_of_it['web']['environment']['OPS_PORT']}"

    grafana, provisioning = watching["services"]["grafana"], ROOT / "deploy/grafana/provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources/umbral.yml").read_text())["datasources"]
    assert source["url"] == f"http://prometheus:{watching['services']['prometheus']['ports'][0].rpartition(':')[2]}"
    (provider,) = yaml.safe_load(next((provisioning / "dashboards").iterdir()).read_text())["providers"]
    mounted = {path: folder for folder, path, _ in (each.split(":") for each in grafana["volumes"] if each[0] == ".")}
    assert ROOT / mounted[provider["options"]["path"]] == DASHBOARD.parent
    written_to = {path for each in grafana["volumes"] if each[0] != "." for path in each.split(":")[1:]}
    assert written_to == {"/var/lib/grafana"} <= {f"/var/lib/{name}" for name in watching["volumes"]}


def test_monitoring_services_run_with_least_privileges(tmp_path: Path) -> None:
    content = yaml.safe_load(WATCH.read_text())
    checked = against_the_specification(content, tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for service in content["services"].values():
        assert service["profiles"] == ["watch"]
        assert int(service["user"].partition(":")[0]) > 0
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert {"cpus", "memory", "pids"} == set(service["deploy"]["resources"]["limits"])
        assert all(":-127.0.0.1:" in port for port in service["ports"])
        assert "env_file" not in service
        for volume in service["volumes"]:
            path, _, rest = volume.partition(":")
            assert not path.startswith(".") or (ROOT / path).is_dir()
            assert not path.startswith(".") or rest.endswith(":ro")
