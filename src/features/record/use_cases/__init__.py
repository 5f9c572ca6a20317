"""Use cases of tip records: publishing, settlement, public posts, reminders and verification."""
