"""Alarms: problems that need a person. They are raised, listed, and closed once their cause is gone."""
