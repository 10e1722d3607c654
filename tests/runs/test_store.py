import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossgp.runs import FILE_NAME, RunsError, RunStatus, Store
from lossgp.runs.records import decode_mapping, encode
from lossgp.trainers import Outcome, Status

CONFIG = {"generations": 3, "search": {"rate": 0.1, "names": ["a", "b"]}}


def outcome(seed: int, fid: float = 1.5) -> Outcome:
    return Outcome(seed, Status.OK, {"fid": fid}, 0.25)


def filled(runs_dir: Path) -> None:
    with Store.open(runs_dir) as store:
        run = store.create_run("first", CONFIG, "p", "1.0")
        for seed in range(60):
            store.record("key", "p", "cpu", "x" * 500, outcome(seed))
        store.commit_generation(run, 0, [{"key": "key"}], [], {"flat": 2})


def altered(runs_dir: Path, sql: str) -> None:
    connection = sqlite3.connect(runs_dir / FILE_NAME)
    connection.execute(sql)
    connection.commit()
    connection.close()


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
        store.record("key", "p", "cpu", "text", outcome(3))
        store.record("key", "p", "cpu", "text", outcome(1))
        assert store.training("key", "p", 3, "cpu") == outcome(3)
        assert list(store.trainings("key", "p", "cpu").items()) == [
            (1, outcome(1)),
            (3, outcome(3)),
        ]
        assert store.training("other", "p", 3, "cpu") is None
        assert store.training("key", "q", 3, "cpu") is None
        assert store.training("key", "p", 2, "cpu") is None
        assert store.training("key", "p", 3, "cuda") is None
        assert store.trainings("key", "p", "cuda") == {}


def test_the_number_of_a_device_does_not_count(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record("key", "p", "cuda:1", "text", outcome(3))
        assert store.training("key", "p", 3, "cuda") == outcome(3)


def test_the_first_record_of_a_training_stays(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record("key", "p", "cpu", "text", outcome(3, 1.0))
        store.record("key", "p", "cpu", "text", outcome(3, 2.0))
        assert store.training("key", "p", 3, "cpu") == outcome(3, 1.0)


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
        with pytest.raises(RunsError, match=f"generation 0: {part} from"):
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


# What can be wrong with a directory or a file


def test_a_missing_store_is_not_made_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(RunsError, match="does not exist"):
        Store.open(tmp_path / "none", create=False)
    with pytest.raises(RunsError, match="no runs in"):
        Store.open(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("create", [True, False])
def test_a_file_is_no_directory(tmp_path: Path, create: bool) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunsError, match="is not a directory"):
        Store.open(tmp_path / "file", create=create)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunsError, match="file/below"):
        Store.open(tmp_path / "file" / "below")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RunsError, match="not writable"):
        Store.open(tmp_path)
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("garbage", [b"hello", b"not a database at all\n" * 1000, b"\0" * 5000])
def test_garbage_is_not_a_database(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(garbage)
    with pytest.raises(RunsError, match=r"lossgp\.db is not a database"):
        Store.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == garbage


def test_a_truncated_file_is_refused_at_every_length(tmp_path: Path) -> None:
    filled(tmp_path)
    with Store.open(tmp_path) as store, store.lock("first"):
        (tmp_path / "first" / "table.csv").write_text("")
    whole = (tmp_path / FILE_NAME).read_bytes()
    assert len(whole) > 10 * 4096
    lengths = [0, 1, 16, 99, 100, 511, 512, 1000, 4095, 4096, 4097, 8192, 20_000, len(whole) - 1]
    for length in [*lengths, *range(4096, len(whole), 4096)]:
        (tmp_path / FILE_NAME).write_bytes(whole[:length])
        with pytest.raises(RunsError, match=r"lossgp\.db is (damaged|not a database|empty)"):
            Store.open(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(whole)
    with Store.open(tmp_path) as store:
        assert len(store.trainings("key", "p", "cpu")) == 60


def test_damage_inside_is_refused_or_named_when_read(tmp_path: Path) -> None:
    filled(tmp_path)
    whole = (tmp_path / FILE_NAME).read_bytes()
    for start in range(4096, len(whole), 4096):
        (tmp_path / FILE_NAME).write_bytes(whole[:start] + b"\xa5" * 2048 + whole[start + 2048 :])
        with pytest.raises(RunsError):
            _read_all(tmp_path)


def test_a_newer_version_is_refused_and_says_what_to_do(tmp_path: Path) -> None:
    filled(tmp_path)
    altered(tmp_path, "PRAGMA user_version = 7")
    with pytest.raises(RunsError, match=r"newer lossgp \(schema 7; .* up to 1\): upgrade"):
        Store.open(tmp_path)


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("CREATE TABLE runs (x)")
    connection.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(RunsError, match="of another program"):
        Store.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_creation_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"")
    with Store.open(tmp_path) as store:
        assert store.runs() == []


def test_a_store_that_another_process_blocks_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    monkeypatch.setattr("lossgp.runs.database.BUSY_SECONDS", 0.05)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    with Store.open(tmp_path) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunsError, match="locked by another process"):
            store.record("key", "p", "cpu", "text", outcome(99))
        other.execute("ROLLBACK")
        store.record("key", "p", "cpu", "text", outcome(99))
        assert store.training("key", "p", 99, "cpu") is not None
    other.close()


def _read_all(runs_dir: Path) -> None:
    with Store.open(runs_dir) as store:
        store.trainings("key", "p", "cpu")
        for run in store.runs():
            store.generations(run)


def _first_run(store: Store) -> object:
    return store.run("first")


def _trainings(store: Store) -> object:
    return store.trainings("key", "p", "cpu")


def _generations(store: Store) -> object:
    return store.generations(store.run("first"))


@pytest.mark.parametrize(
    ("sql", "read", "message"),
    [
        ("UPDATE runs SET config = '['", _first_run, "table runs, run 'first': its config"),
        ("UPDATE runs SET config = '[1]'", _first_run, "table runs, run 'first': its config"),
        ("UPDATE runs SET config = '{\"a\": NaN}'", _first_run, "its config is not JSON"),
        (f"UPDATE runs SET config = '{'[' * 100_000}'", _first_run, "its config is not JSON"),
        ("UPDATE runs SET config = x'80'", _first_run, "its config holds bytes, not text"),
        ("UPDATE runs SET status = 'odd'", _first_run, "its status is 'odd', not one of"),
        ("UPDATE runs SET created = 'noon'", _first_run, "its created is no ISO time"),
        ("UPDATE runs SET name = '../x'", lambda store: store.runs(), "run name '../x'"),
        ("UPDATE trainings SET outcome = '{}'", _trainings, "table trainings, candidate key, se"),
        ("UPDATE trainings SET outcome = '3'", _trainings, "its outcome holds int"),
        ("UPDATE trainings SET seed = seed + 1000", _trainings, "is of seed 0"),
        ("UPDATE generations SET archive = '[1]'", _generations, "its archive is not a list of"),
        ("UPDATE generations SET rejects = '{\"a\": 1.5}'", _generations, "its rejects holds a"),
        ("DROP TABLE trainings", _trainings, "no such table"),
    ],
)
def test_a_malformed_row_is_named(
    tmp_path: Path, sql: str, read: Callable[[Store], object], message: str
) -> None:
    filled(tmp_path)
    altered(tmp_path, sql)
    with Store.open(tmp_path) as store, pytest.raises(RunsError, match=message) as caught:
        read(store)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


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
        store.record("key", "p", "cpu", "text", Outcome(seed, Status.OK, {"fid": 1.0}, 0.0))
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
            kept = store.trainings("key", "p", "cpu")
        assert list(kept)[: confirmed + 1] == list(range(confirmed + 1))
        assert len(kept) <= confirmed + 2
