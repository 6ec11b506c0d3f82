"""Build the package: ``python -m infra.package``."""

import sys

from infra.package.build import main

if __name__ == "__main__":
    sys.exit(main())
