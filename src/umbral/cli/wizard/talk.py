"""The wizard's dialogue with the operator at a terminal. Without a terminal, a missing answer ends the wizard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.setup_questions import Question
from subscriptions.bootstrap.words import Words
from umbral.cli.asking import ask
from umbral.cli.wizard.answers import Answers, AnswersRefused

ReadLine = Callable[[str], Mapping[str, str]]
"""Parser of a typed line into answers, keyed by name. Raises ValueError with a message if the line is invalid."""
Check = Callable[[Mapping[str, str]], Problem | None]
"""Function that verifies answers with a service. It returns the problem, or None if the answers are correct."""

TRIES: Final = 5


class Talk:
    """Dialogue of one run of the wizard. types: True if an operator can type answers. answer_count: number of lines
    typed so far.
    """

    def __init__(self, words: Words, answers: Answers, *, types: bool) -> None:
        self.words, self.answers, self.types = words, answers, types
        self.answer_count = 0

    def say(self, key: str, **facts: object) -> None:
        """Print the text with this key."""
        print(self.words(f"say.{key}", **facts), flush=True)

    def success(self, key: str, **facts: object) -> None:
        """Print the text with this key, marked as a verified answer."""
        print(f"  ✅ {self.words(f'say.{key}', **facts)}", flush=True)

    def prompt(self, topic: str, *, is_secret: bool = False, **facts: object) -> str:
        """Ask a question and return the line as typed. Raises EOFError at the end of the input."""
        print(f"\n{self.words(f'ask.{topic}', **facts)}", flush=True)
        line = ask("> ", is_secret=is_secret).strip()
        self.answer_count += 1
        return line

    def trouble(self, problem: Problem) -> None:
        """Print a problem with instructions to fix it."""
        print(f"  ✖ {self.sentence(problem)}", flush=True)

    def sentence(self, problem: Problem) -> str:
        """Return the description of a problem, preceded by the setting's name."""
        about_key = f"about.{problem.subject}"
        subject = self.words(about_key) if self.words.has(about_key) else problem.subject
        return f"{problem.setting or subject} ({subject}): {self.words.describe(problem)}"

    def settle(
        self, question: Question, answer: ReadLine, check: Check, *, facts: Mapping[str, str] | None = None
    ) -> None:
        """Obtain and verify answers, which are either already known or typed by the operator.

        answer: parser of the typed line. check: verification of the answers. facts: values for the question's text.

        Raises AnswersRefused if the answers stay invalid after all attempts, and EOFError at the end of the input.
        KeyboardInterrupt ends the dialogue, and all verified answers remain saved.
        """
        names = question.names
        for tries_left in range(TRIES, 0, -1):
            is_known = all(self.answers.get(name) for name in names[:1])
            try:
                line = "" if is_known else self._ask(question, facts or {})
                if not (line or is_known or question.is_optional):
                    raise ValueError(self.words("say.nothing_typed"))
                values = self._known_answers(names) if is_known else answer(line)
            except ValueError as wrong:
                print(f"  ✖ {wrong}", flush=True)
                continue
            trouble = check(values)
            if trouble is None:
                self.answers.keep(values)
                return
            if tries_left == 1 or not self.types:
                raise AnswersRefused(self.sentence(trouble))
            self.trouble(trouble)
            self.answers.drop(*names)
        raise AnswersRefused(self.words("say.too_often"))

    def _known_answers(self, names: tuple[str, ...]) -> dict[str, str]:
        return {name: self.answers.get(name) for name in names if self.answers.get(name)}

    def _ask(self, question: Question, facts: Mapping[str, str]) -> str:
        if not self.types:
            raise AnswersRefused(self.words("say.missing", names=", ".join(question.names)), status=2)
        return self.prompt(question.topic, is_secret=question.is_secret, **facts)


def one_answer(name: str) -> ReadLine:
    """Return a parser that uses the whole line as the answer with this name."""
    return lambda line: {name: line}


def no_check(_: Mapping[str, str]) -> Problem | None:
    """Accept the answers without verification by returning None."""
    return None
