"""Every history of a subscription up to a given number of events, checked against the laws of the timeline."""
