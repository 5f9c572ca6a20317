"""`make live`: run the main flows against the real services' test modes, and compare them with the simulators.

`keys` reads the file of keys and refuses live ones. `checks` has the list: each runs a flow with the product's own
gateways and returns facts. `hands` perform the actions of a customer, their bank and the clock. `running` runs each
check twice, against a simulator and against the service, and compares the facts. `report` writes docs/live.md.
"""
