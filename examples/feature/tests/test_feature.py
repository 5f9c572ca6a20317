"""The kit that every feature has to pass."""

from umbral.testing import features

test_feature = features.tests_for(
    "survey",
    rows=["INSERT INTO survey_answers (customer_id, reason, answered_at) VALUES (:customer, 'price', now())"],
)
