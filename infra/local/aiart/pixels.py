"""Define the form in which pictures pass between this stand-in's modules."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""8 bits a channel: (height, width) for an alpha, else (height, width, 3 or 4), RGB or RGBA."""
