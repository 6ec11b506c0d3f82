"""Load tests: what the whole system does under load, and while vendors and machines fail.

``python -m infra.load`` runs each scenario against the local stack, in full size, and prints
figures; ``tests/load`` runs the same ones small and looks only at what must hold whatever the
machine: nothing lost, nothing doubled, nobody overtaken, nothing paid for twice.
"""
