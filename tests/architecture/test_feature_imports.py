"""Imports from the core or the platform into optional features are counted, and the count may only fall."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.feature_imports import ROOT, Crossing, FeatureMap, crossings, modules_in, verdict


def test_number_of_imports_from_the_core_into_features_equals_the_ceiling() -> None:
    features = FeatureMap.read()
    assert verdict(len(crossings(features, modules_in(ROOT / "src"))), features.ceiling) is None


def test_every_module_in_the_feature_map_exists() -> None:
    modules = modules_in(ROOT / "src")
    absent = [
        name
        for name in FeatureMap.read().owners
        if name not in modules
        and not any(each.startswith(f"{name}.") for each in modules)
        # The folder of a carved feature may be removed.
        and not name.startswith("features.")
    ]
    assert absent == []


@pytest.mark.parametrize(("count", "is_wrong"), [(4, True), (5, False), (6, True)])
def test_import_count_above_or_below_the_ceiling_fails(count: int, is_wrong: bool) -> None:
    assert (verdict(count, 5) is not None) == is_wrong


def test_import_from_the_core_into_a_feature_is_found(tmp_path: Path) -> None:
    """Imports within the feature do not count, and neither do imports of a module inside the feature's folder that has
    another owner. Two imports of the same module count once.
    """
    (tmp_path / "shop/gifts").mkdir(parents=True)
    files = {
        "shop/__init__.py": "",
        "shop/gifts/__init__.py": "",
        "shop/gifts/wrap.py": "from shop import gifts",
        "shop/gifts/core_part.py": "",
        "shop/till.py": "from shop.gifts import wrap\nfrom shop.gifts.core_part import x\nimport shop.gifts.wrap",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    features = FeatureMap({"shop.gifts": "gifts", "shop.gifts.core_part": "outside"}, 0)

    assert crossings(features, modules_in(tmp_path)) == [Crossing("shop.till", "gifts", "shop.gifts.wrap")]


def test_module_assigned_to_two_features_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "features.toml"
    path.write_text('ceiling = 0\n[outside]\nmodules = []\n[features]\na = ["x.y"]\nb = ["x.y"]\n')
    with pytest.raises(ValueError, match=r"x\.y belongs to a and to b"):
        FeatureMap.read(path)
