"""Tests of upgrades without downtime, with the sources, job payloads and rows of the previous release."""
