"""Time that passes when a test says so."""

NOW = 1_732_270_000.0


class Clock:
    """For whatever asks for the time. ``now`` is in Unix seconds, and stands until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now
