"""Run the tests that every feature must pass for the survey."""

from datetime import UTC, datetime

from umbral_survey.jobs import NoteCancellation

from umbral.testing import features

test_feature = features.tests_for(
    "survey",
    rows=[
        "INSERT INTO survey_answers (customer_id, reason, answered_at) VALUES (:customer, 'price', now())",
        "INSERT INTO survey_requests (customer_id, cancelled_at) VALUES (:customer, now())",
    ],
    jobs=lambda sale: [NoteCancellation(customer_id=sale.customer, at=datetime(2026, 11, 3, tzinfo=UTC))],
)
