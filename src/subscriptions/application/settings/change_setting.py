"""Staff commands that change a business setting at run time, or reset it to its default."""

from collections.abc import Sequence
from typing import Any, Final

from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong
from subscriptions.application.settings.report_missing_settings import missing_for
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.staff.subject_type import FindSubject
from subscriptions.domain.entities.custom_setting import CustomSetting
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.setting_catalog import SettingCatalog, SettingFacts
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

LONGEST: Final = 8000
"""Maximum length of a value, in characters; a value may consist of several texts."""
_EXCERPT: Final = 1500
"""Length of the excerpt of the current value in the confirmation, in characters. In the chat, one message contains both
the current and the new value.
"""


def _value(answer: Answer, _: Answers) -> str:
    value = answer.text.replace("\r\n", "\n").strip()
    if len(value) > LONGEST:
        raise Wrong("text_long", n=str(len(value)), limit=str(LONGEST))
    return value


VALUE: Final[Input[str]] = Input(
    name="value", kind=InputKind.PARAGRAPH, parse=_value, value=str, limits=(0, LONGEST), default=""
)


def setting_finder(catalog: SettingCatalog) -> FindSubject:
    """Return a function that finds the subject of a settings command by the name of the setting."""

    async def find(uow: UnitOfWork, name: str) -> Subject | None:
        facts = catalog.facts(name)
        if facts is None:
            return None
        custom = await uow.settings.get(name)
        value = custom.value if custom is not None else facts.default
        return Subject(id=name, name=name, facts={"setting": name, "value": value, "given": facts.default})

    return find


class SettingCommand(StaffCommand):
    """Base class of the staff commands that change and reset a setting."""

    catalog: SettingCatalog

    permission = StaffAction.CHANGE_SETTINGS
    subject = SubjectKind.SETTING

    def _facts(self, execution: Execution) -> SettingFacts:
        facts = self.catalog.facts(execution.subject)
        if facts is None:
            raise NothingToDo("it is the environment's alone")
        return facts

    def _outcome(self, execution: Execution, name: str, old_value: str, new_value: str) -> Outcome:
        """Return the outcome. Most processes apply the change within seconds. A setting that is read only at startup
        takes effect after a restart.
        """
        restarts = ", ".join(self._facts(execution).restarts)
        facts = {"setting": execution.subject, "before": old_value, "after": new_value}
        entry = AuditEntry(subject=execution.subject, facts=facts, action=f"setting.{name}")
        outcome_facts = {"setting": execution.subject, "restarts": restarts}
        return Outcome(name=f"{name}_at_start" if restarts else name, facts=outcome_facts, audit=[entry])


class ChangeSetting(SettingCommand):
    """Staff command that stores a value which overrides the environment variable."""

    name = "change_setting"
    inputs = (VALUE,)
    outcomes = ("changed", "changed_at_start", "unchanged")
    effects = ("before",)

    async def preview(self, execution: Execution) -> Effect | None:
        """Return the current value. Raises Wrong if the setting does not accept the new value."""
        await self._check(execution)
        return Effect(name="before", facts={"before": (await self._old_value(execution))[:_EXCERPT] or "–"})

    async def run(self, execution: Execution) -> Outcome:
        """Save the value. Every process applies it within seconds, or after its next start."""
        await self._check(execution)
        previous = await self._old_value(execution)
        if previous == execution[VALUE]:
            return Outcome(name="unchanged", facts={"setting": execution.subject})
        await execution.uow.settings.save(
            CustomSetting(name=execution.subject, value=execution[VALUE], changed_at=execution.at)
        )
        return self._outcome(execution, "changed", previous, execution[VALUE])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the allowed values of a setting that accepts only a fixed set of values."""
        facts = self.catalog.facts(subject.id)
        return [Choice(each, each) for each in facts.choices] if facts is not None else []

    async def _check(self, execution: Execution) -> None:
        if not execution[VALUE] and not self._facts(execution).may_be_empty:
            raise Wrong("missing", question=VALUE.name)
        try:
            self.catalog.check(execution.subject, execution[VALUE])
        except InvalidInput as error:
            raise Wrong("setting", question=VALUE.name, problem=error.problem) from error
        if self.catalog.has_prerequisites(execution.subject, execution[VALUE]):
            settings_missing = await execution.uow.variables.get(missing_for(execution.subject))
            if settings_missing is None:
                raise Wrong("settings_unsure", question=VALUE.name)
            if settings_missing:
                raise Wrong("settings_missing", question=VALUE.name, missing=settings_missing)

    async def _old_value(self, execution: Execution) -> str:
        custom = await execution.uow.settings.get(execution.subject)
        return custom.value if custom is not None else self._facts(execution).default


class RestoreSetting(SettingCommand):
    """Staff command that resets a setting to the value of the environment variable, or to the default."""

    name = "restore_setting"
    outcomes = ("restored", "restored_at_start", "unchanged")

    async def run(self, execution: Execution) -> Outcome:
        """Remove the stored value. The audit log still contains the old value."""
        custom = await execution.uow.settings.get(execution.subject)
        if custom is None or not await execution.uow.settings.remove(execution.subject):
            return Outcome(name="unchanged", facts={"setting": execution.subject})
        return self._outcome(execution, "restored", custom.value, self._facts(execution).default)
