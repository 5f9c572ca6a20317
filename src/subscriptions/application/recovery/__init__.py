"""Disaster recovery: scheduled backups, and reconciliation after a restore."""
