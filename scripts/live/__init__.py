"""`make live`: the main flows against the real services' test modes, compared with the stand-ins.

`keys` reads the file of keys and refuses live ones. `checks` has the list: each plays a flow by the product's own
gateways and returns facts. `hands` do what a customer, their bank and time do. `running` plays each check twice, before
a stand-in and before the service, and compares the facts. `report` writes docs/live.md.
"""
