"""Feature: monthly statistics of revenue, retention and churn, in the console and in the bot's staff panel."""
