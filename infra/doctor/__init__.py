"""The doctor's checks, one file per thing that can be wrong."""
