"""Record what is logged during one try; a fixture would hold the lines of all tries."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from functions.log import logger


class _Recording(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.rows.append(record)


@contextmanager
def recorded() -> Iterator[list[logging.LogRecord]]:
    """Yield a list of the records that the product logs in the block, from warnings on."""
    handler = _Recording()
    logger.addHandler(handler)
    try:
        yield handler.rows
    finally:
        logger.removeHandler(handler)
