"""Run an event function's Python inside its instance, as SCF's own runtime does.

Run as ``python -u child.py HANDLER CHANNEL`` in the code's folder. The file descriptor CHANNEL
carries one JSON line for each event and one for each answer; what the function prints stays on
standard output and error, its log. Environment variables come with each event, because a role's
keys can be new at every invocation.

Nothing of this package is imported, because the function may have another Python and other modules.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

Handler = Callable[[Any, Any], Any]


class NoHandler(Exception):
    """Say that the handler's module or function does not exist."""


def main(handler: str, channel: int) -> None:
    """Serve events until the channel ends."""
    os.set_inheritable(channel, False)  # what the function starts must not keep it open
    sys.path[0] = str(Path.cwd())  # not the folder of this file
    with os.fdopen(os.dup(channel), "rb") as events, os.fdopen(channel, "wb") as answers:
        try:
            function = load(handler)
        except NoHandler as error:
            _say(answers, _line({"missing": str(error)}))
        except Exception:  # noqa: BLE001  # a module may raise anything
            _say(answers, _line({"error": _traceback()}))
        else:
            _say(answers, _line({"ready": True}))
            for line in events:
                _say(answers, _run(function, json.loads(line)))


def load(handler: str) -> Handler:
    """Import the function that ``package.module.function`` names. Raises ``NoHandler``."""
    path, _, name = handler.rpartition(".")
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name and f"{path}.".startswith(f"{error.name}."):
            raise NoHandler(f"there is no module {error.name}") from error
        raise  # the module is there, but not something that it imports
    function: Handler | None = getattr(module, name, None)
    if function is None:
        raise NoHandler(f"{path} has no {name}")
    return function


def _run(function: Handler, message: dict[str, Any]) -> bytes:
    os.environ.update(message["environment"])
    try:
        return _line({"result": function(message["event"], message["context"])})
    except Exception:  # noqa: BLE001  # a function may raise anything
        return _line({"error": _traceback()})
    except BaseException:  # noqa: BLE001  # sys.exit ends the process, with all its threads
        _traceback()
        os._exit(1)


def _traceback() -> str:
    text = traceback.format_exc()
    sys.stderr.write(text)
    sys.stderr.flush()
    return text[-4000:]


def _line(message: dict[str, Any]) -> bytes:
    # UTF-8, because a response is measured in bytes; a lone surrogate becomes its JSON escape.
    return json.dumps(message, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def _say(answers: BinaryIO, line: bytes) -> None:
    answers.write(line)
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
