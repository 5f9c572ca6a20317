"""The command `umbral demo`, which runs all of Umbral on this machine against the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from umbral.demo.options import DemoOptions
from umbral.demo.run import Demo
from umbral.terminal.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, metavar="N", help="Port of the page; a free one by default.")
    ] = None,
    data_dir: Annotated[Path, typer.Option(metavar="DIR", help="Folder for all data.")] = Path(".demo"),
    ready_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File written as JSON once everything is ready.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open a browser.")] = False,
    no_restart: Annotated[bool, typer.Option("--no-restart", help="Don't restart processes that end.")] = False,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed for repeatable ids and tokens.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete everything in DIR and start over.")] = False,
    is_apart: Annotated[
        bool, typer.Option("--apart", help="Load each process separately, as in production; slower.")
    ] = False,
    bot_alone: Annotated[
        bool,
        typer.Option("--bot-alone", help="Run without userbot and account: plans open an existing channel and group."),
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting for this run, e.g. INVITE_MODE=single_use; may be repeated.",
        ),
    ] = None,
) -> int:
    """Run all of Umbral on this machine, against the sandbox. Ctrl-C stops it."""
    options = DemoOptions(
        data_dir=data_dir,
        port=port or 0,
        ready_file=ready_file,
        browser=not no_browser,
        restart=not no_restart,
        seed=seed,
        fresh=fresh,
        apart=is_apart,
        bot_alone=bot_alone,
        settings=[setting(text) for text in settings or ()],
    )
    # Code that calls this command directly may pass another way to start processes.
    return Demo(options, context.obj).run()


def setting(text: str) -> tuple[str, str]:
    """Return the name and the value of `NAME=VALUE`. Raises BadParameter if the text does not have this form."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise typer.BadParameter(f"{text} is not NAME=VALUE", param_hint="--set")
    return name, value
