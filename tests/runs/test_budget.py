"""Budgets as they are written, and how they are spent."""

import math

import pytest

from lossgp.runs import Store, spending
from lossgp.runs.budget import Budget
from lossgp.runs.spending import Charge, OutOfBudgetError, Spending
from lossgp.runs.trials import BUDGET_USED_UP, Trials
from lossgp.trainers import Outcome, Status

from .test_trials import InlineEngine, Named

LENGTH = 100


@pytest.mark.parametrize(
    ("written", "amount", "unit"),
    [
        ("90s", 90, "seconds"),
        ("90", 90, "seconds"),
        ("3m", 180, "seconds"),
        (" 1.5 H ", 5400, "seconds"),
        (2.5, 2.5, "seconds"),
        (7, 7, "seconds"),
        ("200-trainings", 200, "trainings"),
        ("1 training", 1, "trainings"),
        ("50_000-iterations", 50_000, "iterations"),
        ("120Iterations", 120, "iterations"),
        (Budget(3, "trainings"), 3, "trainings"),
    ],
)
def test_what_is_written_is_understood(written, amount, unit):
    assert Budget.of(written) == Budget(amount, unit)


@pytest.mark.parametrize(
    "wrong",
    ["", "soon", "0s", "0-trainings", "-3m", "3.5-trainings", "200-epochs", "9" * 400, "1e3",
     "3m 200-trainings", "٣-trainings", 0, -1.0, math.nan, math.inf, [3]],
)  # fmt: skip
def test_what_is_no_budget_is_refused_in_one_line(wrong):
    with pytest.raises(ValueError, match="budget") as refused:
        Budget.of(wrong)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250


def outcome(task):
    """Losses named early die at a tenth of their length; bad ones fail at the end."""
    early = task.key.startswith("early")
    failed = early or task.key.startswith("bad")
    status = Status.DEAD if failed else Status.OK
    ran = LENGTH // 10 if early else LENGTH
    return Outcome(task.seed, status, {"fid": 10.0 + task.seed}, 1.0, iterations=ran)


class Parallel(InlineEngine):
    """Has `width` trainings running, of which the last started or the first ends first."""

    def __init__(self, width, last_first):
        super().__init__(outcome, last_first)
        self.width = width

    def as_completed(self):
        while self.waiting:
            index = min(self.width, len(self.waiting)) - 1 if self.backwards else 0
            task = self.waiting[index]
            del self.waiting[index]
            self.trained.append((task.key, task.seed))
            yield task, self.result(task)


def spent(folder, budget, names, engine, *, give_up_after=1, seeds=3):
    """Train as far as the budget goes; returns what was trained, and the account."""
    account = Spending(Budget.of(budget))
    stops = []
    with Store.open(folder) as store:
        trials = Trials(
            *(store, engine, "protocol", "cpu"),
            metric="fid", scope="run", spending=account, on_stopping=stops.append,
        )  # fmt: skip
        trials.length = LENGTH
        losses = [Named(name) for name in names]
        try:
            trials.run(losses, range(seeds), give_up_after=give_up_after)
        except OutOfBudgetError:
            assert stops == [BUDGET_USED_UP]
            stops.append("used up")
        found = [[o.seed for o in own] for own in trials.so_far(losses, range(seeds))]
    return found, account, bool(stops)


NAMES = ["a", "early-b", "c", "bad-d", "e", "early-f"]


@pytest.mark.parametrize("give_up_after", [0, 1, 2])
@pytest.mark.parametrize("budget", ["7-trainings", "700-iterations", "655-iterations"])
def test_what_a_budget_covers_does_not_depend_on_workers_or_order(tmp_path, budget, give_up_after):
    ways = [(1, False), (2, False), (2, True), (4, True), (6, False), (6, True)]
    found = []
    for number, (width, last_first) in enumerate(ways):
        engine = Parallel(width, last_first)
        folder = tmp_path / str(number)
        found.append(spent(folder, budget, NAMES, engine, give_up_after=give_up_after))
    trained, account, used_up = found[0]
    assert used_up
    assert all(other[0] == trained for other in found)
    assert all(other[2] for other in found)
    assert {(a.trainings, a.iterations) for _, a, _ in found} == {
        (account.trainings, account.iterations)
    }
    if "trainings" in budget:
        assert account.trainings == 7
    else:  # the next one would not have fit in whole
        assert account.iterations <= int(budget.split("-")[0]) < account.iterations + LENGTH


def test_turns_go_through_all_losses_before_the_second_seeds(tmp_path):
    trained, _, _ = spent(tmp_path, "7-trainings", "abcde", Parallel(2, True))
    assert trained == [[0, 1], [0, 1], [0], [0], [0]]


def test_early_ends_leave_iterations_for_others(tmp_path):
    names = ["early-1", "early-2", "early-3", "a", "b", "c"]
    trained, account, used_up = spent(
        tmp_path, "230-iterations", names, Parallel(6, False), seeds=1
    )
    assert trained == [[0], [0], [0], [0], [0], []]
    assert used_up
    assert account.iterations == 230


def test_a_budget_that_covers_all_ends_nothing(tmp_path):
    trained, account, used_up = spent(tmp_path, "6-trainings", "ab", Parallel(2, True))
    assert trained == [[0, 1, 2]] * 2
    assert not used_up
    assert account.trainings == 6


def test_what_is_remembered_costs_nothing(tmp_path):
    spent(tmp_path, "4-trainings", "ab", Parallel(2, False))
    trained, account, used_up = spent(tmp_path, "2-trainings", "ab", Parallel(2, False))
    assert trained == [[0, 1, 2]] * 2
    assert (account.trainings, used_up) == (2, False)


def test_a_training_whose_length_is_not_known_counts_in_full():
    account = Spending(Budget(3 * LENGTH, "iterations"))
    assert account.reserve(Charge(1, LENGTH))
    account.settle(Charge(1, LENGTH), None)
    assert account.iterations == LENGTH
    assert account.covers(Charge(2, 2 * LENGTH))
    assert not account.covers(Charge(3, 3 * LENGTH))


def test_time_runs_from_the_start_of_the_account(monkeypatch):
    now = [50.0]
    monkeypatch.setattr(spending.time, "monotonic", lambda: now[0])
    account = Spending(Budget(10, "seconds"))
    assert not account.time_is_up
    now[0] = 60.0
    assert account.time_is_up
    assert account.covers(Charge(10**6, 10**12))  # time is never reserved
    assert not Spending().time_is_up
