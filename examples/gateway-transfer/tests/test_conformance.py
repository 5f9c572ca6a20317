"""What every gateway has to do."""

from umbral.testing import conformance

test_conformance = conformance.tests_for("transfer")
