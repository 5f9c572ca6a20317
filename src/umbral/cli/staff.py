"""The command `umbral staff`, with a subcommand for each staff command, derived from the staff
command's declaration.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID, uuid4

import typer
from typer.core import TyperGroup

from subscriptions.application.dto.rooms import feature_of
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import FeatureOff, NothingToDo, StaffCommand, SubjectGone
from subscriptions.application.staff.inputs import Input
from subscriptions.application.staff.run_command import InputsRefused, OperationConflict
from subscriptions.bootstrap.staff_commands import COMMANDS, SUBJECT_TYPES
from umbral.cli.feature_command import features_off
from umbral.terminal.operating import fail, operate
from umbral.terminal.options import EPILOG, application
from umbral.terminal.outcomes import sentence, text_of, wrong_in

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer


class StaffCommands(TyperGroup):
    """Group of the staff commands. Help omits the commands of features that are off."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the core's commands and of the commands of features that are on or draining."""
        off = features_off()
        hidden = {_word(each.name) for each in COMMANDS.values() if feature_of(each) in off}
        return [name for name in super().list_commands(ctx) if name not in hidden]


app = application(
    "Run staff commands with the same rules and audit log as in the bot and the console.", group=StaffCommands
)

_OPERATION: Final = "operation"


def carry_out(name: str, subject: str, answers: Mapping[str, str], operation: UUID | None = None) -> int:
    """Carry out a staff command, print its result, and return the exit status.

    subject: id of the command's subject
    answers: the command's inputs as typed, keyed by name
    operation: id that prevents the same request from being carried out twice; None generates one
    """
    command = COMMANDS[name]

    async def work(container: OperatorContainer) -> int:
        try:
            outcome = await container.run_command()(SHELL, command.name, subject, answers, operation or uuid4())
        except InputsRefused as error:
            lines = [f"--{name}: {wrong_in(each)}" for name, each in error.errors.items()]
            return fail("staff", "\n".join(lines))
        except SubjectGone:
            return fail("staff", f"there is no {command.subject} {subject}")
        except OperationConflict:
            return fail("staff", f"the operation {operation} was already used for another request")
        except FeatureOff as off:
            return fail("staff", str(off))
        except NothingToDo as nothing:
            return fail("staff", f"nothing was done: its status doesn't allow it ({nothing})")
        print(sentence(command, outcome))
        if is_dataclass(outcome.result) and not isinstance(outcome.result, type):
            print(json.dumps(asdict(outcome.result), indent=2, default=str))
        return 0

    return operate("staff", work)


def _add(command: type[StaffCommand]) -> None:
    parameters = [
        _parameter("subject", Annotated[str, typer.Argument(metavar=each.argument, help=each.help)])
        for each in (SUBJECT_TYPES[command.subject],)
        if each.argument
    ]
    parameters += [_option(command, asked_input) for asked_input in command.inputs]
    help_text = "A UUID that makes repeated requests count once; a new one by default."
    option = typer.Option(f"--{_OPERATION}", metavar="UUID", help=help_text)
    parameters.append(_parameter(_OPERATION, Annotated[UUID | None, option], None))

    def run(**values: Any) -> int:
        answers = {
            asked_input.name: values[asked_input.name]
            for asked_input in command.inputs
            if values[asked_input.name] is not None
        }
        return carry_out(command.name, values.get("subject", ""), answers, values[_OPERATION])

    _sign(run, parameters)
    app.command(_word(command.name), help=text_of(command, "about"), epilog=EPILOG)(run)


def _word(name: str) -> str:
    """Return the name of a staff command as typed in the shell, with hyphens."""
    return name.replace("_", "-")


def _option(command: type[StaffCommand], asked_input: Input[Any]) -> inspect.Parameter:
    option = typer.Option(f"--{asked_input.name}", help=text_of(command, "ask", asked_input.name).format())
    if asked_input.default is None:
        return _parameter(asked_input.name, Annotated[str, option])
    return _parameter(asked_input.name, Annotated[str | None, option], None)


def _parameter(name: str, kind: object, default: object = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _sign(function: Callable[..., int], parameters: list[inspect.Parameter]) -> None:
    """Set the signature of a function to the parameters of its command line."""
    vars(function)["__signature__"] = inspect.Signature(parameters)
    function.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": int}


for _command in COMMANDS.values():
    _add(_command)
