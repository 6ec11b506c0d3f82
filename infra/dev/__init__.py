"""Run the product on a developer's machine, in a real workspace: ``python -m infra.dev``."""
