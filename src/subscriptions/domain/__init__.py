"""Business rules, independent of any framework. Layers, lowest first: errors, ids, money, events, entities, ports,
services.
"""
