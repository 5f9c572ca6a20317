"""Feature: responses to disputes with the evidence on record about a payment."""
