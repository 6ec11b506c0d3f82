"""Run the whole system on this machine: ``up`` until it is stopped, ``try`` for one picture."""

import argparse
import errno
import json
import shutil
import sys
import time
from pathlib import Path

from infra.local import one_job
from infra.local.measured import NotMeasured, read, settings
from infra.local.signals import told_to_end
from infra.local.stack import ROOT, Options, running

SAMPLES = "infra/local/page/samples"
# Texts for errors that users can mend themselves. Any other error keeps its traceback.
STOPS = {
    errno.EADDRINUSE: "Port {port} is in use, perhaps by another make demo. Take one that is free: "
    "make demo PORT={other}",
    errno.EACCES: "{what} must not be used by you: {why}. Take another one (PORT= from 1024 on).",
    errno.ENOSPC: "The disk is full: {what} cannot be written. Make room and try again.",
    errno.EDQUOT: "Your share of the disk is full: {what} cannot be written. Make room.",
    errno.EROFS: "{what} cannot be written: {why}. Take another folder (OUT=).",
    errno.ENOTDIR: "{what} is no folder. Take another one (OUT=).",
    errno.EEXIST: "{what} is no folder. Take another one (OUT=).",
}


def main() -> int:
    """Run the command that was typed. Return the exit code."""
    arguments = _parser().parse_args()
    try:
        return _up(arguments) if arguments.command == "up" else _try(arguments)
    except OSError as error:
        if error.errno not in STOPS:
            raise
        port = getattr(arguments, "port", 0)
        what = error.filename or (f"Port {port}" if port else "a temporary file")
        words = STOPS[error.errno].format(
            port=port, other=port + 1, what=what, why=(error.strerror or "").lower()
        )
        print(words, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="run the stack until SIGTERM or Ctrl-C")
    up.add_argument("--ready", type=Path, help="write addresses and credentials here when ready")
    up.add_argument("--port", type=_port, default=0, help="of the chat page; 0 takes a free one")
    up.add_argument("--aiart-seconds", type=float, default=3.0, help="how long one picture takes")
    up.add_argument("--log", default="", help="write the functions' log lines to this file")
    up.add_argument(
        "--as-measured", type=Path, metavar="FILE", help="as infra.doctor --live has found it"
    )
    one = commands.add_parser("try", help="make one picture and end")
    one.add_argument("--photo", type=Path, required=True)
    one.add_argument("--prompt", default="")
    for option in ("product", "template", "resolution"):
        one.add_argument(f"--{option}", default="")
    one.add_argument("--mask", type=Path)
    one.add_argument("--out", type=Path, default=Path("out"))
    one.add_argument("--aiart-seconds", type=float, default=3.0)
    one.add_argument("--code", type=Path, default=ROOT, help="run the functions from here")
    one.add_argument("--python", default=sys.executable, help="the functions' interpreter")
    return parser


def _port(typed: str) -> int:
    if not typed.isdigit() or int(typed) > 65535:
        raise argparse.ArgumentTypeError(f"{typed} is no port: it is a number up to 65535")
    return int(typed)


def _up(arguments: argparse.Namespace) -> int:
    try:
        as_measured = settings(read(arguments.as_measured)) if arguments.as_measured else {}
    except NotMeasured as error:
        print(error, file=sys.stderr)
        return 2
    options = Options(
        page_port=arguments.port, aiart_s=arguments.aiart_seconds, log_file=arguments.log
    )
    with told_to_end() as wait, running(options) as stack:
        for name, some in as_measured.items():
            stack.control(name, "PUT", "settings", some)
        if arguments.ready:
            # Rename it into place, so that a script that waits for the file never reads half of it.
            part = arguments.ready.with_suffix(".part")
            part.write_text(json.dumps(stack.ready(), indent=2), "utf-8")
            part.replace(arguments.ready)
        ready = stack.ready()
        print(f"ready: {ready['page_url']}")
        print("for the HTTP API (README.md):")
        print(f"export GATEWAY_URL={ready['gateway_url']}")
        print(f"export WEBHOOK_SECRET={ready['webhook_secret']}", flush=True)
        wait(None)
    return 0


def _try(arguments: argparse.Namespace) -> int:
    for path in (arguments.photo, arguments.mask):
        if path and not path.is_file():
            what = f"{path} is a folder" if path.is_dir() else f"There is no file {path}"
            print(f"{what}. PHOTO= takes one picture, such as {SAMPLES}/mug.jpg", file=sys.stderr)
            return 2
    wanted = one_job.Wanted(
        photos=[arguments.photo],
        prompt=arguments.prompt,
        mask=arguments.mask,
        options={
            "product": arguments.product,
            "template": arguments.template,
            "size": arguments.resolution,
        },
    )
    started = time.monotonic()
    arguments.out.mkdir(parents=True, exist_ok=True)
    log = arguments.out / "log.jsonl"
    log.unlink(missing_ok=True)
    options = Options(
        aiart_s=arguments.aiart_seconds,
        log_file=str(log.resolve()),
        code_dir=arguments.code.resolve(),
        python=shutil.which(arguments.python) or arguments.python,
    )
    try:
        with running(options) as stack:
            _say(started, "everything is up; asking in #product-photos")
            ts = one_job.ask(stack, wanted)
            messages = one_job.wait_for_answers(stack, ts, 1, say=lambda line: _say(started, line))
            one_job.keep(messages, arguments.out)
    except one_job.NoPicture as words:
        print(f"No picture. The bot says: {words}", file=sys.stderr)
        return 1
    _say(started, f"{arguments.out} has result.png, thread.json and log.jsonl")
    return 0


def _say(started: float, line: str) -> None:
    print(f"{time.monotonic() - started:6.1f} s  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
