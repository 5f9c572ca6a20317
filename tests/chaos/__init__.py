"""Campaigns that inject every fault into every step of every flow and check the guarantees of the product afterwards.

A *play* is one run of a flow by one new customer. A *strike* is one fault injected at one step of a play.
"""
