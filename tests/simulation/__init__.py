"""Runs bot, worker and gateway in one process, under a scheduler that a seed decides for.

The product's own code runs above in-memory stand-ins for its edge classes (``edges``). Time is
virtual, one step runs at a time, and what is random comes from the seed: so the same seed goes the
same way, and years pass in a night. ``make simulate`` runs seeds, ``story`` tells of one that has
failed.
"""
