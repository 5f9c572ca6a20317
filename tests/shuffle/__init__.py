"""Random events of all kinds of providers, duplicated and shuffled: the guarantees are fulfilled in any order."""
