"""Run the conformance tests for payment gateways with the transfer gateway."""

from umbral.testing import conformance

test_conformance = conformance.tests_for("transfer")
