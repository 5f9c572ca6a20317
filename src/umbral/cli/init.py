"""`umbral init`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from subscriptions.bootstrap import doctor, new_settings
from umbral import env_file
from umbral.cli.asking import asked
from umbral.cli.options import parser


def run(argv: Sequence[str]) -> int:
    """Write the settings' file of a new installation; 1 where there is one already, or an answer is no good."""
    options = parser("init", "Write the settings' file of a new installation, with fresh keys. Overwrites nothing.")
    options.add_argument("--file", type=Path, default=Path(".env"), help="default: .env")
    options.add_argument("--brand", metavar="NAME", help="the name customers know you by; asked for when left out")
    options.add_argument("--base-url", metavar="URL", help="your site's address; asked for when left out")
    chosen = options.parse_args(argv)
    if chosen.file.exists():
        return _refused(f"{chosen.file} is there already and stays as it is")
    try:
        answers = {
            "BRAND_NAME": (chosen.brand or asked("The name customers know you by: ")).strip(),
            "WEB_BASE_URL": (chosen.base_url or asked("Your site's address, https://…: ")).strip(),
        }
    except EOFError:
        return _refused("nothing was typed, and nothing written")
    return _problem_of(answers) or _write(chosen.file, {**answers, **new_settings.fresh_keys()})


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
            file.write(new_settings.env_text(values))
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
    print(f"umbral init: {why}", file=sys.stderr)
    return 1
