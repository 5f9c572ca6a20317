"""Random events of all kinds of providers, duplicated and shuffled: the promises hold in any order."""
