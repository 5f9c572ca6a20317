"""Sources, payloads and rows of the previous release, to test upgrades without downtime."""
