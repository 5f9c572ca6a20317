"""Check that installed versions outside the requirements of a feature's distribution are found."""

from __future__ import annotations

import pytest

from subscriptions.application.dto.requirements import unmet


@pytest.mark.parametrize(
    ("requirement", "version", "found"),
    [
        ("umbral-access", "0.1.0", ""),
        ("umbral-access>=0.1,<0.2", "0.1.0", ""),
        ("umbral-access>=0.1,<0.2", "0.2.0", ">=0.1,<0.2"),
        ("umbral-access<0.2,>=0.1", "0.0.9", "<0.2,>=0.1"),
        ("Umbral_Access[web] (>=0.2)", "0.1.9", ">=0.2"),
        ("umbral-access~=0.1.2", "0.1.10", ""),
        ("umbral-access~=0.1.2", "0.2.0", "~=0.1.2"),
        ("umbral-access==0.1.*", "0.1.7", ""),
        ("umbral-access==0.1.*", "0.2.7", "==0.1.*"),
        ("umbral-access!=0.1", "0.1.0", "!=0.1"),
        ("umbral-access>=0.2", "0.2.0rc1", ""),
        ("umbral-access @ file:///src", "0.1.0", ""),
        ("umbral-access>=9; extra == 'test'", "0.1.0", ""),
        ("umbral-access-sandbox>=9", "0.1.0", ""),
        ("another>=9", "0.1.0", ""),
    ],
)
def test_installed_version_outside_the_requirement_is_reported(requirement: str, version: str, found: str) -> None:
    assert unmet([requirement], "umbral-access", version) == found
