"""Make a function's machine fail: Python runs this when it starts, before the function's code.

Python imports a module of this name from PYTHONPATH by itself. A scenario copies it beside the
functions' code. It reads orders from these files in the same folder, of which the first two name
the function that they concern. No code of the product knows of it.

``clock``: seconds that ``time.time`` of a function is ahead, read anew at each call.
``lease-margin``: seconds that a function's lease of a call to aiart has beyond the call's timeout.
``no-disk``: no function can write to any file, as when the disk is full.
"""

import os
import resource
import time
from pathlib import Path

FOLDER = Path(__file__).parent
_real_time = time.time


def _ordered_s(name: str) -> float:
    try:
        function, _, seconds = FOLDER.joinpath(name).read_text("ascii").partition(" ")
    except OSError:
        return 0.0
    return float(seconds) if function == os.environ.get("SCF_FUNCTIONNAME") else 0.0


def _shifted() -> float:
    return _real_time() + _ordered_s("clock")


if "SCF_FUNCTIONNAME" in os.environ:
    time.time = _shifted
    if FOLDER.joinpath("no-disk").exists():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if margin_s := _ordered_s("lease-margin"):
        from functions.worker.steps import generate

        generate.LEASE_MARGIN_S = margin_s
