"""Run bot, worker and gateway in one process, under a scheduler whose choices a seed decides.

The product's own code runs on in-memory stand-ins for its edge classes (``edges``). Time is
virtual, one step runs at a time, and all chance comes from the seed: the same seed always gives the
same run, and years pass in a night. ``make simulate`` runs seeds; ``story`` tells what happened in
a seed that failed.
"""
