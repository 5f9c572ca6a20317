"""The command `umbral practice`, which runs `umbral init` against the sandbox."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from subscriptions.bootstrap.setting_up import setting_names
from subscriptions.bootstrap.words import LANGUAGES, Words, language_of
from umbral.cli import init
from umbral.cli.wizard.running import leaving_in_order
from umbral.demo.postgres_home import PostgresError
from umbral.demo.practice import practising
from umbral.demo.supervisor import StartError
from umbral.terminal.operating import fail
from umbral.terminal.options import application

app = application()


@app.command()
def run(
    language: Annotated[
        str | None, typer.Option(metavar="es|en|pt", help="Language, instead of the terminal's.")
    ] = None,
) -> int:
    """Practise `umbral init`: the same questions, against the sandbox, with made-up values. Nothing is kept."""
    language_code = language if language in LANGUAGES else language_of()
    words = Words(language_code)
    print(words("say.practice_begins"), flush=True)
    try:
        with leaving_in_order(), practising() as hand:
            # Remove settings of a real installation from the environment, so that they do not apply to the practice
            # run.
            for name in setting_names():
                os.environ.pop(name, None)
            os.environ.update(hand.settings)
            facts = {
                name: getattr(hand, name) for name in ("tokens", "chats", "database", "address", "app", "phone", "key")
            }
            print(words("say.practice", page=hand.page, **facts), flush=True)
            return init.set_up(hand.output, language_code, stopped="say.practice_stopped")
    except (StartError, PostgresError) as error:
        return fail("practice", str(error))
