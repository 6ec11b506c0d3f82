"""Where things lie in the bucket is written down in one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.jobs.bucket_layout import PREFIXES
from infra.deploy.bucket import FOREVER, lifetimes
from infra.serverless_yml.policies import FUNCTIONS, granted, policy

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("bot", "functions", "infra/deploy", "infra/doctor", "infra/jobs")
FILES = sorted(
    file.relative_to(ROOT).as_posix()
    for folder in FOLDERS
    for file in (ROOT / folder).rglob("*.py")
)
OWN = "functions/jobs/bucket_layout.py"
OF_NAMES = {
    "DecodeGuard",
    "acquire",
    "release",
    "read_note",
    "write_note",
    "acquire_attempt",
    "attempt_name",
}


def keys_in(tree: ast.AST) -> Iterator[str]:
    """Texts that begin as keys do, and names of steps or leases that are written out in a call."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if text.startswith(PREFIXES):
                yield text
            case ast.Call(func=ast.Attribute(attr=called) | ast.Name(id=called), args=arguments):
                if called in OF_NAMES:
                    yield from (ast.unparse(one) for one in arguments if is_text(one))


def is_text(node: ast.expr) -> bool:
    is_plain = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_plain or isinstance(node, ast.JoinedStr)


def test_nobody_else_writes_a_key_or_the_name_of_a_lease() -> None:
    written = {file: list(keys_in(ast.parse((ROOT / file).read_text("utf-8")))) for file in FILES}
    assert written[OWN]
    assert {file: keys for file, keys in written.items() if keys and file != OWN} == {}


def test_what_is_written_out_is_found() -> None:
    source = 'put(f"photos/{job}/x", 1)\nledger.acquire(job, "calling-1", seconds=5)'
    assert set(keys_in(ast.parse(source))) == {"photos/", "'calling-1'"}


def test_of_everything_it_is_said_how_long_it_is_kept() -> None:
    assert {*lifetimes(90), *FOREVER} == set(PREFIXES)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_may_use_only_what_the_layout_has(function: str) -> None:
    document = policy(function, bucket="backdrop-1250000000", region="ap-guangzhou")
    places = {one.place.replace("%2F", "/") for one in granted(document)} - {"*"}
    assert places
    assert {place for place in places if not place.startswith(PREFIXES)} == set()


def test_every_prefix_is_allowed_to_some_role() -> None:
    documents = (
        policy(function, bucket="backdrop-1250000000", region="ap-guangzhou")
        for function in FUNCTIONS
    )
    places = [one.place for document in documents for one in granted(document)]
    unused = {prefix for prefix in PREFIXES if not any(at.startswith(prefix) for at in places)}
    assert unused == set()
