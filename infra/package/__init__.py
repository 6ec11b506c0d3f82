"""Build the functions' package: build/package and build/backdrop.zip."""
