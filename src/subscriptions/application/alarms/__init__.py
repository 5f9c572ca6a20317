"""Alarms: problems that require action by staff. Alarms are raised, listed, and closed once their cause is gone."""
