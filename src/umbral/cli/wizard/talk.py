"""How the wizard speaks with whoever sits at the terminal, or says why it cannot go on without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from subscriptions.bootstrap.checks.problem import Problem
from umbral.cli.asking import ask
from umbral.cli.wizard.answers import Answers, AnswersRefused
from umbral.cli.words import Words

ReadLine = Callable[[str], Mapping[str, str]]
"""What a typed line settles, by name. Raises ValueError with a sentence for a line that settles nothing."""
Check = Callable[[Mapping[str, str]], Problem | None]
"""What a service says of the answers. None: all well."""

TRIES: Final = 5


class Talk:
    """One conversation. types: somebody sits there to answer. answer_count: how many lines were typed."""

    def __init__(self, words: Words, answers: Answers, *, types: bool) -> None:
        self.words, self.answers, self.types = words, answers, types
        self.answer_count = 0

    def say(self, key: str, **facts: object) -> None:
        """A sentence of the wizard's."""
        print(self.words(f"say.{key}", **facts), flush=True)

    def success(self, key: str, **facts: object) -> None:
        """The same, of something that was seen to be right."""
        print(f"  ✅ {self.words(f'say.{key}', **facts)}", flush=True)

    def prompt(self, topic: str, *, is_secret: bool = False, **facts: object) -> str:
        """One line as typed. Raises EOFError."""
        print(f"\n{self.words(f'ask.{topic}', **facts)}", flush=True)
        line = ask("> ", is_secret=is_secret).strip()
        self.answer_count += 1
        return line

    def trouble(self, problem: Problem) -> None:
        """Say what is wrong, and how it is mended."""
        print(f"  ✖ {self.sentence(problem)}", flush=True)

    def sentence(self, problem: Problem) -> str:
        """What is wrong, with the setting's name before it."""
        about_key = f"about.{problem.subject}"
        subject = self.words(about_key) if self.words.has(about_key) else problem.subject
        return f"{problem.setting or subject} ({subject}): {self.words.describe(problem)}"

    def settle(
        self,
        topic: str,
        names: tuple[str, ...],
        answer: ReadLine,
        check: Check,
        *,
        is_secret: bool = False,
        facts: Mapping[str, str] | None = None,
        optional: bool = False,
    ) -> None:
        """Have these answers, all of them, and seen to be right: those that are known, or what is typed.

        facts: what the question names. optional: an empty line is an answer.

        Raises Refused, EOFError; KeyboardInterrupt breaks off, and everything that was answered is kept.
        """
        for tries_left in range(TRIES, 0, -1):
            is_known = all(self.answers.get(name) for name in names[:1])
            try:
                line = "" if is_known else self._ask(topic, names, facts or {}, is_hidden=is_secret)
                if not (line or is_known or optional):
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

    def _ask(self, topic: str, names: tuple[str, ...], facts: Mapping[str, str], *, is_hidden: bool) -> str:
        if not self.types:
            raise AnswersRefused(self.words("say.missing", names=", ".join(names)), status=2)
        return self.prompt(topic, is_secret=is_hidden, **facts)


def one_answer(name: str) -> ReadLine:
    """A line that is one answer, whatever it says."""
    return lambda line: {name: line}


def no_check(_: Mapping[str, str]) -> Problem | None:
    """A check that asks nobody."""
    return None
