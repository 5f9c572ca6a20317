"""`make live`: run the main flows against the real services' test modes, and compare the results with the simulators.

`keys` reads the file of API keys and refuses keys of live accounts. `checks` contains the list of checks: each runs a
flow with the product's own gateways and returns facts. `hands` performs the actions of a customer, the customer's bank
and the clock. `running` runs each check twice, against a simulator and against the service, and compares the facts.
`report` writes docs/live.md.
"""
