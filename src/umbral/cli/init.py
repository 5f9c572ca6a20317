"""The command `umbral init`, which sets up a new installation."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from subscriptions.bootstrap import doctor, new_settings, setting_up, setup_questions
from subscriptions.bootstrap.checks.address import SETTING as ADDRESS
from subscriptions.bootstrap.checks.address import ask_address
from subscriptions.bootstrap.checks.diagnosis import diagnose
from subscriptions.bootstrap.processes import processes_of
from subscriptions.bootstrap.setup_questions import Question
from subscriptions.bootstrap.words import LANGUAGES, Words, language_of
from subscriptions.domain.errors import UmbralError
from umbral import env_file
from umbral.cli.wizard.answers import OF_THE_WIZARD, Answers, AnswersRefused, check, read_answers
from umbral.cli.wizard.running import NotStarted, processes_running
from umbral.cli.wizard.shop import ShopSteps
from umbral.cli.wizard.talk import Talk
from umbral.terminal.loading import load
from umbral.terminal.operating import fail, refuse
from umbral.terminal.options import EPILOG, application

EXIT_INTERRUPT: Final = 130

app = application()


@app.command(epilog=EPILOG)
def run(
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON file of setting names and values; no questions are asked.")
    ] = None,
    output: Annotated[Path, typer.Option(metavar="FILE", help="File for the settings.")] = Path(".env"),
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An answer, as NAME=VALUE; may be repeated.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="es|en|pt", help="Language, instead of the terminal's.")
    ] = None,
    sale: Annotated[
        bool | None, typer.Option("--sale/--no-sale", help="Start everything and wait for the first sale.")
    ] = None,
) -> int:
    """Set up an installation: ask, verify each answer with its service, write the settings, wait for a sale.

    It can be interrupted at each question and continues there. It overwrites nothing. Values in the environment are not
    asked. In addition to settings it accepts PLAN ('Name 29,90 EUR al mes'), CHAT (the id or @name of a channel or
    group of yours, for which the bot alone is enough), ACCOUNT_PHONE, ACCOUNT_CODE, ACCOUNT_PASSWORD.
    """
    return set_up(output, language, answers=answers, settings=settings or (), sale=sale)


def set_up(
    output: Path,
    language: str | None,
    *,
    answers: Path | None = None,
    settings: list[str] | tuple[str, ...] = (),
    sale: bool | None = None,
    stopped: str = "say.broken_off",
) -> int:
    """Run the setup and return the exit status.

    output: file for the settings, which must not exist yet
    language: language of the dialogue; None for the terminal's language
    answers: JSON file of answers; None to ask the operator
    settings: further answers, each as `NAME=VALUE`
    sale: True to start all processes and wait for the first sale; None to do so unless `answers` is given
    stopped: key of the text for an operator who leaves before the end
    """
    words, path = Words(language if language in LANGUAGES else language_of()), _answers_path(output)
    if output.exists():
        return fail("init", words("say.there", file=output))
    try:
        given_answers = _given_answers(answers, settings)
        talk = Talk(words, Answers(path, given_answers), types=answers is None)
        return _walk(talk, output, sale=talk.types if sale is None else sale)
    except AnswersRefused as error:
        fail("init", str(error))
        if answers is None and path.exists():
            print(words(stopped, file=path))
        return error.status
    except UmbralError as error:
        return refuse("init", error)
    except OSError as error:
        return fail("init", str(error))
    except (EOFError, KeyboardInterrupt):
        print(f"\n{words(stopped, file=path)}")
        return EXIT_INTERRUPT


def _walk(talk: Talk, output: Path, *, sale: bool) -> int:
    load("umbral.cli.wizard.telegram")
    load("umbral.cli.wizard.chat")
    from umbral.cli.wizard.chat import ChatSteps
    from umbral.cli.wizard.telegram import TelegramSteps

    answers, telegram, shop = talk.answers, TelegramSteps(talk), ShopSteps(talk)
    chat = ChatSteps(talk, telegram)
    talk.say("again" if answers.taken_up else "welcome", file=output)
    ours = {**new_settings.fresh_keys(), **new_settings.beginnings()}
    answers.keep({name: value for name, value in ours.items() if not answers.get(name)})
    steps: Mapping[Question, Sequence[Callable[[], None]]] = {
        setup_questions.HAS_CHAT: [chat.has_chat],
        setup_questions.VERTICAL: [shop.vertical],
        setup_questions.LANGUAGE: [shop.language],
        setup_questions.BOTS: [telegram.bots],
        setup_questions.OWNER: [telegram.owner],
        setup_questions.CHAT: [chat.chat],
        setup_questions.DATABASE: [shop.database],
        setup_questions.ADDRESS: [shop.address, chat.sell],
        setup_questions.APP: [telegram.app],
        setup_questions.PHONE: [telegram.account],
        setup_questions.PAYMENTS: [shop.payments],
        setup_questions.LEGAL: [shop.seller],
        setup_questions.PLAN: [shop.plan],
    }
    for question in setup_questions.QUESTIONS:
        if not (chat.bot_only and question in {setup_questions.APP, setup_questions.PHONE}):
            for step in steps.get(question, ()):
                step()
    wrong = [line for line in doctor.report(answers.settings()) if not line.startswith("payment methods:")]
    if wrong:
        raise AnswersRefused("\n".join(wrong), status=2)
    if (status := _write(output, answers.settings())) != 0:
        return status
    answers.discard()
    talk.say("written", file=output)
    if sale:
        return _first_sale(talk, output, telegram.bot)
    _say_what_is_left(talk, output)
    return 0


def _first_sale(talk: Talk, output: Path, bot: str) -> int:
    settings = env_file.parse(output)
    names = list(processes_of(settings))
    talk.say("starting", names=", ".join(names))
    try:
        with processes_running(output):
            trouble = asyncio.run(ask_address(settings.get(ADDRESS, "")))
            if trouble is not None:
                talk.trouble(trouble)
            talk.say("buy", bot=bot)
            sale = asyncio.run(setting_up.sale_after(settings))
            talk.success("sold" if sale.by_webhook else "sold_untold", answers=talk.answer_count)
            _say_what_is_left(talk, output)
            talk.say("stands")
            _until_interrupted()
    except NotStarted as error:
        return fail("init", str(error))
    except KeyboardInterrupt:
        print()
    talk.say("next", file=output, others=", ".join(names[1:]))
    return 0


def _until_interrupted() -> None:
    async def for_ever() -> None:
        await asyncio.Event().wait()

    asyncio.run(for_ever())


def _say_what_is_left(talk: Talk, output: Path) -> None:
    problems = [each.problem for each in asyncio.run(diagnose(env_file.parse(output)))]
    if problems:
        talk.say("left")
    for problem in problems:
        print(f"  · {talk.sentence(problem)}")


def _given_answers(file: Path | None, options: list[str] | tuple[str, ...]) -> dict[str, str]:
    names = setting_up.setting_names()
    known_names = names | frozenset(OF_THE_WIZARD)
    environ = {name: os.environ[name] for name in names if os.environ.get(name, "").strip()}
    file_answers: Mapping[str, str] = read_answers(file, known_names) if file is not None else {}
    pairs = [text.partition("=") for text in options]
    return {**environ, **file_answers, **check({name: value for name, _, value in pairs}, known_names)}


def _answers_path(output: Path) -> Path:
    return output.with_name(f"{output.name}.unfinished")


def _write(path: Path, values: Mapping[str, str]) -> int:
    part = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(new_settings.env_text(values, env_file.quote))
        # Creating a hard link fails if the file was created meanwhile, whereas a rename would overwrite that file.
        os.link(part, path)
    except FileExistsError:
        return fail("init", f"{path} already exists and won't be changed")
    except OSError as error:
        return fail("init", f"{path} can't be written: {error.strerror}")
    finally:
        part.unlink(missing_ok=True)
    return 0
