"""Stars' gateway before its stand-in."""

from __future__ import annotations

from umbral.testing import conformance

test_conformance = conformance.tests_for("stars", database="conformance_database")
