"""Work the open queue off, one call to aiart at a time."""
