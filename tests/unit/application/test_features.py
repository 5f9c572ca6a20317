"""The setting FEATURES, stored choices of staff that override it, and dependencies between features."""

from __future__ import annotations

import pytest

from subscriptions.application.features import (
    ALL_VERTICALS,
    JOBS,
    Feature,
    LiveRows,
    choice_name,
    choices_in,
    dependants,
    in_order_of_needs,
    named_by_setting,
    remaining_text,
    switched_on,
)
from subscriptions.bootstrap.features import installed
from subscriptions.domain.entities.spoken import Spoken, phrase, text_for
from tests.support.features import declared

PICKS = declared("picks", default_for=frozenset({"tips"}))
BROADCASTS = declared("broadcasts", needs=("picks",), default_for=frozenset({"tips"}))
PARTNERS = declared("partners", default_for=ALL_VERTICALS)
INVOICES = declared("invoices", default_for=ALL_VERTICALS, own_setting="INVOICES")
FEATURES = in_order_of_needs([BROADCASTS, INVOICES, PARTNERS, PICKS])


def test_features_are_sorted_after_their_dependencies() -> None:
    names = list(FEATURES)

    assert names.index("picks") < names.index("broadcasts")


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ([declared("one", needs=("two",))], "one needs two, which is not installed"),
        ([declared("one", needs=("two",)), declared("two", needs=("one",))], "in a circle"),
    ],
)
def test_unmet_feature_dependencies_are_refused(features: list[Feature], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        in_order_of_needs(features)


@pytest.mark.parametrize(
    ("value", "vertical", "names"),
    [
        ("", "tips", {"picks", "broadcasts", "partners", "invoices"}),
        ("  ", "plain", {"partners", "invoices"}),
        ("all", "plain", {"picks", "broadcasts", "partners", "invoices"}),
        ("none", "tips", set()),
        ("partners", "tips", {"partners"}),
        ("partners, picks", "plain", {"partners", "picks"}),
        ("partners picks", "plain", {"partners", "picks"}),
        ("broadcasts", "plain", {"broadcasts", "picks"}),
        ("-partners", "plain", {"invoices"}),
        ("-picks,-broadcasts", "tips", {"partners", "invoices"}),
        ("-picks", "plain", {"partners", "invoices"}),
    ],
)
def test_features_setting_selects_the_enabled_features_and_their_dependencies(
    value: str, vertical: str, names: set[str]
) -> None:
    assert named_by_setting(value, vertical, FEATURES) == names


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("", {"picks", "partners", "invoices"}),
        ("-partners", {"picks", "invoices"}),
        ("-picks", {"partners", "invoices"}),
        ("partners", {"partners"}),
        ("none", set()),
    ],
)
def test_feature_already_in_use_is_enabled_by_default_but_can_be_excluded_by_the_setting(
    value: str, names: set[str]
) -> None:
    assert named_by_setting(value, "plain", FEATURES, in_use={"picks"}) == names


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("picks,-partners", "write `all`, `none`"),
        ("all,partners", "write `all`, `none`"),
        ("-all", "there's no feature 'all'"),
        ("pick", "there's no feature 'pick'"),
        ("-", "there's no feature ''"),
        ("-picks", "broadcasts needs picks: remove it as well, with `-broadcasts`"),
    ],
)
def test_invalid_feature_setting_is_refused_with_an_explanation(value: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        named_by_setting(value, "tips", FEATURES)

    (problem,) = refused.value.args
    assert said in problem
    assert said.startswith("broadcasts") or "broadcasts, invoices, partners, picks" in problem
    assert text_for(problem, "es") != problem


def test_stored_feature_choice_of_staff_has_priority_over_the_setting() -> None:
    assert switched_on(FEATURES, "none", "tips", {"partners": True}) == {"partners"}
    assert switched_on(FEATURES, "all", "tips", {"broadcasts": False}) == {"picks", "partners", "invoices"}


def test_feature_in_use_is_disabled_by_a_stored_choice_of_staff() -> None:
    assert switched_on(FEATURES, "", "plain", {"picks": False}, in_use={"picks"}) == {"partners", "invoices"}


def test_stored_choice_to_enable_a_feature_also_enables_its_dependencies() -> None:
    assert switched_on(FEATURES, "none", "plain", {"broadcasts": True, "picks": False}) == {"broadcasts", "picks"}


def test_stored_choice_for_a_feature_that_is_not_installed_is_ignored() -> None:
    assert switched_on(FEATURES, "none", "tips", {"gone": True}) == frozenset()


def test_feature_disabled_by_its_own_setting_ignores_the_stored_choice() -> None:
    assert switched_on(FEATURES, "all", "tips", {"invoices": True}, {"invoices"}) == {"picks", "broadcasts", "partners"}


def test_feature_is_off_while_a_dependency_is_off_by_its_own_setting() -> None:
    assert switched_on(FEATURES, "all", "tips", {}, {"picks"}) == {"partners", "invoices"}


def test_dependants_of_a_feature_are_listed() -> None:
    assert dependants("picks", ["picks", "broadcasts", "partners"], FEATURES) == ["broadcasts"]


def test_feature_choices_are_read_from_stored_settings() -> None:
    assert choices_in({choice_name("picks"): "on", choice_name("marks"): "off", "GRACE_DAYS": "5"}) == {
        "picks": True,
        "marks": False,
    }


@pytest.mark.parametrize(
    ("language", "text"), [("en", "3 API keys, 1 jobs, 2 rows"), ("es", "3 claves de API, 1 tareas, 2 rows")]
)
def test_remaining_records_of_a_draining_feature_are_listed_in_the_readers_language(language: str, text: str) -> None:
    names = (phrase("API keys", "claves de API"), "rows")
    feature = declared("api", live_rows=tuple(LiveRows(name=name, table="api_keys") for name in names))

    assert remaining_text(feature, {"API keys": 3, str(JOBS): 1, "rows": 2}, language) == text


def test_each_kind_of_record_that_delays_a_feature_switch_off_has_a_spanish_name() -> None:
    rows = [each.name for feature in installed().features.values() for each in feature.live_rows]

    assert rows
    assert [name for name in rows if not isinstance(name, Spoken) or "es" not in name.others] == []
