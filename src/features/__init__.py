"""Optional features, one folder each. `subscriptions.bootstrap.features` discovers the folders; no other code refers to
a feature by name.
"""
