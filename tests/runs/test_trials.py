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
        assert set(store.memo.trainings("a", "protocol", "cpu")) == {0, 1}


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


# Trainings that are measured on the way


def at(task):
    """An outcome that says how far the training was run: to 100 iterations, but early losses."""
    run = 20 if task.key.startswith("early") else round(100 * task.part)
    return Outcome(task.seed, Status.OK, {"fid": 1000.0 - run}, 1.0, None, run)


class Parts(InlineEngine):
    """Remembers how far each training was to be run, and from where."""

    def __init__(self, result=at):
        super().__init__(result)
        self.asked = []

    def submit(self, task):
        self.asked.append((task.key, task.seed, task.part, task.state))
        super().submit(task)


def in_parts(tmp_path, engine, **options):
    made = trials(tmp_path, engine, **options)
    made.length, made.states = 100, tmp_path / "states"
    return made


def test_a_training_goes_on_from_where_it_was_put_away(tmp_path):
    engine = Parts()
    made = in_parts(tmp_path, engine)
    for part in (0.25, 0.5, 1.0):
        made.run([Named("a")], [0], part=part)
    made.run([Named("a"), Named("b")], [0, 1])
    (state,) = {state for key, seed, _, state in engine.asked if (key, seed) == ("a", 0)}
    assert state == str(tmp_path / "states" / "a-0.safetensors")
    assert [(key, seed, part) for key, seed, part, _ in engine.asked] == [
        *(("a", 0, 0.25), ("a", 0, 0.5), ("a", 0, 1.0)),
        *(("a", 1, 1.0), ("b", 0, 1.0), ("b", 1, 1.0)),
    ]
    # What was never put away is trained whole, as ever.
    assert {state for key, seed, _, state in engine.asked if (key, seed) != ("a", 0)} == {None}


def test_the_memo_never_mixes_parts_with_wholes(tmp_path):
    engine = Parts()
    made = in_parts(tmp_path, engine)
    ((quarter,),) = made.run([Named("a")], [0], part=0.25)
    assert made.so_far([Named("a")], [0]) == [[]]
    ((half,),) = made.run([Named("a")], [0], part=0.5)
    ((whole,),) = made.run([Named("a")], [0])
    assert [o.iterations for o in (quarter, half, whole)] == [25, 50, 100]
    again = in_parts(tmp_path, none := Parts())
    assert again.run([Named("a")], [0], part=0.25) == [[quarter]]
    assert again.run([Named("a")], [0], part=0.5) == [[half]]
    assert again.run([Named("a")], [0]) == [[whole]]
    assert none.asked == []
    with Store.open(tmp_path) as store:
        assert store.memo.trainings_of_all("protocol") == [("a", whole)]


def test_a_whole_that_is_known_is_no_part(tmp_path):
    engine = Parts()
    made = in_parts(tmp_path, engine)
    made.run([Named("a")], [0])
    ((quarter,),) = made.run([Named("a")], [0], part=0.25)
    assert quarter.iterations == 25


def test_what_a_training_costs_is_what_is_run_of_it(tmp_path):
    account = Spending(Budget(500, "iterations"))
    made = in_parts(tmp_path, Parts(), spending=account)
    spent = []
    for part in (0.25, 0.5, 1.0):
        made.run([Named("a"), Named("early")], [0], part=part)
        spent.append((account.trainings, account.iterations))
    assert spent == [(2, 45), (2, 70), (2, 120)]
    again = Spending()
    resumed = in_parts(tmp_path, Parts(), spending=again)
    resumed.run([Named("a")], [0], part=0.5)
    resumed.run([Named("a")], [0, 1])
    assert (again.trainings, again.iterations) == (1, 100)


def test_a_part_is_reserved_at_what_is_left_of_it(tmp_path):
    """A hundred cover a quarter of two losses, and then half of one of them to its end."""
    account = Spending(Budget(100, "iterations"))
    made = in_parts(tmp_path, Parts(), spending=account)
    made.run([Named("a"), Named("b")], [0], part=0.25)
    made.run([Named("a")], [0], part=0.5)
    with pytest.raises(OutOfBudgetError):
        made.run([Named("a")], [0])
    assert account.iterations == 75
    made.run([Named("b")], [0], part=0.5)
    assert account.iterations == 100


def test_a_part_needs_a_place_to_be_put_away(tmp_path):
    with pytest.raises(ValueError, match=r"run to 0\.5 only where it is put away"):
        trials(tmp_path, Parts()).run([Named("a")], [0], part=0.5)
