"""The worker: drains the open queue, one call to aiart at a time."""
