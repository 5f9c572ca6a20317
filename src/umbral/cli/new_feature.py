"""The command `umbral new-feature`, which creates a package template for a feature."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from umbral.cli.new_package.writing import Kind, NameRefused, write_package
from umbral.terminal.options import application

app = application()


@app.command()
def new_feature(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: a-z, 0-9 and _.")],
    kind: Annotated[Kind, typer.Option(help="feature, gateway (a payment provider), or resource.")] = Kind.FEATURE,
    parent: Annotated[Path, typer.Option("--in", metavar="DIR", help="Folder; the current one by default.")] = Path(),
) -> int:
    """Create the package of a feature, a payment gateway or a kind of resource, with checks that report the missing
    parts.
    """
    try:
        folder = write_package(name, parent, kind)
    except NameRefused as refusal:
        print(f"umbral new-feature: {refusal}", file=sys.stderr)
        return 2
    print(f"{folder} is written. Next steps:")
    print(f'  pip install -e "{folder}[test]" && pytest {folder}')
    return 0
