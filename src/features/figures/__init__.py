"""Feature: figures of revenue, retention and churn by month, in the console and in the panel."""
