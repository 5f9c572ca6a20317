"""The command `umbral kubernetes`, which writes the settings as Kubernetes Secrets."""

from __future__ import annotations

import os

import yaml

from subscriptions.domain.errors import UmbralError
from umbral.terminal.operating import fail, refuse
from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run() -> int:
    """Write the settings as Secrets for Kubernetes, one per process with only the settings that it reads.

    Secrets of one process that another needs only for a payment method are left out while that method is off. A process
    with its own database login gets no other, as at startup. The output contains all secrets: pipe it into `kubectl
    apply -f -`, and do not save it to a file.
    """
    from subscriptions.bootstrap.process import environment_of
    from subscriptions.bootstrap.processes import USERBOT, has_userbot
    from subscriptions.bootstrap.settings_read import by_process

    values_by_process: dict[str, dict[str, str]] = {}
    try:
        for process, names in by_process(os.environ).items():
            if process == USERBOT and not has_userbot(os.environ):
                continue
            environment = environment_of(process, os.environ) if process != "migrate" else os.environ
            values_by_process[process] = {
                name: environment[name] for name in sorted(names) if environment.get(name, "").strip()
            }
    except UmbralError as error:
        return refuse("kubernetes", error)
    if not values_by_process["migrate"]:
        return fail("kubernetes", "no settings are given: name the file, as in `umbral --env-file .env kubernetes`")
    secrets = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"umbral-{process}"}, "stringData": settings}
        for process, settings in values_by_process.items()
    ]
    print(yaml.safe_dump_all(secrets, allow_unicode=True, sort_keys=False), end="")
    return 0
