"""Build the functions' package, as a folder and as one zip.

``build/package`` is what serverless.yml uploads; ``build/backdrop.zip`` holds the same files, and
has the same bytes if they have not changed. The package holds our code and its dependencies for the
functions' runtime, both compiled, and ``scf_bootstrap``.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from functions.config import SETTINGS_TOML, Choices
from functions.environment import ConfigError, chosen
from infra.dotenv import (
    ROOT,
    RUNTIMES,
    SERVERLESS_YML,
    NotSet,
    operator_environment,
    python_runtime,
)
from infra.package import heif_encoder_stub, zip_archive
from infra.package.wheels import NoPackage, fetch, locked, unpack
from infra.serverless_yml import Deployment, DeploymentError
from infra.serverless_yml import read as read_deployment

OWN = ("bot", "functions")
OWN_NAME = "backdrop (ours)"
BOOTSTRAP = "scf_bootstrap"
BESIDE = (BOOTSTRAP, SETTINGS_TOML.name)  # in the package's root
IN_THE_CLOUD = "/var/user"  # where SCF unpacks a package: tracebacks name it
ENVIRONMENT_LIMIT_BYTES = 3584  # of the cloud's 4096: leaves room for a longer secret
AIM_PACKED_MB, AIM_UNPACKED_MB = 15.0, 60.0
# For a build before the bucket exists; as long as real values.
EXAMPLES = {"COS_BUCKET": "backdrop-pictures-1250000000", "COS_REGION": "ap-guangzhou"}


@dataclass(frozen=True)
class Built:
    """Hold a package: its zip, and by path each file's owner (a dependency) and sizes in bytes."""

    zip_file: Path
    owners: Mapping[str, str]
    packed: Mapping[str, int]
    unpacked: Mapping[str, int]


def main() -> int:
    """Build the package for the runtime that the operator has set. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument("--requirements", type=Path, default=ROOT / "requirements.txt")
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    arguments = parser.parse_args()
    try:
        environ = operator_environment()
        check_environments(environ)
        runtime = python_runtime(environ)
        python = find_python(runtime)
        built = build(arguments.requirements, arguments.out, python=python, runtime=runtime)
    except (NoPackage, NotSet) as reason:
        _say(f"No package. {reason}", to=sys.stderr.fileno())
        return 1
    if not python:
        _say(NOT_COMPILED.format(runtime))
    _say(table(built))
    _say(f"{built.zip_file}  sha256 {zip_archive.sha256(built.zip_file)}")
    return 0


NOT_COMPILED = (
    "No python{} on this machine: nothing was compiled, so every cold start takes about "
    "0.6 s longer. Install it (pyenv, deadsnakes) and build again."
)


def _say(text: str, *, to: int = 1) -> None:
    os.write(to, f"{text}\n".encode())


def check_environments(environ: Mapping[str, str]) -> None:
    """Check each function's variables against the cloud's limit of 4 KB. Raises ``NoPackage``."""
    for key, size in environment_sizes(environ).items():
        if size > ENVIRONMENT_LIMIT_BYTES:
            raise NoPackage(
                f"The environment of {key} has {size} bytes; {ENVIRONMENT_LIMIT_BYTES} are allowed "
                "here and 4096 by the cloud. Drop old LINK_SECRETS, or shorten what is long."
            )


def check_settings(file: Path) -> None:
    """Check settings.toml. Raises ``NoPackage`` if no function would start with it."""
    try:
        chosen(Choices, file, {})
    except ConfigError as error:
        raise NoPackage(str(error)) from error


def environment_sizes(environ: Mapping[str, str]) -> dict[str, int]:
    """Sum the bytes of each function's variables, names and values. Raises ``NoPackage``."""
    try:
        deployment: Deployment = read_deployment(SERVERLESS_YML, {**EXAMPLES, **environ})
    except DeploymentError as error:
        raise NoPackage(f"serverless.yml: {error}") from error
    return {
        key: sum(len(n.encode()) + len(v.encode()) for n, v in function.environment.items())
        for key, function in deployment.functions.items()
    }


def find_python(runtime: str) -> str:
    """Find a Python of the runtime's minor version, which can compile for it; empty if none."""
    installed = sorted(Path.home().glob(f".pyenv/versions/{runtime}.*/bin/python{runtime}"))
    for candidate in (f"python{runtime}", *map(str, reversed(installed))):
        if shutil.which(candidate) and _version(candidate) == runtime:
            return candidate
    return ""


def _version(python: str) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    said = subprocess.run(  # noqa: S603  # a Python of this machine
        [python, "-c", code], capture_output=True, text=True, check=False
    )
    return said.stdout.strip()


def build(
    requirements: Path,
    out: Path,
    *,
    python: str,
    runtime: str = RUNTIMES[0],
    root: Path = ROOT,
) -> Built:
    """Build ``out/package`` and ``out/backdrop.zip`` for one of ``RUNTIMES``.

    ``python`` is an interpreter of that version to compile with; empty: nothing is compiled. Raises
    ``NoPackage``, and then leaves an earlier package untouched.
    """
    check_settings(root / SETTINGS_TOML.name)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        downloads, folder = Path(scratch, "downloads"), Path(scratch, "package")
        downloads.mkdir()
        folder.mkdir()
        owners: dict[str, str] = {}
        for file in fetch(locked(requirements.read_text("utf-8"), runtime), downloads, runtime):
            dependency, paths = unpack(file, folder)
            _own(owners, dependency, paths)
        heif_encoder_stub.leave_out(folder)
        _own(owners, OWN_NAME, _copy_ours(root, folder))
        _start_with(runtime, folder / BOOTSTRAP)
        if python:
            _compile(python, folder)
        target = out / "package"
        shutil.rmtree(target, ignore_errors=True)
        folder.replace(target)
    return _zipped(target, out / "backdrop.zip", owners)


def _own(owners: dict[str, str], owner: str, paths: Iterable[str]) -> None:
    for path in paths:
        if path in owners:
            # tencentcloud's several wheels share an empty __init__.py.
            if not path.endswith("__init__.py"):
                raise NoPackage(f"{path} comes from {owners[path]} and from {owner}")
            continue
        owners[path] = owner


def _copy_ours(root: Path, folder: Path) -> list[str]:
    paths = [
        zip_archive.name(file, root)
        for part in OWN
        for file in sorted((root / part).rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")
    ]
    for path in [*paths, *BESIDE]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / path)
    (folder / BOOTSTRAP).chmod(0o755)
    return [*paths, *BESIDE]


def _start_with(runtime: str, bootstrap: Path) -> None:
    """Write the runtime's interpreter into scf_bootstrap: SCF's image may hold several."""
    text = bootstrap.read_text("utf-8")
    if text.count(interpreter(RUNTIMES[0])) != 1:
        raise NoPackage(f"{BOOTSTRAP} should name {interpreter(RUNTIMES[0])} once")
    bootstrap.write_text(text.replace(interpreter(RUNTIMES[0]), interpreter(runtime)), "utf-8")


def interpreter(runtime: str) -> str:
    """Give the path of a Python in the cloud (docs.cloudbase.net, "scf_bootstrap")."""
    return f"/var/lang/python{runtime.replace('.', '')}/bin/python{runtime}"


def _compile(python: str, folder: Path) -> None:
    """Compile all modules, to be valid whatever file times the unzipped sources have.

    One process and a fixed hash seed make the same sources give the same bytes.
    """
    mode = ("--invalidation-mode", "unchecked-hash")
    where = ("-s", str(folder), "-p", IN_THE_CLOUD)
    ended = subprocess.run(  # noqa: S603  # as above
        [python, "-s", "-m", "compileall", "-q", *mode, *where, str(folder)],
        env={"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", os.defpath)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise NoPackage(f"Not everything could be compiled:\n{ended.stdout[-2000:]}")


def _zipped(folder: Path, zip_file: Path, owners: Mapping[str, str]) -> Built:
    packed = zip_archive.write(folder, zip_file)
    return Built(
        zip_file=zip_file,
        owners={path: _owner(path, owners) for path in packed},
        packed=packed,
        unpacked={path: (folder / path).stat().st_size for path in packed},
    )


def _owner(path: str, owners: Mapping[str, str]) -> str:
    """Find a file's owner; a compiled module has that of its source."""
    if "/__pycache__/" not in f"/{path}":
        return owners[path]
    above, _, module = path.rpartition("__pycache__/")
    return owners[f"{above}{module.partition('.')[0]}.py"]


def table(built: Built) -> str:
    """Format the megabytes of each dependency, the largest first, and the sum with the aims."""
    packed, unpacked = Counter[str](), Counter[str]()
    for path, owner in built.owners.items():
        packed[owner] += built.packed[path]
        unpacked[owner] += built.unpacked[path]
    rows = [f"{'MB packed':>10} {'unpacked':>9}  dependency"]
    rows += [
        f"{n / 1e6:10.2f} {unpacked[owner] / 1e6:9.2f}  {owner}"
        for owner, n in packed.most_common()
    ]
    whole, spread = built.zip_file.stat().st_size / 1e6, sum(unpacked.values()) / 1e6
    aims = f"aims: {AIM_PACKED_MB:.0f} and {AIM_UNPACKED_MB:.0f}"
    rows.append(f"{whole:10.2f} {spread:9.2f}  everything ({aims})")
    return "\n".join(rows)
