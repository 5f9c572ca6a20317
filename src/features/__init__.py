"""Optional capabilities: one folder each, found by `subscriptions.bootstrap.features`. Nothing else names them."""
