"""The kit that every feature has to pass."""

from umbral.testing import features

test_feature = features.tests_for("bingo")
