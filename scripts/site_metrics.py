"""Generator of the site's pages about the metrics of `/metrics`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.site_markdown import page, table
from web.routes.health import METRICS


@dataclass(frozen=True)
class Tongue:
    """Texts of a page in one language. told: descriptions of the metrics, keyed by metric."""

    language: str
    title: str
    about: str
    columns: tuple[str, str, str, str]
    counter: str
    gauge: str
    told: Mapping[str, str]


def spanish() -> Mapping[str, str]:
    """Return the Spanish description of each metric."""
    return tomllib.loads(Path(__file__).with_name("metrics_es.toml").read_text(encoding="utf-8"))


ENGLISH: Final = Tongue(
    "en",
    "Every figure for monitoring",
    "[En español.](/es/reference/metrics.md) `GET /metrics` at `OPS_HOST:OPS_PORT` (127.0.0.1:8001) answers for all"
    " processes, in Prometheus' format. With a key for reports, `GET /api/v1/reports` gives the same as JSON. It is"
    " read from the database"
    " at most every ten seconds. A counter continues through restarts. Rules for alerts are in"
    " `deploy/prometheus/alerts.yml`, a dashboard in `deploy/grafana`.",
    ("metric", "kind", "labels", "says"),
    "counter",
    "gauge",
    {name: figure.help for name, figure in METRICS.items()},
)
SPANISH: Final = Tongue(
    "es",
    "Todas las cifras para vigilar",
    "[In English.](/reference/metrics.md) `GET /metrics` en `OPS_HOST:OPS_PORT` (127.0.0.1:8001) responde por todos los"
    " procesos, en el formato de Prometheus. Con una clave para informes, `GET /api/v1/reports` da lo mismo en JSON. Se"
    " lee de la base de"
    " datos cada diez segundos como mucho. Un contador sigue a través de los reinicios. Las reglas de avisos están en"
    " `deploy/prometheus/alerts.yml`, un tablero en `deploy/grafana`.",
    ("cifra", "clase", "etiquetas", "qué dice"),
    "contador",
    "medida",
    spanish(),
)


def metrics(tongue: Tongue) -> str:
    """Return the page with the kind, labels and description of each metric."""
    rows = [
        (
            f"`{name}`",
            tongue.counter if figure.counts else tongue.gauge,
            ", ".join(f"`{label}`" for label in figure.labels) or "–",
            tongue.told[name],
        )
        for name, figure in METRICS.items()
    ]
    return page([f"# {tongue.title}", tongue.about, table(tongue.columns, rows)])
