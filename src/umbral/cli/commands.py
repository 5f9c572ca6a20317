"""Table of all commands, each of which is imported only when it is run."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib.metadata import requires
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from subscriptions.bootstrap.features import installed, off_by_setting
from subscriptions.domain.errors import InvalidInput
from umbral.env_file import moved_to_front
from umbral.terminal.loading import load

DISTRIBUTION: Final = "umbral-access"
"""Name of the installed distribution. The name `umbral` on PyPI belongs to another project."""
OUR_PACKAGES: Final = frozenset(
    {"bot", "features", "subscriptions", "umbral", "umbral_sandbox", "userbot", "web", "worker"}
)
OF_THE_SANDBOX: Final = frozenset({"umbral.demo", "umbral.testing", "umbral_sandbox"})
"""Packages of the distribution umbral-access-sandbox, which production does not install."""

_OPERATORS: Final = "worker"
"""Optional dependency group (extra) whose image also runs the operator's commands."""
_CALLED: Final = {"PIL": "pillow"}
"""Packages whose import name differs from their name on PyPI."""
_NEEDED: Final = re.compile(r"[\w.-]+")
_EXTRA: Final = re.compile(r"extra == ['\"]([\w-]+)['\"]")

OWN_COMMANDS: Final = {
    "web": "serve pages, webhooks and the API",
    "worker": "run the core's jobs and schedules",
    "bot": "run the bot that customers talk to",
    "userbot": "create and maintain the customers' channels",
    "demo": "run all of Umbral on this machine, without installing or signing up for anything",
    "sandbox": "run only the sandbox of Telegram and the payment providers",
    "init": "set up a new installation: write its settings file, with new keys",
    "secrets": "make an installation's passwords and keys, as files in a folder",
    "practice": "practise `init` in the sandbox, with made-up answers",
    "migrate": "migrate the database's tables",
    "backup": "back up the database, encrypted, to a folder or object storage; test restores",
    "restore": "restore a backup into an empty database",
    "plans": "list, export and import plans, and sync their prices with a provider",
    "resources": "list the chats that plans can include, add a channel or a group",
    "accounts": "manage the accounts that own channels: sign in, list, retire, rekey",
    "gateway": "list the payment methods, create the package of a new one",
    "jobs": "list, show, retry or delete failed jobs",
    "sweep": "remove people whose time is over, or only list them",
    "reconcile": "reconcile the records with the providers, and apply missing events",
    "features": "list the features, switch one on or off",
    "new-feature": "create the package of a feature, a gateway or a kind of resource",
    "texts": "export the customers' texts for translation, and import them",
    "staff": "run staff commands, such as give, extend, suspend, remove, note and block",
    "why": "explain a customer's access",
    "person": "export or erase one person's data",
    "kubernetes": "write the settings as Kubernetes Secrets, one per process",
    "units": "write systemd units, for a machine without containers",
    "bench": "measure bulk expiry with few and with many subscriptions",
    "doctor": "report what's missing or wrong in the settings and at the services they name",
    "health": "report whether a process on this machine works, for health checks",
}
"""Commands by name, with their descriptions in the overview. A command's name is also the name of its module in this
package, which defines a Typer named `app`.
"""
OF_FEATURES: Final[Mapping[str, tuple[str, str]]] = {
    command: (feature.name, line)
    for feature in installed().features.values()
    for command, line in feature.commands.items()
}
"""Commands of features, each with the feature's name and the command's description in the overview."""
COMMANDS: Final = {**OWN_COMMANDS, **{command: line for command, (_, line) in OF_FEATURES.items()}}


class Commands(TyperGroup):
    """Group of all commands. The overview and completion use only the commands' names; a command is imported when it is
    run.
    """

    def __init__(self, **options: Any) -> None:
        options["commands"] = {
            name: TyperCommand(name, short_help=purpose, rich_markup_mode=None) for name, purpose in COMMANDS.items()
        }
        super().__init__(**options)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, except those of features that the setting FEATURES switches off.

        The database, which stores choices made at run time, is not opened for an overview.
        """
        try:
            off = off_by_setting(os.environ)
        except InvalidInput:
            off = frozenset()
        names = super().list_commands(ctx)
        return [name for name in names if name not in OF_FEATURES or OF_FEATURES[name][0] not in off]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments as Typer does, but also accept `--env-file FILE` after the command."""
        return super().parse_args(ctx, moved_to_front(args))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Resolve a command as Typer does, and import the command to replace its entry in the overview."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is None or command is None:
            return name, command, rest
        try:
            return name, get_command(app_of(name)), rest
        except ModuleNotFoundError as error:
            sentence = what_to_install(error, name)
            if sentence is None:
                raise
            typer.echo(sentence, err=True)
            raise typer.Exit(1) from error


def app_of(name: str) -> typer.Typer:
    """Return the Typer application of a command, from the command's own module or from its feature."""
    if name not in OF_FEATURES:
        app: typer.Typer = load(f"umbral.cli.{name.replace('-', '_')}").app
        return app
    from umbral.cli.feature_command import application_of

    return application_of(OF_FEATURES[name][0], name)


def what_to_install(error: ModuleNotFoundError, command: str) -> str | None:
    """Return a message that explains how to install a missing package by an extra, or None if no extra includes the
    package.
    """
    if error.name in OF_THE_SANDBOX:
        package, extra = f"{DISTRIBUTION}-sandbox", "demo"
    else:
        package = (error.name or "").partition(".")[0]
        found = extra_of(package, command)
        if found is None or package in OUR_PACKAGES:
            return None
        extra = found
    return f"umbral {command}: {package} is not installed: pip install '{DISTRIBUTION}[{extra}]'"


def extra_of(package: str, command: str) -> str | None:
    """Return the extra (optional dependency group) that includes a package; None if no extra does. If several extras
    include the package, prefer the extra named like the command, then the operator's extra, then the first one.
    """
    name = _CALLED.get(package, package).replace("_", "-").lower()
    extras = []
    for line in requires(DISTRIBUTION) or ():
        needed, extra = _NEEDED.match(line), _EXTRA.search(line)
        if needed and extra and (needed[0].lower() == name or needed[0].lower().startswith(f"{name}-")):
            extras.append(extra[1])
    extras = [each for each in extras if each != "dev"]
    return min(extras, key=lambda each: (each != command, each != _OPERATORS), default=None)
