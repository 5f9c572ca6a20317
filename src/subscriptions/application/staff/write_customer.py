"""Staff command that writes to one customer first."""

from typing import Final

from subscriptions.application.dto.typed_answers import required_words
from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.domain.entities.question import Question, QuestionLine
from subscriptions.domain.events import QuestionAnswered
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.questions import QUESTIONS_KEY
from subscriptions.domain.services.saved_replies import LONGEST
from subscriptions.domain.services.staff_policy import StaffAction

MESSAGE: Final[Input[str]] = Input(
    name="message",
    kind=InputKind.PARAGRAPH,
    parse=required_words(LONGEST, "answer_long", "answer_empty"),
    value=str,
    limits=(1, LONGEST),
)


class WriteCustomer(StaffCommand):
    """Staff command that sends a customer a message in their chat with the bot. The message is added to their open
    question; without one it opens a conversation, to which the customer's reply is added.
    """

    name = "write"
    permission = StaffAction.ANSWER_QUESTIONS
    subject = SubjectKind.CUSTOMER
    inputs = (MESSAGE,)
    outcomes = ("written", "written_later")
    leads = True

    async def run(self, act: Act) -> Outcome:
        """Queue the message. Raises NothingToDo if the customer does not exist. A customer who blocked the bot receives
        the message once they unblock it.
        """
        customer = await act.uow.customers.get(CustomerId(act.subject_id))
        if customer is None:
            raise NothingToDo("no such customer")
        questions = act.uow.of(QUESTIONS_KEY)
        question = await questions.newest_of(customer.id, lock=True)
        if question is None or not question.open:
            question = Question(
                id=act.operation, customer_id=customer.id, opened_at=act.at, asked_at=act.at, answered_at=act.at
            )
            await questions.add_if_new(question)
        else:
            question.answer(act.at)
            await questions.save(question)
        line = QuestionLine(
            id=act.operation, question_id=question.id, at=act.at, author=act.actor.name, text=act[MESSAGE]
        )
        await questions.add_line(line)
        act.uow.record(QuestionAnswered(line_id=line.id, customer_id=customer.id))
        # The text is stored with the conversation only, and deleted with it.
        entry = AuditEntry(subject=customer.id, action="question.opened")
        return Outcome(name="written" if customer.reachable else "written_later", audit=[entry])
