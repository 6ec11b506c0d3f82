"""Write all traces anew, and say which have changed (``make traces``)."""

from tests.traces.comparing import STILL, of_gesture, write
from tests.traces.gestures import GESTURES, a_world


def main() -> None:
    """Act out all gestures, and write all traces."""
    texts = {name: make() for name, make in STILL.items()}
    with a_world() as world:
        texts |= {f"{gesture}.txt": of_gesture(world, gesture) for gesture in GESTURES}
    changed = [name for name, text in texts.items() if write(name, text)]
    print("changed:", *changed or ["nothing"])


if __name__ == "__main__":
    main()
