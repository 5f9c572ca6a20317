"""Staff commands as dialogues of the panel, rendered from their declarations."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from bot.feature import CardScreen, chat_parts, result_screens
from bot.formats import calendar_day, format_fact
from bot.panel.command_buttons import own_page, page_of
from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Choice, Form, Question
from bot.panel.lists import show_row
from bot.panel.pages.catalog.plan_card import show_after as plan_shown
from bot.panel.pages.home import home
from bot.panel.pages.lists import panel_lists
from bot.panel.pages.payments.arrivals import ARRIVALS, payments_shown
from bot.panel.pages.people.people import show_customer
from bot.panel.pages.texts.texts import show as text_shown
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.frame import HOME, role_word
from bot.screens.panel.lists import PanelList
from bot.screens.panel.staff.shown_once import shown_once
from bot.texts import Texts
from subscriptions.application.dto.typed_answers import Wrong, kept_money
from subscriptions.application.staff.command import FeatureOff, NothingToDo, Outcome, StaffCommand, Subject, SubjectKind
from subscriptions.application.staff.inputs import Input, InputKind, choice_keys
from subscriptions.application.staff.run_command import InputsRefused, OperationConflict
from subscriptions.bootstrap.features import cached_parts
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.custom_text import TextId
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ids import CustomerId

SUBJECT: Final = "about"
CUSTOMER: Final = "c"
"""Reserved answer names: `SUBJECT` for the id of the command's subject, `CUSTOMER` for the id of the customer whose
card is shown after the dialogue.
"""
_SUBJECT_IDS: Final[Mapping[str, Callable[[Visit], str]]] = {
    SubjectKind.SHOP: lambda _: "",
    SubjectKind.PAYMENT_METHOD: lambda visit: visit.part(),
    SubjectKind.SETTING: lambda visit: visit.part(),
    SubjectKind.AWAITED_PAYMENT: lambda visit: f"{visit.id()}.{visit.number(1)}",
    SubjectKind.JOB: lambda visit: str(visit.number()),
}
"""Functions that return the subject's id from a button, for kinds of subject whose id is not a UUID."""
_PAGES: Final[Mapping[str, str]] = {SubjectKind.AWAITED_PAYMENT: ARRIVALS}
"""Pages shown when a dialogue about a subject without a card is canceled, keyed by kind of subject."""
_CONFIRMED: Final = frozenset(
    {
        *("confirm_invitation", "revoke_invitation"),
        *("delete_resource", "delete_plan"),
        *("confirm_payment", "refuse_payment"),
    }
)
"""Commands without questions that cannot be undone. The chat asks for confirmation, because a tap can be accidental."""
_MOST_CHOICES: Final = 24
"""Maximum number of choices offered for an answer with several values; with more choices, staff types the values."""
_LONGEST_SHOWN: Final = 1500
"""Maximum number of characters of an answer in the confirmation; a Telegram message is limited to 4096."""
_CHOICES_A_ROW: Final = {InputKind.DAYS: 2, InputKind.MANY: 2}


def form_of(command: type[StaffCommand]) -> Form:
    """Return the dialogue of a staff command."""
    return Form(
        kind=command.name,
        action=command.permission,
        questions=tuple(_question(command, asked_input) for asked_input in command.inputs),
        carry_out=_carried_out(command),
        leave=_leave,
        summary=summary_of(command) if command.needs_confirmation else None,
        texts=f"commands.{command.name}",
        opens=any(asked_input.rare for asked_input in command.inputs),
    )


def _leave(dialogue: Dialogue) -> str:
    if CUSTOMER in dialogue.answers:
        return data("c", UUID(dialogue.answers[CUSTOMER]))
    command = COMMANDS[dialogue.kind]
    target_list = panel_lists().get(command.makes) if command.makes is not None else None
    if target_list is not None:
        return data(target_list.page)
    page = _pages_back().get(command.subject)
    if page is not None:
        return data(page)
    card = _cards().get(command.subject)
    if card is not None:
        return data(card, UUID(dialogue.answers[SUBJECT]))
    if command.subject == SubjectKind.TEXT:
        return data("text", TextId.parse(dialogue.answers[SUBJECT]).uuid)
    # The feature of the subject was switched off during the dialogue.
    return data(HOME)


async def _card(visit: Visit, command: type[StaffCommand], customer: str | None, subject_id: str, note: str) -> Screen:
    """Return the screen with the card of a command's subject.

    customer: id of the customer whose card is shown instead; None to show the subject's card.
    """
    if customer is not None:
        return await show_customer(visit, CustomerId(UUID(customer)), note)
    kind = command.makes or command.subject
    return await _card_screens()[kind](visit, subject_id, note)


def _row_shown(panel_list: PanelList) -> CardScreen:
    async def show(visit: Visit, row_id: str, note: str) -> Screen:
        return await show_row(visit, panel_list, row_id, note)

    return show


_OWN_SCREENS: Final[Mapping[str, CardScreen]] = {
    SubjectKind.SHOP: lambda visit, _, note: home(visit, note),
    SubjectKind.PLAN: lambda visit, plan_id, note: plan_shown(visit, UUID(plan_id), note),
    SubjectKind.AWAITED_PAYMENT: lambda visit, _, note: payments_shown(visit, note),
    SubjectKind.TEXT: text_shown,
}
"""Functions that return the screen after a command that does not concern a customer, keyed by kind of subject.

Their arguments are the visit, the subject's id and the sentence about the command's result.
"""


def _question(command: type[StaffCommand], asked_input: Input[Any]) -> Question:
    async def choices(visit: Visit, dialogue: Dialogue) -> Sequence[Choice]:
        runner, subject = visit.use.run_command(), await _subject(visit, command, dialogue.answers[SUBJECT])
        offered_choices = await runner.choices(visit.who, command.name, asked_input.name, subject)
        choices = [
            Choice(
                str(format_fact(visit.t, each.label))
                if each.label
                else _label(visit.t, command, asked_input, each.value),
                each.value,
            )
            for each in offered_choices
        ]
        if asked_input.kind is InputKind.MANY and len(choices) > _MOST_CHOICES:
            choices = []
        is_free = asked_input.kind not in {InputKind.MONEY, InputKind.CHOICE}
        may_be_empty = not asked_input.default and (asked_input.rare or (is_free and asked_input.default is not None))
        return [*choices, Choice(visit.t.plain("forms.skip"), "")] if may_be_empty else choices

    return Question(
        asked_input.name,
        asked_input.parse,
        choices,
        columns=_CHOICES_A_ROW.get(asked_input.kind, 1),
        optional=asked_input.rare,
    )


def _answers(command: type[StaffCommand], dialogue: Dialogue) -> dict[str, str]:
    """Return the answers of a dialogue, with the default for each missing answer."""
    return {each.name: dialogue.answers.get(each.name, each.default or "") for each in command.inputs}


def _label(t: Texts, command: type[StaffCommand], asked_input: Input[Any], value: str) -> str:
    """Return the label of a choice that declares no label."""
    if asked_input.kind is InputKind.DAYS:
        sign = "+" if asked_input.limits is not None and asked_input.limits[0] < 0 else ""
        return f"{sign}{t.unit('day', int(value))}"
    if asked_input.kind is InputKind.MONEY:
        return t.plain("commands.choice.all", amount=kept_money(value))
    keys = choice_keys(command.name, asked_input, value)
    return next((t.plain(key) for key in keys if t.has(key)), None) or role_word(t, value)


def summary_of(command: type[StaffCommand]) -> Callable[[Visit, Dialogue], Awaitable[str]]:
    """Return the function that renders a command's confirmation."""

    async def summary(visit: Visit, dialogue: Dialogue) -> str:
        subject, t = await _subject(visit, command, dialogue.answers[SUBJECT]), visit.t
        facts = {name: format_fact(t, fact) for name, fact in subject.facts.items()}
        answers, values = dict[str, str](), _answers(command, dialogue)
        for asked_input in command.inputs:
            question = _question(command, asked_input)
            value = values[question.name]
            if not value:
                answers[question.name] = ""
                continue
            if asked_input.kind is InputKind.MONEY:
                answers[question.name] = str(format_fact(t, kept_money(value)))
                continue
            if asked_input.is_day:
                answers[question.name] = calendar_day(t, date.fromisoformat(value))
                continue
            if asked_input.is_named:
                answers[question.name] = ", ".join(_label(t, command, asked_input, word) for word in value.split())
                continue
            choices = await question.choices(visit, dialogue) if question.choices is not None else ()
            answers[question.name] = str(
                next((each.label for each in choices if each.value == value), format_fact(t, value))
            )
        effect = await effect_of(visit, command, dialogue)
        return confirmation(t, command, facts, answers, effect)

    return summary


async def effect_of(visit: Visit, command: type[StaffCommand], dialogue: Dialogue) -> str:
    """Return the sentence that previews a command's effect; empty if the command has no preview.

    Raises Wrong for an invalid answer, and Stale if the command would change nothing.
    """
    answers = _answers(command, dialogue)
    try:
        effect = await visit.use.run_command().preview(visit.who, command.name, dialogue.answers[SUBJECT], answers)
    except NothingToDo as nothing:
        raise Stale("nothing to do") from nothing
    except InputsRefused as error:
        raise _first_error(error) from error
    if effect is None:
        return ""
    facts = {name: format_fact(visit.t, fact) for name, fact in effect.facts.items()}
    return " ".join(visit.t(f"commands.{command.name}.effect.{each}", **facts) for each in effect.names)


def confirmation(
    t: Texts, command: type[StaffCommand], facts: Mapping[str, object], answers: Mapping[str, str], effect: str = ""
) -> str:
    """Return the text of a confirmation.

    answers: answers as displayed; empty answers are omitted. effect: sentence that previews the command's effect.
    """
    shown_answers = [(each.name, answers[each.name]) for each in command.inputs if answers[each.name]]
    lines = [f"{t(f'commands.field.{name}')}: <b>{escape(_shorten(answer))}</b>" for name, answer in shown_answers]
    head = f"<b>{t(f'commands.{command.name}.label')}</b>"
    sure = "\n".join(each for each in (t(f"commands.{command.name}.sure", **facts), effect) if each)
    return "\n\n".join([head, sure, "\n".join(lines)])


def _shorten(answer: str) -> str:
    return answer if len(answer) <= _LONGEST_SHOWN else f"{answer[:_LONGEST_SHOWN]}…"


def _carried_out(command: type[StaffCommand]) -> Callable[[Visit, Dialogue], Awaitable[Screen]]:
    async def carry_out(visit: Visit, dialogue: Dialogue) -> Screen:
        subject_id, answers = dialogue.answers[SUBJECT], _answers(command, dialogue)
        outcome = await outcome_of(visit, command, subject_id, answers, dialogue.id)
        # A subject created by the command has the dialogue's id if its kind allows it.
        subject_id = str(dialogue.id) if command.makes is not None else subject_id
        return await _screen_after(visit, command, dialogue.answers.get(CUSTOMER), subject_id, outcome)

    return carry_out


async def _screen_after(
    visit: Visit, command: type[StaffCommand], customer: str | None, subject_id: str, outcome: Outcome | None
) -> Screen:
    """Return the screen for a result that is shown only once, such as a secret, or else the card of the command's
    subject.
    """
    result_screen = _shown_once(visit.t, outcome.result) if outcome is not None else None
    if result_screen is not None:
        return result_screen
    return await _card(visit, command, customer, subject_id, _note_of(visit.t, command, outcome))


def _shown_once(t: Texts, result: object) -> Screen | None:
    draw = result_screens().get(type(result), shown_once)
    return draw(t, result)


async def run(
    visit: Visit, command: type[StaffCommand], subject_id: str, answers: Mapping[str, str], operation: UUID
) -> str:
    """Carry out a command and return the sentence that describes its result. Raises Wrong for an invalid answer."""
    return _note_of(visit.t, command, await outcome_of(visit, command, subject_id, answers, operation))


def _note_of(t: Texts, command: type[StaffCommand], outcome: Outcome | None) -> str:
    return outcome_text(t, command, outcome) if outcome is not None else t("people.over")


async def outcome_of(
    visit: Visit, command: type[StaffCommand], subject_id: str, answers: Mapping[str, str], operation: UUID
) -> Outcome | None:
    """Carry out a command. Return None if the command changes nothing. Raises Wrong for an invalid answer."""
    try:
        return await visit.use.run_command()(visit.who, command.name, subject_id, answers, operation)
    except (NothingToDo, OperationConflict):
        return None
    except InputsRefused as error:
        raise _first_error(error) from error


def _first_error(refusal: InputsRefused) -> Wrong:
    name, wrong = next(iter(refusal.errors.items()))
    wrong.question = name
    return wrong


def press(command: type[StaffCommand], shown_after: Callable[[Visit, str], Awaitable[Screen]]) -> Page:
    """Return the page of a button that carries out a command without questions.

    shown_after: function that returns the next screen, given the sentence that describes the result.
    """

    async def show(visit: Visit) -> Screen:
        subject_id = _SUBJECT_IDS[command.subject](visit) if command.subject in _SUBJECT_IDS else str(visit.id())
        return await shown_after(visit, await run(visit, command, subject_id, {}, press_operation(visit, subject_id)))

    return Page(command.permission, show)


def press_operation(visit: Visit, subject_id: UUID | str) -> UUID:
    """Return the operation id of a button press. The id is the same if the press is processed twice."""
    return uuid5(NAMESPACE_URL, f"umbral:press:{getattr(visit.event, 'id', '')}:{subject_id}")


def outcome_text(t: Texts, command: type[StaffCommand], outcome: Outcome) -> str:
    """Return the sentence that describes a command's result."""
    facts = {name: format_fact(t, fact) for name, fact in outcome.facts.items()}
    return t(f"commands.{command.name}.done.{outcome.name}", **facts)


async def _subject(visit: Visit, command: type[StaffCommand], subject_id: str) -> Subject:
    try:
        subject = await visit.use.run_command().subject(visit.who, command.name, subject_id)
    except FeatureOff as off:
        raise Stale("the feature is off") from off
    if subject is None:
        raise Stale("nothing to do it to")
    return subject


def _page(command: type[StaffCommand]) -> Page:
    async def show(visit: Visit) -> Screen:
        subject_id = _SUBJECT_IDS[command.subject](visit) if command.subject in _SUBJECT_IDS else str(visit.id())
        subject = await _subject(visit, command, subject_id)
        customer = str(subject.customer.id) if subject.customer is not None else None
        if command.name not in forms_by_name():
            outcome = await outcome_of(visit, command, subject.id, {}, press_operation(visit, subject_id))
            return await _screen_after(visit, command, customer, subject.id, outcome)
        present = {each.name: each.left_out(subject.facts) or "" for each in command.inputs if each.stays}
        about_it = {SUBJECT: subject.id, **({CUSTOMER: customer} if customer is not None else {})}
        return await begin(visit, forms_by_name()[command.name], **subject.reads, **present, **about_it)

    return Page(command.permission, show)


@cached_parts
def forms_by_name() -> Mapping[str, Form]:
    """Return the dialogues that are generated from the declarations of staff commands, keyed by name."""
    second_tap = _CONFIRMED.union(*(part.panel.second_tap for part in chat_parts().values()))
    return {
        name: form_of(command)
        for name, command in COMMANDS.items()
        if (command.inputs or name in second_tap) and own_page(command) is None
    }


@cached_parts
def pages() -> Mapping[str, Page]:
    """Return the panel pages that are generated from the declarations of staff commands, keyed by name."""
    return {page_of(command): _page(command) for command in COMMANDS.values() if own_page(command) is None}


# The parts of features are read late, because their modules import this one.
@cached_parts
def _pages_back() -> Mapping[str, str]:
    """Return the pages shown when a dialogue about a subject without a card is canceled, keyed by kind of subject."""
    return {**_PAGES, **{kind: page for part in chat_parts().values() for kind, page in part.panel.pages_back.items()}}


@cached_parts
def _cards() -> Mapping[str, str]:
    """Return the panel pages that show subjects' cards, keyed by kind of subject. Canceling a dialogue
    returns to them.
    """
    of_lists = {kind: panel_list.card for kind, panel_list in panel_lists().items()}
    of_features = {kind: page for part in chat_parts().values() for kind, (page, _) in part.panel.cards.items()}
    return {SubjectKind.PLAN: "plan", **of_lists, **of_features}


@cached_parts
def _card_screens() -> Mapping[str, CardScreen]:
    of_lists = {kind: _row_shown(panel_list) for kind, panel_list in panel_lists().items()}
    of_features = {kind: show for part in chat_parts().values() for kind, (_, show) in part.panel.cards.items()}
    return {**_OWN_SCREENS, **of_lists, **of_features}
