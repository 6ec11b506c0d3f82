"""Deploy everything in six steps. Each says what it will do; the first failure stops the rollout.

Every step skips what is done already, so the rollout can be run again at any time.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from infra.deploy import bucket, functions, roles
from infra.deploy.changes import Area, CallFailed
from infra.deploy.cloud import KEY_NAMES, NotThere, connect, operator_keys
from infra.doctor import __main__ as doctor
from infra.doctor import variables
from infra.doctor.finding import Environ, Finding, wrong
from infra.dotenv import ENV_FILE, ROOT, RUNTIMES, SERVERLESS_YML, NotSet, python_runtime
from infra.serverless_yml import Deployment, DeploymentError
from infra.serverless_yml import read as read_deployment

# Tencent's command, in the version whose sources this was written against. It was never run from
# here, because it needs a real account.
SCF_DEPLOY = "npx --yes --package serverless-cloud-framework@1.3.0 -- scf deploy"
PACKAGE = (sys.executable, "-m", "infra.package")
COMMAND_LIMIT_S = 1800.0
AGAIN = "make deploy can be run again at any time: what is done stays done."


class StepFailed(Exception):
    """Report that a step could not be done: the text says why, ``remedy`` what to do."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.remedy = remedy


@dataclass(frozen=True)
class Step:
    """Hold a step. ``will`` says in words what it does; ``act`` does it or raises."""

    name: str
    will: str
    act: Callable[[], None]


@dataclass
class Rollout:
    """Run one deployment with the operator's environment; ``say`` prints a line for a person.

    ``package`` is the command that builds the package, the variable ``SCF_DEPLOY_COMMAND`` replaces
    ``SCF_DEPLOY``, and ``examine`` runs the doctor. URLs that a step finds out are added to
    ``environ`` and ``env_file``.
    """

    environ: dict[str, str]
    say: Callable[[str], None]
    env_file: Path = ENV_FILE
    package: tuple[str, ...] = PACKAGE
    examine: Callable[[Environ], Iterator[Finding]] = doctor.examine
    folder: Path = ROOT / "build" / "deploy"

    def steps(self) -> list[Step]:
        """List all steps in order, without running any."""
        command = self.environ.get("SCF_DEPLOY_COMMAND") or SCF_DEPLOY
        return [
            Step(
                "settings",
                "Looks at every variable that functions and commands read. Changes nothing.",
                self._check_settings,
            ),
            Step(
                "bucket and roles",
                "Makes, where they are missing or differ, the bucket with its lifecycle, three "
                "roles and their policies. Deletes nothing.",
                self._prepare,
            ),
            Step(
                "package",
                "Builds build/package and build/backdrop.zip: our code and its locked wheels.",
                self._build,
            ),
            Step(
                "scf deploy",
                f"Uploads it and creates or updates three functions and their triggers: {command}",
                lambda: self._scf_deploy(command),
            ),
            Step(
                "after the deploy",
                "Sets what scf deploy leaves undone (one worker instance, no retries, the Python, "
                f"the functions' URLs), and adds the URLs to {self.env_file.name} if they are "
                "not in it.",
                self._finish,
            ),
            Step(
                "doctor",
                "Looks at the whole deployment. Costs nothing and leaves nothing behind.",
                self._look,
            ),
        ]

    def run(self) -> bool:
        """Run all steps. Return False after the first failure, which has been printed."""
        steps = self.steps()
        for number, step in enumerate(steps, 1):
            self.say(f"[{number}/{len(steps)}] {step.name}. {step.will}")
            try:
                _do(step)
            except StepFailed as failed:
                self.say(f"Stopped at step {number} of {len(steps)}, {step.name}. {failed}")
                self.say(f"    do      {failed.remedy} {AGAIN}")
                return False
        self.say("Deployed.")
        return True

    def _check_settings(self) -> None:
        found = chain(variables.check(self.environ), _of_the_operator(self.environ))
        self._heed(found, f"Set what is named above in {self.env_file.name}.")

    def _prepare(self) -> None:
        cloud, deployed = connect(self.environ), self._deployed()
        kept = bucket.retention(self.environ)
        role_of = {key: one.role for key, one in deployed.functions.items() if one.role}
        self._apply(lambda: bucket.changes(cloud, kept))
        self._apply(lambda: roles.changes(cloud, role_of))

    def _build(self) -> None:
        self._command(self.package, "The lines above say what to do about the package.", ROOT)

    def _scf_deploy(self, command: str) -> None:
        self._command(
            shlex.split(command),
            "Look at the lines above. Are SCF_QcsRole and SLS_QcsRole authorised, may your key "
            "pass roles (infra/README.md, First deployment, 3 and 4), is Node.js there?",
            self._where(),
        )

    def _finish(self) -> None:
        cloud, deployed = connect(self.environ), self._deployed()
        runtime = python_runtime(self.environ)
        self._apply(lambda: functions.changes(cloud, deployed, runtime))
        fresh = functions.own_settings(cloud, deployed, self.environ)
        if not fresh:
            return
        for line in fresh:
            self.say(f"    Adds to {self.env_file.name}:  {line}")
            name, _, value = line.partition("=")
            self.environ[name] = value
        _append(self.env_file, fresh)

    def _look(self) -> None:
        self._heed(self.examine(self.environ), "Do what the lines above say behind their arrows.")

    def _heed(self, findings: Iterator[Finding], remedy: str) -> None:
        """Print all findings. Raises ``StepFailed`` if any is worse than a warning."""
        bad = 0
        for finding in findings:
            self.say(f"    {finding.line()}")
            bad += finding.state not in {"ok", "warning"}
        if bad:
            raise StepFailed(f"Not in order above: {bad}.", remedy)

    def _apply(self, area: Area) -> None:
        """Make the changes that can be made. Raises ``StepFailed`` for one that ``stops``.

        What else is left for a person is judged by the doctor, in the last step.
        """
        for change in area():
            for line in change.lines():
                self.say(f"    {line}")
            if change.make:
                change.make()
                self.say("        done")
            elif change.stops:
                raise StepFailed(f"{change.what}: {change.now}.", change.remedy)

    def _command(self, command: tuple[str, ...] | list[str], remedy: str, where: Path) -> None:
        """Run a step's command with its output on this terminal. Raises ``StepFailed``."""
        try:
            code = subprocess.run(  # noqa: S603  # the operator's own command
                command, cwd=where, env=self._for_commands(), timeout=COMMAND_LIMIT_S, check=False
            ).returncode
        except OSError as error:
            raise StepFailed(f"{command[0]} cannot be run ({error.strerror}).", remedy) from error
        except subprocess.TimeoutExpired as error:
            raise StepFailed(f"No end after {COMMAND_LIMIT_S:.0f} s.", remedy) from error
        if code:
            raise StepFailed(f"{command[0]} ended with {code}.", remedy)

    def _for_commands(self) -> dict[str, str]:
        """Give the commands' environment, with the keys under the names ``scf deploy`` reads."""
        keys = operator_keys(self.environ)
        named = dict(zip(KEY_NAMES[-1], (keys.secret_id, keys.secret_key, keys.token), strict=True))
        runtime = {"PYTHON_RUNTIME": python_runtime(self.environ)}
        return {**os.environ, **self.environ, **runtime, **{k: v for k, v in named.items() if v}}

    def _where(self) -> Path:
        """Give the folder of serverless.yml, or of a copy if another Python than it names is set.

        ``${env:PYTHON_RUNTIME}`` in the file would not do: it reads "undefined" if it is not set.
        """
        runtime = python_runtime(self.environ)
        if runtime == RUNTIMES[0]:
            return ROOT
        text = SERVERLESS_YML.read_text("utf-8")
        for old, new in (
            (f"runtime: Python{RUNTIMES[0]}", f"runtime: Python{runtime}"),
            ("src: ./build/package", f"src: {ROOT / 'build' / 'package'}"),
        ):
            if text.count(old) != 1:
                raise StepFailed(f"serverless.yml does not say `{old}` once.", "Mend it.")
            text = text.replace(old, new)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / SERVERLESS_YML.name).write_text(text, "utf-8")
        return self.folder

    def _deployed(self) -> Deployment:
        return read_deployment(SERVERLESS_YML, self.environ)


def _do(step: Step) -> None:
    """Run one step, and turn all its errors into ``StepFailed``."""
    try:
        step.act()
    except CallFailed as error:
        raise StepFailed(f"{error}.", error.remedy) from error
    except (NotSet, DeploymentError) as error:
        raise StepFailed(f"{error}.", "Set it in .env.") from error
    except NotThere as error:
        gone = f"Something went away while it was looked at ({error})."
        raise StepFailed(gone, "Find out who took it away.") from error


def _of_the_operator(environ: Environ) -> Iterator[Finding]:
    """Check the variables that only the commands read."""
    for read in (operator_keys, bucket.retention, python_runtime):
        try:
            read(environ)
        except NotSet as error:
            yield wrong("deploy", str(error), "Set it in .env.")


def _append(file: Path, lines: list[str]) -> None:
    """Append lines to .env. A new file is readable for its owner only, because it holds keys."""
    if not file.exists():
        file.touch(mode=0o600)
    text = file.read_text("utf-8")
    begin = "" if not text or text.endswith("\n") else "\n"
    with file.open("a", encoding="utf-8") as out:
        out.write(begin + "".join(f"{line}\n" for line in lines))
