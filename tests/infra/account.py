"""Deploy into a Tencent account on stand-ins, as its operator does."""

from dataclasses import dataclass
from typing import Any

import pytest
from qcloud_cos import CosConfig, CosS3Client

from infra.deploy import __main__ as deploy
from infra.dotenv import SERVERLESS_YML
from tests.caller import call
from tests.conftest import KEYS, REGION


@dataclass
class Account:
    """Hold an account's stand-ins and its operator's environment, and run the deploy there."""

    at: dict[str, str]
    environ: dict[str, str]
    capsys: pytest.CaptureFixture[str]

    def control(self, name: str, method: str, path: str, body: Any = None) -> Any:
        return call(method, f"http://{self.at[name]}/_control/{path}", body)

    def scf_deploy(self) -> None:
        order = {"serverless_yml": str(SERVERLESS_YML), "environ": self.environ}
        self.control("scf-api", "PUT", "deployed", order)

    def run(self, command: str) -> tuple[int, str]:
        self.capsys.readouterr()
        code = deploy.run(command, self.environ)
        return code, self.capsys.readouterr().out

    def state(self) -> Any:
        return self.control("scf-api", "GET", "account")

    def writes(self) -> list[str]:
        """Name the calls so far that change something."""
        rows = [row["op"] for name in self.at for row in self.control(name, "GET", "calls")]
        reads = ("Get", "List", "GET", "HEAD", "LIST")
        return [op for op in rows if not op.startswith(reads)]

    def cos(self) -> CosS3Client:
        return CosS3Client(
            CosConfig(
                Region=REGION,
                SecretId=KEYS.secret_id,
                SecretKey=KEYS.secret_key,
                Scheme="http",
                Domain=self.at["cos"],
            )
        )
