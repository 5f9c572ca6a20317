"""Optional features, one folder each. `subscriptions.bootstrap.features` finds them; no other code names them."""
