"""`umbral init`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from subscriptions.bootstrap import doctor, new_settings
from umbral import env_file
from umbral.cli.asking import asked
from umbral.cli.operating import failed
from umbral.cli.options import EPILOG, application

app = application()


@app.command(epilog=EPILOG)
def run(
    file: Annotated[Path, typer.Option(metavar="FILE", help="Where to.")] = Path(".env"),
    brand: Annotated[
        str | None, typer.Option(metavar="NAME", help="The name customers know you by; asked for when left out.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Your site's address; asked for when left out.")
    ] = None,
) -> int:
    """Write the settings' file of a new installation, with fresh keys. Overwrites nothing."""
    if file.exists():
        return _refused(f"{file} is there already and stays as it is")
    try:
        answers = {
            "BRAND_NAME": (brand or asked("The name customers know you by: ")).strip(),
            "WEB_BASE_URL": (base_url or asked("Your site's address, https://…: ")).strip(),
        }
    except EOFError:
        return _refused("nothing was typed, and nothing written")
    return _problem_of(answers) or _write(file, {**answers, **new_settings.fresh_keys()})


def _problem_of(answers: Mapping[str, str]) -> int:
    for name, answer in answers.items():
        if not answer or not answer.isprintable():
            return _refused(f"{name}: must be one line of text")
    wrong = [line for line in doctor.report(answers) if line.startswith(tuple(answers))]
    return _refused("\n".join(wrong)) if wrong else 0


def _write(path: Path, values: Mapping[str, str]) -> int:
    part = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(new_settings.env_text(values, env_file.quoted))
        # A link, unlike a renaming, leaves alone what came there meanwhile.
        os.link(part, path)
    except FileExistsError:
        return _refused(f"{path} is there already and stays as it is")
    except OSError as error:
        return _refused(f"{path} cannot be written: {error.strerror}")
    finally:
        part.unlink(missing_ok=True)
    print(f"{path} is written, for your eyes only. Left to fill in:")
    for problem in doctor.report(env_file.parse(path)):
        print(f"  {problem}")
    print(f"Then: umbral --env-file {path} migrate")
    return 0


def _refused(why: str) -> int:
    return failed("init", why)
