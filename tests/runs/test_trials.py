"""Trials with an engine that computes outcomes at once, in an order of its own."""

from collections import deque

import pytest

from lossgp.runs import Store, Task
from lossgp.runs.budget import Budget
from lossgp.runs.spending import OutOfBudgetError, Spending
from lossgp.runs.trials import Trials
from lossgp.trainers import Outcome, Status


class Named:
    """A loss for trials: its key says what its trainings come to."""

    def __init__(self, key):
        self._key = key

    def key(self):
        return self._key

    def text(self):
        return self._key

    def to_json(self):
        return {"formula": self._key}


class InlineEngine:
    """Answers each task when it is asked for, last come first served if `backwards`."""

    def __init__(self, result, backwards=False):
        self.result = result
        self.backwards = backwards
        self.waiting = deque()
        self.trained = []

    def submit(self, task):
        self.waiting.append(task)

    def as_completed(self):
        while self.waiting:
            task = self.waiting.pop() if self.backwards else self.waiting.popleft()
            self.trained.append((task.key, task.seed))
            yield task, self.result(task)

    def cancel(self):
        dropped, self.waiting = list(self.waiting), deque()
        return dropped

    def close(self):
        pass


def outcome(task):
    failing = task.key.startswith("bad") or (task.key == "half" and task.seed == 1)
    status = Status.DEAD if failing else Status.OK
    reason = "no variance" if failing else None
    return Outcome(task.seed, status, {"fid": float(10 * task.seed)}, 1.0, reason)


def trials(tmp_path, engine, **options):
    store = Store.open(tmp_path)
    return Trials(store, engine, "protocol", "cpu", metric="fid", scope="run", **options)


@pytest.mark.parametrize("backwards", [False, True])
def test_outcomes_come_in_the_order_of_losses_and_seeds(tmp_path, backwards):
    engine = InlineEngine(outcome, backwards)
    found = trials(tmp_path, engine).run([Named("a"), Named("b"), Named("a")], [0, 1, 2])
    assert [[o.seed for o in own] for own in found] == [[0, 1, 2]] * 3
    assert sorted(engine.trained) == [(k, s) for k in "ab" for s in (0, 1, 2)]


def test_nothing_is_trained_twice(tmp_path):
    first = trials(tmp_path, InlineEngine(outcome)).run([Named("a")], [0, 1])
    engine = InlineEngine(outcome)
    again = trials(tmp_path, engine).run([Named("a")], [0, 1, 2])
    assert again[0][:2] == first[0]
    assert engine.trained == [("a", 2)]


@pytest.mark.parametrize("backwards", [False, True])
def test_giving_up_spares_the_other_seeds(tmp_path, backwards):
    engine = InlineEngine(outcome, backwards)
    found = trials(tmp_path, engine).run(
        [Named("bad"), Named("half"), Named("a")], [0, 1, 2], give_up_after=1
    )
    assert [len(own) for own in found] == [1, 2, 3]
    assert ("bad", 1) not in engine.trained


def test_what_others_have_trained_does_not_change_a_result(tmp_path):
    trials(tmp_path, InlineEngine(outcome)).run([Named("bad")], [0, 1, 2])
    found = trials(tmp_path, InlineEngine(outcome)).run([Named("bad")], [0, 1, 2], give_up_after=1)
    assert [o.seed for o in found[0]] == [0]


def test_completion_is_told_once_and_the_rest_is_counted(tmp_path):
    complete, missing = [], []
    trials(tmp_path, InlineEngine(outcome)).run(
        [Named("a"), Named("bad"), Named("a")],
        [0, 1],
        give_up_after=1,
        on_complete=lambda index, own: complete.append((index, len(own))),
        on_outcome=lambda _outcome, rest: missing.append(rest),
    )
    assert sorted(complete) == [(0, 2), (1, 1), (2, 2)]
    assert missing[-1] == 0


class Draining(InlineEngine):
    """Has one more training running whenever it is cancelled."""

    def cancel(self):
        self.result = outcome
        cancelled = super().cancel()
        self.waiting.append(Task("a", {}, 1))
        return cancelled


def interrupted(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("place", ["waiting", "progress"])
def test_an_interruption_records_what_is_running(tmp_path, place):
    def seed_0_alone(task):
        return outcome(task) if task.seed == 0 else interrupted()

    engine = Draining(seed_0_alone if place == "waiting" else outcome)
    session = trials(tmp_path, engine)
    on_outcome = interrupted if place == "progress" else None
    with pytest.raises(KeyboardInterrupt):
        session.run([Named("a")], [0, 1, 2], on_outcome=on_outcome)
    assert session.recorded == 2
    with Store.open(tmp_path) as store:
        assert set(store.trainings("a", "protocol", "cpu")) == {0, 1}


def test_after_the_deadline_nothing_is_started(tmp_path):
    engine = InlineEngine(outcome)
    over = Spending(Budget(0.0, "seconds"))
    with pytest.raises(OutOfBudgetError):
        trials(tmp_path, engine, spending=over).run([Named("a")], [0, 1, 2])
    assert engine.trained == [("a", 0)]


def test_time_outs_are_remembered_for_the_run_alone(tmp_path):
    def slow(task):
        return Outcome(task.seed, Status.TIMEOUT, {}, 60.0, "no result within 60 s")

    trials(tmp_path, InlineEngine(slow)).run([Named("a")], [0])
    same_run = InlineEngine(outcome)
    found = trials(tmp_path, same_run).run([Named("a")], [0])
    assert found[0][0].status is Status.TIMEOUT
    assert same_run.trained == []
    other = InlineEngine(outcome)
    store = Store.open(tmp_path)
    Trials(store, other, "protocol", "cpu", metric="fid", scope="other").run([Named("a")], [0])
    assert other.trained == [("a", 0)]


def test_each_loss_may_have_seeds_of_its_own(tmp_path):
    engine = InlineEngine(outcome)
    found = trials(tmp_path, engine).run([Named("a"), Named("b")], [[0, 1, 2], [0]])
    assert [[o.seed for o in each] for each in found] == [[0, 1, 2], [0]]
    assert sorted(engine.trained) == [("a", 0), ("a", 1), ("a", 2), ("b", 0)]
    assert trials(tmp_path, engine).run([], []) == []
