"""``python -m infra.package``: build/package and build/backdrop.zip."""
