"""Renders product photos from formulas, for the samples; the page itself does not need it."""
