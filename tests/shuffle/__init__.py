"""Events of all kinds of providers, drawn, doubled and shuffled: whatever their order, the promises hold."""
