"""``python -m infra.local up | try``: the whole system on this machine."""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

from infra.local import trial
from infra.local.ending import told_to_end
from infra.local.measured import NotMeasured, read, settings
from infra.local.stack import ROOT, Options, running


def main() -> int:
    """Gives the exit code."""
    arguments = _parser().parse_args()
    return _up(arguments) if arguments.command == "up" else _try(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="run the stack until SIGTERM or Ctrl-C")
    up.add_argument("--ready", type=Path, help="write addresses and credentials here when ready")
    up.add_argument("--port", type=int, default=0, help="of the chat page; 0 takes a free one")
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
            # All at once: whoever waits for the file must not read half of it.
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
    missing = [path for path in (arguments.photo, arguments.mask) if path and not path.is_file()]
    if missing:
        print(f"There is no file {missing[0]}.", file=sys.stderr)
        return 2
    wanted = trial.Wanted(
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
            ts = trial.ask(stack, wanted)
            messages = trial.wait_for_answers(stack, ts, 1, say=lambda line: _say(started, line))
            link = trial.keep(messages, arguments.out)
    except trial.NoPicture as words:
        print(f"No picture. The bot says: {words}", file=sys.stderr)
        return 1
    _say(started, f"{arguments.out / 'result.png'} is there")
    print(f"link: {link}")
    return 0


def _say(started: float, line: str) -> None:
    print(f"{time.monotonic() - started:6.1f} s  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
