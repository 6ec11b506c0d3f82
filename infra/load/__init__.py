"""Test the whole system under load, and while vendors and machines fail.

``python -m infra.load`` runs each scenario against the local stack, in full size, and prints
figures. ``tests/load`` runs smaller versions and checks only what must hold on any machine: no job
is lost, doubled, overtaken or paid for twice.
"""
