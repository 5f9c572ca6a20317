"""`umbral demo`."""

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
        int | None, typer.Option(min=1, max=65535, metavar="N", help="Port of the page to open; else a free one.")
    ] = None,
    data_dir: Annotated[Path, typer.Option(metavar="DIR", help="Where everything is kept.")] = Path(".demo"),
    ready_file: Annotated[Path | None, typer.Option(metavar="FILE", help="Written as JSON once all is ready.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    no_restart: Annotated[bool, typer.Option("--no-restart", help="Leave a process that died dead.")] = False,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Makes the sandbox's ids and tokens repeatable.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget everything in DIR and start over.")] = False,
    is_apart: Annotated[
        bool, typer.Option("--apart", help="Each process loads for itself, as in production; takes longer.")
    ] = False,
    bot_alone: Annotated[
        bool,
        typer.Option("--bot-alone", help="No userbot and no account: plans open a channel and a group that are there."),
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of the product for this run, e.g. INVITE_MODE=single_use; may be repeated.",
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
    # A direct caller may provide another way to start processes.
    return Demo(options, context.obj).run()


def setting(text: str) -> tuple[str, str]:
    """Return name and value of NAME=VALUE. Raises BadParameter."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise typer.BadParameter(f"{text} is not NAME=VALUE", param_hint="--set")
    return name, value
