"""Hold what all functions share: code, the platform's variables, keys, clock and logs."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.control import Key
from infra.local.scf.clock import Clock
from infra.local.scf.credentials import NotAnnounced, RoleKeys, environment_of
from infra.local.scf.logs import Journal, Logs
from infra.local.scf.sandbox import Sandbox
from infra.local.scf.statuses import Failure, Status
from infra.serverless_yml.deployment import Function

NAMESPACE = "default"
VERSION = "$LATEST"
AVAILABLE = "Available"
APP_ID, UIN = "1250000000", "100000000001"  # the account's two numbers
PLATFORM = "platform"  # the log stream of the platform's own lines


@dataclass(kw_only=True)
class Cloud:
    """Start instances, and keep a list of them, so that none outlives the platform."""

    region: str
    code_dir: Path
    python: Path
    keys: RoleKeys
    clock: Clock
    logs: Logs
    journal: Journal = field(default_factory=Journal)
    closed: bool = False
    available_status: str = AVAILABLE
    key_headers: bool = True  # whether a web function's requests carry its role's keys
    _running: set[Sandbox] = field(default_factory=set)

    async def start(
        self,
        function: Function,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        channel: int | None = None,
    ) -> Sandbox:
        """Start an instance by its command. Raises ``Failure`` once the platform is closed."""
        if self.closed:
            raise Failure(Status.INTERNAL_ERROR, "the platform is closed")
        sandbox = await Sandbox.start(
            command,
            code_dir=self.code_dir,
            environment=environment,
            log=lambda stream, text: self.logs.add(function.key, stream, text),
            channel=channel,
        )
        self._running = {other for other in self._running if other.alive} | {sandbox}
        if self.closed:
            sandbox.kill()
        return sandbox

    async def close(self) -> None:
        """Kill every instance and wait until it is gone."""
        self.closed = True
        for sandbox in self._running:
            sandbox.kill()
        for sandbox in list(self._running):
            await sandbox.ended()
        self.logs.close()

    def check_available(self) -> None:
        """Check that the account is available, not in arrears. Raises ``Failure``."""
        if self.available_status != AVAILABLE:
            text = f"Function is Unavailable, AvailableStatus = {self.available_status}."
            raise Failure(Status.UNAVAILABLE, text)

    async def key(self, function: Function) -> Key | None:
        """Give the key of the function's role; None without a role. Raises ``Failure``."""
        try:
            return await self.keys.current(function.role)
        except NotAnnounced as error:
            raise Failure(Status.INTERNAL_ERROR, str(error)) from error

    def note(self, function: Function, failure: Failure) -> None:
        """Log a failure in one line; the function's own log has the traceback."""
        last = failure.text.strip().rpartition("\n")[2]
        self.logs.add(function.key, PLATFORM, f"{int(failure.status)}: {last}")

    def environment(self, function: Function, key: Key | None) -> dict[str, str]:
        """Build the environment variables of a function's process.

        From this machine's environment it takes only PATH. The platform's own variables are those
        that Tencent lists (docs.cloudbase.net, environment variables).
        """
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(self.code_dir),
            "PYTHONDONTWRITEBYTECODE": "x",
            "USER_CODE_ROOT": str(self.code_dir),
            **function.environment,
            "TENCENTCLOUD_RUNENV": "SCF",
            "SCF_NAMESPACE": NAMESPACE,
            "SCF_FUNCTIONNAME": function.name,
            "SCF_FUNCTIONVERSION": VERSION,
            **environment_of(key),
        }

    def context(self, function: Function, request_id: str, key: Key | None) -> dict[str, object]:
        """Build an event function's second argument, ``context``. It holds the role's keys, too."""
        return {
            "request_id": request_id,
            "function_name": function.name,
            "function_version": VERSION,
            "namespace": NAMESPACE,
            "memory_limit_in_mb": function.memory_mb,
            "time_limit_in_ms": function.timeout_s * 1000,
            "environ": f"SCF_NAMESPACE={NAMESPACE}",
            "environment": json.dumps({"SCF_NAMESPACE": NAMESPACE, **environment_of(key)}),
            "tencentcloud_appid": APP_ID,
            "tencentcloud_region": self.region,
            "tencentcloud_uin": UIN,
        }
