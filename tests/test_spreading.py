"""What is said of some files' tests is said of files that are there."""

from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Barrier

from tests.spreading import ALONE, LONGEST, TOGETHER, Spreading, one_before_the_others, turn

ROOT = Path(__file__).parents[1]
FILES = [file.relative_to(ROOT).as_posix() for file in (ROOT / "tests").rglob("test_*.py")]


def scope(nodeid: str) -> str:
    return str(Spreading._split_scope(Spreading.__new__(Spreading), nodeid))


def test_all_that_is_named_is_there() -> None:
    assert {*TOGETHER, *ALONE} <= set(FILES)
    assert [one for one in LONGEST if not any(file.startswith(one) for file in FILES)] == []


def test_who_shares_a_set_up_goes_together_and_who_shares_nothing_alone() -> None:
    doctor, live, other = (
        f"tests/infra/test_{name}.py::test_it" for name in ("doctor", "live", "deploy")
    )
    assert scope(doctor) == scope(live)
    assert scope(other) == "tests/infra/test_deploy.py"
    small = "tests/load/test_load.py::test_it[burst]"
    assert scope(small) == small


def test_the_longest_begin() -> None:
    files = ["tests/bot/test_texts.py", "tests/load/test_load.py", "tests/e2e/test_upgrade.py"]
    assert sorted(files, key=turn) == files[::-1]


def test_one_collects_before_the_others_who_then_collect_at_once(tmp_path: Path) -> None:
    together, begun = Barrier(2, timeout=30), list[int]()

    def collect(number: int) -> None:
        with one_before_the_others(tmp_path):
            begun.append(number)
            together.wait()

    with ThreadPoolExecutor(2) as others, one_before_the_others(tmp_path):
        both = [others.submit(collect, number) for number in range(2)]
        done, waiting = wait(both, timeout=0.2)
        assert not done
        assert not begun
    wait(waiting)
    assert [one.result() for one in both] == [None, None]
