"""Alarms: problems that require action by staff. They are raised, listed, and closed once their cause is gone."""
