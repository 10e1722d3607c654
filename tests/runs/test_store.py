import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossgp.runs import RunsError, RunStatus, Store
from lossgp.runs.cells import decode_mapping, encode
from lossgp.trainers import Outcome, Status

CONFIG = {"generations": 3, "search": {"rate": 0.1, "names": ["a", "b"]}}


def outcome(seed: int, fid: float = 1.5) -> Outcome:
    return Outcome(seed, Status.OK, {"fid": fid}, 0.25)


# Runs


def test_a_run_comes_back_as_it_was_created(tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with Store.open(tmp_path / "new" / "runs") as store:
        store.create_run("first", CONFIG, "p", "1.0")
    with Store.open(tmp_path / "new" / "runs", create=False) as store:
        run = store.run("first")
        assert store.runs() == [run]
    assert (run.config, run.protocol_hash, run.version) == (CONFIG, "p", "1.0")
    assert run.status is RunStatus.RUNNING
    assert run.directory == tmp_path / "new" / "runs" / "first"
    assert before <= run.created <= datetime.now(UTC)


def test_status_and_config_change(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        run = store.create_run("first", CONFIG, "p", "1.0")
        other = store.create_run("second", CONFIG, "p", "1.0")
        assert store.set_status(run, "finished").status is RunStatus.FINISHED
        assert store.update_config(run, CONFIG | {"generations": 9}).config["generations"] == 9
        with pytest.raises(ValueError, match="stopped"):
            store.set_status(run, "stopped")
        assert store.run("second") == other


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.create_run("first", CONFIG, "p", "1.0")
        with pytest.raises(RunsError, match="'first' is taken"):
            store.create_run("first", {}, "q", "1.0")
        assert store.run("first").config == CONFIG


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a b", "a\n", "x" * 65])
def test_a_name_must_be_able_to_name_a_folder(tmp_path: Path, name: str) -> None:
    with Store.open(tmp_path) as store:
        with pytest.raises(RunsError, match="run name"):
            store.create_run(name, CONFIG, "p", "1.0")
        with pytest.raises(RunsError, match="run name"):
            store.lock(name)


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        with pytest.raises(RunsError, match="holds no runs yet"):
            store.run("mnist")
        for name in ("mnist-1", "digits"):
            store.create_run(name, CONFIG, "p", "1.0")
        with pytest.raises(RunsError, match=r"did you mean 'mnist-1'\? .*digits"):
            store.run("mnist")


# The memo


def test_the_memo_tells_candidate_protocol_seed_and_device_apart(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.memo.record("key", "p", "cpu", "text", outcome(3))
        store.memo.record("key", "p", "cpu", "text", outcome(1))
        assert store.memo.training("key", "p", 3, "cpu") == outcome(3)
        assert list(store.memo.trainings("key", "p", "cpu").items()) == [
            (1, outcome(1)),
            (3, outcome(3)),
        ]
        assert store.memo.training("other", "p", 3, "cpu") is None
        assert store.memo.training("key", "q", 3, "cpu") is None
        assert store.memo.training("key", "p", 2, "cpu") is None
        assert store.memo.training("key", "p", 3, "cuda") is None
        assert store.memo.trainings("key", "p", "cuda") == {}


def test_the_number_of_a_device_does_not_count(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.memo.record("key", "p", "cuda:1", "text", outcome(3))
        assert store.memo.training("key", "p", 3, "cuda") == outcome(3)


def test_the_first_record_of_a_training_stays(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.memo.record("key", "p", "cpu", "text", outcome(3, 1.0))
        store.memo.record("key", "p", "cpu", "text", outcome(3, 2.0))
        assert store.memo.training("key", "p", 3, "cpu") == outcome(3, 1.0)


@settings(deadline=None, max_examples=50)
@given(
    metrics=st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)),
    seconds=st.floats(0, 1e6),
    reason=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
)
def test_outcomes_come_back_to_the_bit(
    metrics: dict[str, float], seconds: float, reason: str | None
) -> None:
    written = Outcome(0, Status.ERROR, metrics, seconds, reason)
    read = Outcome.from_json(decode_mapping(encode(written.to_json()), "test"))
    assert read == written
    assert {k: v.hex() for k, v in read.metrics.items()} == {k: v.hex() for k, v in metrics.items()}


# Generations


def test_generations_come_back_in_order(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        run = store.create_run("first", CONFIG, "p", "1.0")
        for number in range(3):
            store.commit_generation(run, number, [{"n": number}], [{"best": None}], {"flat": 1})
        assert [g.individuals for g in store.generations(run)] == [[{"n": n}] for n in range(3)]
        assert store.generation(run, 2) == store.generations(run)[2]
        assert store.generation(run, 2).archive == [{"best": None}]
        assert store.generation(run, 2).rejects == {"flat": 1}
        with pytest.raises(RunsError, match=r"no generation 3: it has 3"):
            store.generation(run, 3)


def test_a_replayed_generation_changes_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        run = store.create_run("first", CONFIG, "p", "1.0")
        store.commit_generation(run, 0, [{"a": 1, "b": 0.1}], [], {"x": 1, "y": 2})
        before = store.generations(run)
        store.commit_generation(run, 0, [{"b": 0.1, "a": 1}], [], {"y": 2, "x": 1})
        assert store.generations(run) == before


@pytest.mark.parametrize(
    ("individuals", "archive", "rejects", "part"),
    [
        ([{"a": 1 + 1e-15}], [], {}, "the individuals differ"),
        ([{"a": 1.0}], [{}], {}, "the archive differ"),
        ([{"a": 1.0}], [], {"flat": 1}, "the rejects differ"),
        ([], [{}], {}, "the individuals and archive differ"),
    ],
)
def test_other_content_for_a_committed_generation_is_refused(
    tmp_path: Path, individuals: Any, archive: Any, rejects: Any, part: str
) -> None:
    with Store.open(tmp_path) as store:
        run = store.create_run("first", CONFIG, "p", "1.0")
        store.commit_generation(run, 0, [{"a": 1.0}], [], {})
        with pytest.raises(RunsError, match=f"generation 1: {part} from"):
            store.commit_generation(run, 0, individuals, archive, rejects)
        assert store.generation(run, 0).individuals == [{"a": 1.0}]


def test_a_generation_is_committed_whole_or_not_at_all(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        run = store.create_run("first", CONFIG, "p", "1.0")
        with pytest.raises(ValueError, match="the next one is 0"):
            store.commit_generation(run, 1, [], [], {})
        with pytest.raises(ValueError, match="JSON"):
            store.commit_generation(run, 0, [{"fid": float("nan")}], [], {})
        assert store.generations(run) == []
        store.commit_generation(run, 0, [], [], {})
        assert len(store.generations(run)) == 1


# Several processes

HOLDER = """
import sys
from pathlib import Path
from lossgp.runs import Store
with Store.open(Path(sys.argv[1])) as store, store.lock("first"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_run_has_one_writer_and_its_lock_dies_with_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder, Store.open(tmp_path) as store:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        who = f"run 'first' is being written by process {holder.pid} on {socket.gethostname()}"
        for _ in range(2):
            with pytest.raises(RunsError, match=f"{who} since .*; wait or stop it"):
                store.lock("first").__enter__()
        with store.lock("second"):
            pass
        holder.kill()
        holder.wait()
        with store.lock("first"), pytest.raises(RunsError, match=f"process {os.getpid()} on"):
            store.lock("first").__enter__()
        with store.lock("first"):
            pass


def test_a_lock_for_a_name_that_came_to_nothing_leaves_no_folder(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        with store.lock("misspelt"):
            assert (tmp_path / "misspelt").is_dir()
        assert not (tmp_path / "misspelt").exists()
        with store.lock("used"):
            (tmp_path / "used" / "losses.csv").write_text("")
        assert (tmp_path / "used" / "losses.csv").exists()


OPENER = """
import sys
from pathlib import Path
from lossgp.runs import Store
with Store.open(Path(sys.argv[1])) as store:
    store.create_run(sys.argv[2], {}, "p", "1.0")
"""


def test_several_processes_may_create_the_store_at_once(tmp_path: Path) -> None:
    commands = [[sys.executable, "-c", OPENER, str(tmp_path), f"run-{n}"] for n in range(4)]
    processes = [subprocess.Popen(command) for command in commands]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    with Store.open(tmp_path) as store:
        assert {run.name for run in store.runs()} == {f"run-{n}" for n in range(4)}


WRITER = """
import sys
from pathlib import Path
from lossgp.runs import Store
from lossgp.trainers import Outcome, Status
with Store.open(Path(sys.argv[1])) as store:
    for seed in range(int(sys.argv[2]), 10**9):
        store.memo.record("key", "p", "cpu", "text", Outcome(seed, Status.OK, {"fid": 1.0}, 0.0))
        print(seed, flush=True)
"""


def test_what_was_committed_survives_a_writer_that_is_killed_again_and_again(
    tmp_path: Path,
) -> None:
    confirmed = -1
    for more in (1, 2, 5, 10, 20):  # the first is killed very soon after it has made the file
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(confirmed + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            lines = [writer.stdout.readline() for _ in range(more)]
            writer.kill()
            lines += writer.stdout.readlines()
        whole = [int(line) for line in lines if line.endswith("\n")]
        confirmed = whole[-1]
        with Store.open(tmp_path) as store:
            kept = store.memo.trainings("key", "p", "cpu")
        assert list(kept)[: confirmed + 1] == list(range(confirmed + 1))
        assert len(kept) <= confirmed + 2
