"""Conformance tests of the gateway."""

from umbral.testing import conformance

test_conformance = conformance.tests_for("transfer")
