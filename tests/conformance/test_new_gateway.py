"""`umbral gateway new`: what it writes imports, registers, and fails the kit with words to work by."""

from __future__ import annotations

from pathlib import Path

import pytest

from subscriptions.domain.ports.payment_gateway import GatewayDescriptor
from tests.conformance.installing import installed_into
from umbral.cli.new_gateway.writing import NameRefused, write_gateway
from umbral.testing import descriptor_faults
from umbral.testing.conformance import BEHAVIOURS, Runner, Verdict, installed

NAME = "pagofacil"
AUTHORS_PAGE = Path(__file__).parents[2] / "docs" / "adding-a-gateway.md"


@pytest.mark.parametrize("name", ["", "x", "Bizum", "2pay", "../out", "pay pal", "class", "json", "a" * 40, "señal"])
def test_a_name_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(NameRefused):
        write_gateway(name, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    folder = write_gateway(NAME, tmp_path)
    (folder / "README.md").write_text("mine")

    with pytest.raises(NameRefused, match="there already"):
        write_gateway(NAME, tmp_path)

    assert (folder / "README.md").read_text() == "mine"


def test_what_is_written_registers_and_says_what_is_to_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, conformance_database: str
) -> None:
    installed_into(tmp_path / "site", write_gateway(NAME, tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    subject = installed(NAME)
    assert isinstance(subject.descriptor, GatewayDescriptor)
    assert descriptor_faults(NAME, subject.descriptor) == []
    with Runner(subject, conformance_database) as runner:
        outcomes = runner.outcomes()

    assert {each.behaviour.number for each in outcomes} == set(BEHAVIOURS)
    open_ends = [each for each in outcomes if each.verdict is Verdict.FAILS]
    assert sum("still to be written" in each.words for each in open_ends) > len(outcomes) / 2
    assert all(each.words for each in open_ends)


def test_the_authors_page_counts_the_behaviours() -> None:
    assert f"{len(BEHAVIOURS)} behaviours" in AUTHORS_PAGE.read_text(encoding="utf-8")
