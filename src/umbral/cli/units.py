"""The command `umbral units`, which writes systemd units."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from umbral.env_file import EnvFileError, parse
from umbral.terminal.operating import fail
from umbral.terminal.options import application

_PROCESSES: Final = {
    "web": "pages, webhooks and the API",
    "worker": "payments, jobs and schedules",
    "bot": "bot that customers talk to on Telegram",
    "userbot": "creates and maintains the customers' channels",
}
_HOMES: Final = ("/home", "/root", "/run/user")

_TARGET: Final = """\
[Unit]
Description=Umbral, all of it
Wants={wanted}

[Install]
WantedBy=multi-user.target
"""

# Restrictions of a service: a temporary system user without files of its own, no more rights than an ordinary program,
# and write access only to the service's own folders under /run and /var/lib.
_SANDBOX: Final = """\
DynamicUser=yes
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
PrivateDevices=yes
PrivateTmp=yes
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
"""

_MIGRATE: Final = """\
[Unit]
Description=Umbral: brings the database's tables up to date
After=network-online.target postgresql.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
# Retried until the database is reachable.
Restart=on-failure
RestartSec=5
ExecStart={command} migrate
EnvironmentFile={settings}
UnsetEnvironment={others}
{closed}"""

_PROCESS: Final = """\
[Unit]
Description=Umbral: {purpose}
After=network-online.target umbral-migrate.service
# Wants instead of Requires: if a required unit fails, systemd does not start this unit again.
Wants=network-online.target umbral-migrate.service
PartOf=umbral.target
StartLimitIntervalSec=0

[Service]
# The process reports every few seconds that it is alive; systemd restarts it if it hangs.
Type=notify
WatchdogSec=30
TimeoutStartSec=10min
# The process can be killed at any time and resumes its work at the next start.
TimeoutStopSec=30
Restart=always
RestartSec=2
ExecStart={command} {process}
Environment=PYTHONUNBUFFERED=1
EnvironmentFile={settings}
# Settings of other processes are hidden from this one.
UnsetEnvironment={others}
StateDirectory=umbral-{process}
MemoryMax=512M
TasksMax=200
# Each connection is an open file.
LimitNOFILE={files}
{closed}
[Install]
WantedBy=umbral.target
"""

app = application()


@app.command()
def run(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Folder for the units.")] = Path(
        "/etc/systemd/system"
    ),
    settings: Annotated[Path, typer.Option(metavar="FILE", help="The services' settings file.")] = Path(
        "/etc/umbral/umbral.env"
    ),
    command: Annotated[str, typer.Option(metavar="PATH", help="Path of the program; the running one by default.")] = "",
    bot_alone: Annotated[
        bool, typer.Option("--bot-alone", help="Run without userbot: plans only open existing channels and groups.")
    ] = False,
) -> int:
    """Write a systemd unit per process, for a machine without containers.

    Secrets of one service that another needs only for a payment method are withheld from it while the settings' file
    switches that method off: run this again once it is on.

    Each service runs as a user created for it, writes only under /var/lib/umbral-NAME, and gets its own settings from
    the one file, which only root needs to be able to read.
    """
    program = command or shutil.which(sys.argv[0]) or sys.argv[0]
    if not Path(program).is_absolute():
        return fail("units", f"{program}: give the program's full path with --command")
    if any(Path(each).is_relative_to(home) for each in (program, Path(program).resolve()) for home in _HOMES):
        return fail(
            "units",
            f"{program} is where services can't read it: install it for all users, as with"
            " `PIPX_HOME=/opt/pipx PIPX_BIN_DIR=/usr/local/bin pipx install`",
        )
    if not settings.is_absolute():
        return fail("units", f"--settings {settings}: must be a full path, because systemd reads it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        environ = parse(settings) if settings.is_file() else {}
        files = units(program, settings, environ, bot_alone=bot_alone)
        for name, text in files.items():
            (folder / name).write_text(text)
    except OSError as error:
        return fail("units", f"{folder}: {error.strerror}")
    except EnvFileError as error:
        return fail("units", str(error))
    print(f"{len(files) - 2} services, their migrations and umbral.target are in {folder}. Now, as root:")
    print(f"  chown root: {settings} && chmod 600 {settings}")
    print("  systemctl daemon-reload && systemctl enable --now umbral.target")
    for line in _withheld(environ):
        print(line)
    return 0


def _withheld(environ: Mapping[str, str]) -> list[str]:
    from subscriptions.bootstrap.settings_read import withheld_names

    return [
        f"{process} is not given {', '.join(sorted(names))}: no payment method that wants it is switched on; once one"
        " is, run this again."
        for process, names in withheld_names(environ).items()
        if names
    ]


def units(program: str, settings: Path, environ: Mapping[str, str], *, bot_alone: bool = False) -> dict[str, str]:
    """Return the units, keyed by file name.

    program, settings: absolute paths of the program and of the settings file. environ: content of the settings file.
    bot_alone: True to omit the userbot's unit.
    """
    from subscriptions.bootstrap.open_files import WANTED_FILES
    from subscriptions.bootstrap.processes import USERBOT
    from subscriptions.bootstrap.settings_read import by_process

    reads = by_process(environ)
    every = {name for names in by_process().values() for name in names}
    if bot_alone:
        del reads[USERBOT]
    service_names = " ".join(f"umbral-{name}.service" for name in _PROCESSES if name in reads)
    files = {"umbral.target": _TARGET.format(wanted=service_names)}
    for process, names in reads.items():
        template = _PROCESS if process in _PROCESSES else _MIGRATE
        others = sorted(each for name in every - names for each in (name, f"{name}_FILE"))
        files[f"umbral-{process}.service"] = template.format(
            command=program,
            settings=settings,
            process=process,
            purpose=_PROCESSES.get(process, ""),
            others=" ".join(others),
            files=WANTED_FILES,
            closed=_SANDBOX,
        )
    return files
