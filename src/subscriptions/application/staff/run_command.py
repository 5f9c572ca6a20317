"""Runner of staff commands: check the permission, parse the answers, execute once, write the audit log, and commit."""

import hashlib
import json
import re
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Final, TypeVar
from uuid import UUID

from subscriptions.application.dto.rooms import feature_of
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.feature_failures import named
from subscriptions.application.features import StateOf, all_on, is_off_sentence
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.staff import facts
from subscriptions.application.staff.actor import Actor, Caller, actor_of
from subscriptions.application.staff.command import (
    Effect,
    Execution,
    FeatureOff,
    Outcome,
    StaffCommand,
    Subject,
    SubjectGone,
    is_available,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.staff.subject_type import FindSubject
from subscriptions.domain.entities.staff_operation import StaffOperation
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

T = TypeVar("T")
_NO_OPERATION: Final = UUID(int=0)
_UNFIT: Final = re.compile("[\0\ud800-\udfff]")
"""Pattern of characters that the database does not accept: NUL and surrogates, which the shell passes for bytes that
are not UTF-8.
"""
_ANSWER_LENGTH: Final = 40
_CHOICES_LENGTH: Final = 300
"""Maximum length, in characters, of the quoted answer and of the listed options in an error about an invalid choice."""


class InputsRefused(UmbralError):
    """Error: answers were refused. `errors`: reasons, keyed by input name."""

    def __init__(self, errors: Mapping[str, Wrong]) -> None:
        super().__init__(", ".join(f"{name}: {wrong.key}" for name, wrong in errors.items()))
        self.errors = errors


class OperationConflict(UmbralError):
    """Error: the operation's id was used before with a different request."""


class RunCommand:
    """Runner of all staff commands. `subjects`: functions that find subjects, keyed by kind."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        clock: Clock,
        staff_desk: StaffDesk,
        commands: Iterable[StaffCommand],
        subjects: Mapping[str, FindSubject],
        state_of: StateOf = all_on,
    ) -> None:
        self._state_of = state_of
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk
        self._commands = {command.name: command for command in commands}
        self._subjects = subjects

    def _command(self, name: str) -> StaffCommand:
        command = self._commands.get(name)
        if command is None:
            # A feature declares the command, but it could not be built, which was reported.
            raise FeatureOff(f"{name} cannot be used; see the alarms")
        return command

    async def subject(self, caller: Caller, name: str, subject: str) -> Subject | None:
        """Return the subject of a command. Return None if the subject is unknown. Raises NotAllowed, after recording
        the attempt.
        """
        command = self._command(name)
        try:
            async with self._units() as uow:
                actor = await self._authorise(uow, caller, command)
                target = await self._find(uow, command, subject)
                if target is not None:
                    actor.require(command.permission_over(target))
                return target
        except NotAllowed as refusal:
            await self._audit_refusal(caller, refusal)
            raise

    async def choices(self, caller: Caller, name: str, input_name: str, subject: Subject) -> Sequence[Choice]:
        """Return the options of one of the command's inputs. Raises NotAllowed if the caller may not
        run the command.
        """
        command = self._command(name)
        async with self._units() as uow:
            await self._authorise(uow, caller, command)
            return await command.choices(_input(command, input_name), uow, subject)

    async def preview(self, caller: Caller, name: str, subject: str, answers: Mapping[str, str]) -> Effect | None:
        """Return the effect of a command for its confirmation, without writing anything; None if the command has no
        preview. Raises the same errors as the execution.
        """
        command = self._command(name)
        async with self._units() as uow:
            actor = await self._authorise(uow, caller, command)
            target = await self._subject_of(uow, actor, command, subject)
            inputs, not_offered = await self._parse(uow, command, target, answers)
            if not_offered:
                raise InputsRefused(not_offered)
            at = self._clock.now()
            execution = Execution(
                uow=uow, actor=actor, subject=target.id, answers=inputs, operation=_NO_OPERATION, at=at
            )
            effect = await self._ask(command, command.preview(execution))
        for each in effect.names if effect is not None else ():
            if each not in command.effects:
                raise ValueError(f"{command.name} declares no effect {each!r}")
        return effect

    async def outcome(self, operation: UUID) -> tuple[str, Outcome] | None:
        """Return the name of the command and the outcome of an executed operation. Return None if the operation was not
        executed or its outcome is no longer stored.
        """
        async with self._units() as uow:
            staff_operation = await uow.operations.get(operation)
        return (
            (
                staff_operation.command,
                Outcome(name=staff_operation.outcome, facts=facts.load_facts(staff_operation.facts)),
            )
            if staff_operation
            else None
        )

    async def __call__(
        self,
        caller: Caller,
        name: str,
        subject: str,
        answers: Mapping[str, str],
        operation: UUID,
        *,
        secret: bytes | None = None,
    ) -> Outcome:
        """Execute a command and return its outcome.

        answers: answers as typed
        operation: id that is the same for every repetition of a request
        secret: at least 128 bits known only to the caller; a repetition with the same secret shows the result again

        Raises NotAllowed, which is recorded, InputsRefused for invalid answers, OperationConflict if the id was used
        for another request, and NothingToDo if the subject does not exist or its state does not allow the command.
        """
        command = self._command(name)
        try:
            return await self._carried_out(caller, command, subject, answers, operation, secret)
        except NotAllowed as refusal:
            await self._audit_refusal(caller, refusal)
            raise

    async def _carried_out(
        self,
        caller: Caller,
        command: StaffCommand,
        subject: str,
        answers: Mapping[str, str],
        operation: UUID,
        secret: bytes | None,
    ) -> Outcome:
        now = self._clock.now()
        async with self._units() as uow:
            actor = await self._authorise(uow, caller, command)
            target = await self._subject_of(uow, actor, command, subject)
            inputs, not_offered = await self._parse(uow, command, target, answers)
            execution = Execution(
                uow=uow, actor=actor, subject=target.id, answers=inputs, operation=operation, at=now, secret=secret
            )
            wish = StaffOperation(id=operation, command=command.name, digest=_digest(actor, target.id, inputs), at=now)
            staff_operation = await uow.operations.claim(wish)
            if staff_operation is not None and (staff_operation.command, staff_operation.digest) != (
                wish.command,
                wish.digest,
            ):
                raise OperationConflict(str(operation))
            if staff_operation is not None:
                return await command.recall(
                    execution, Outcome(name=staff_operation.outcome, facts=facts.load_facts(staff_operation.facts))
                )
            # The choice is checked only here, because a repetition returns the earlier outcome even if its choice is no
            # longer offered.
            if not_offered:
                raise InputsRefused(not_offered)
            outcome = await self._ask(command, command.run(execution))
            if outcome.name not in command.outcomes:
                raise ValueError(f"{command.name} declares no outcome {outcome.name!r}")
            await self._record(execution, command, outcome)
            wish.outcome, wish.facts = outcome.name, facts.store_facts(outcome.facts)
            await uow.operations.settle(wish)
            await uow.commit()
        await command.after_commit()
        return outcome

    async def _authorise(self, uow: UnitOfWork, caller: Caller, command: StaffCommand) -> Actor:
        actor = await actor_of(uow, caller)
        actor.require(command.permission)
        # After the permission, so that nobody else learns which features are on.
        if not is_available(type(command), self._state_of(type(command))):
            raise FeatureOff(is_off_sentence(feature_of(type(command)) or command.name))
        return actor

    async def _parse(
        self, uow: UnitOfWork, command: StaffCommand, subject: Subject, answers: Mapping[str, str]
    ) -> tuple[Mapping[str, str], Mapping[str, Wrong]]:
        """Return the parsed answers, and the errors of answers that are not among the options of a choice. Raises
        InputsRefused with all errors if an answer cannot be parsed, is missing, or belongs to no input.
        """
        inputs, errors, not_offered = dict[str, str](), dict[str, Wrong](), dict[str, Wrong]()
        for asked_input in command.inputs:
            answer_text = answers.get(asked_input.name, asked_input.left_out(subject.facts))
            try:
                if answer_text is None:
                    raise Wrong("missing")
                if _UNFIT.search(answer_text):
                    raise Wrong("other")
                inputs[asked_input.name] = asked_input.parse(Answer(answer_text), {**subject.reads, **inputs})
                if asked_input.kind in {InputKind.CHOICE, InputKind.MANY}:
                    choices = await command.choices(asked_input, uow, subject)
                    answer = inputs[asked_input.name]
                    values = answer.split(",") if asked_input.kind is InputKind.MANY and answer else [answer]
                    if answer != asked_input.default and not {choice.value for choice in choices}.issuperset(values):
                        not_offered[asked_input.name] = _not_offered(answer, choices)
            except Wrong as wrong:
                errors[wrong.question or asked_input.name] = wrong
        errors |= {name: Wrong("unknown") for name in answers if name not in {each.name for each in command.inputs}}
        if errors:
            raise InputsRefused(errors | not_offered)
        return inputs, not_offered

    async def _subject_of(self, uow: UnitOfWork, actor: Actor, command: StaffCommand, subject: str) -> Subject:
        target = await self._find(uow, command, subject)
        if target is None:
            raise SubjectGone(subject)
        actor.require(command.permission_over(target))
        return target

    async def _find(self, uow: UnitOfWork, command: StaffCommand, subject: str) -> Subject | None:
        with named(feature_of(type(command)), f"commands: {command.name}"):
            return await self._subjects[command.subject](uow, subject) if not _UNFIT.search(subject) else None

    async def _ask(self, command: StaffCommand, answer: Awaitable[T]) -> T:
        """Await a method of the command. If the method refuses an answer, raise the error with the
        name of the input.
        """
        try:
            with named(feature_of(type(command)), f"commands: {command.name}"):
                return await answer
        except InvalidInput as error:
            input_name = next((each.name for each in command.inputs if each.name == error.field), None)
            raise InputsRefused({input_name or command.inputs[0].name: Wrong(error.field)}) from error
        except Wrong as error:
            raise InputsRefused({error.question or command.inputs[0].name: error}) from error

    async def _record(self, execution: Execution, command: StaffCommand, outcome: Outcome) -> None:
        for entry in outcome.audit:
            await execution.uow.audit.record(
                actor=execution.actor.name,
                action=entry.action or str(command.permission),
                subject=str(entry.subject),
                reason=entry.reason or execution.answers.get("reason", ""),
                at=execution.at,
                facts=dict(entry.facts),
            )

    async def _audit_refusal(self, caller: Caller, refusal: NotAllowed) -> None:
        async with self._units() as uow:
            actor = await actor_of(uow, caller)
        await self._staff_desk.record_refusal(actor.name, refusal)


def _input(command: StaffCommand, name: str) -> Input[object]:
    return next(each for each in command.inputs if each.name == name)


def _not_offered(answer: str, choices: Sequence[Choice]) -> Wrong:
    values = ", ".join(choice.value for choice in choices)
    return Wrong("not_offered", given=answer[:_ANSWER_LENGTH], offered=values[:_CHOICES_LENGTH] or "–")


def _digest(actor: Actor, subject: str, answers: Mapping[str, str]) -> str:
    wish = [actor.name, subject, sorted(answers.items())]
    return hashlib.sha256(json.dumps(wish).encode()).hexdigest()
