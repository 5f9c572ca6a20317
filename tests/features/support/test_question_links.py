"""The link on a customer's name in the list of questions, which opens the question."""

from __future__ import annotations

from tests.unit.web.test_person_links import link_of


def test_name_in_the_list_of_questions_links_to_the_question() -> None:
    assert link_of("questions") == ("Ana Ruiz", "/questions/q-1")
