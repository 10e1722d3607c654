"""What is told while a search runs, and what telling it costs."""

import io
from itertools import groupby

import pytest
from rich.console import Console

import lossgp
from lossgp.expressions import Loss
from lossgp.report.search_display import Display
from lossgp.report.training_display import TrainingDisplay
from lossgp.results.progress import Progress, TrainingProgress
from lossgp.search import Individual, label
from lossgp.studies.evolve import SearchInterruptedError
from lossgp.trainers import Status

from .inline import CONFIG


def evolve(folder, config=CONFIG, **options):
    return lossgp.evolve(config, runs_dir=folder, device="cpu", **{"name": "run"} | options)


def stages(told):
    """The progress of each stage: (stage, generation) and the list of (done, total)."""
    return [
        (key, [(p.done, p.total) for p in group])
        for key, group in groupby(told, lambda p: (p.stage, p.generation))
        if key[0] in ("yardsticks", "generation")
    ]


@pytest.mark.parametrize("give_up_after", [0, 1])
def test_totals_stand_from_the_start_and_are_reached(laboratory, tmp_path, give_up_after):
    told = []
    config = {**CONFIG, "search": {**CONFIG["search"], "give_up_after": give_up_after}}
    right = evolve(tmp_path / "right", config)
    for individual in right.individuals[::2]:
        laboratory.wrong[individual.candidate.pair.key(), 0] = Status.DEAD
    evolve(tmp_path, config, on_progress=told.append)
    found = stages(told)
    assert [key for key, _ in found] == [
        ("yardsticks", 1),
        *(("generation", n) for n in (1, 2, 3)),
    ]
    for (stage, _), counts in found:
        # 2 known losses by 3 seeds; 4 candidates by the first seed, the best 2 by 2 more.
        assert {total for _, total in counts} == {6 if stage == "yardsticks" else 8}
        done = [n for n, _ in counts]
        assert done == sorted(done)
        assert done[0] == 0
        assert done[-1] == counts[0][1]


def test_what_was_trained_before_is_done(laboratory, tmp_path):
    laboratory.wrong = {6 + 8 + 3: KeyboardInterrupt()}
    with pytest.raises(SearchInterruptedError):
        evolve(tmp_path)
    told = []
    evolve(tmp_path, None, name=None, resume="run", on_progress=told.append)
    found = dict(stages(told))
    assert found["yardsticks", 2] == [(6, 6)]
    assert ("generation", 1) not in found
    assert found["generation", 2][0] == (2, 8)
    assert found["generation", 3][0] == (0, 8)


def test_no_time_is_left_to_say_once_it_is_up(laboratory, tmp_path):
    told = []
    evolve(tmp_path, budget=1e-9, on_progress=told.append)
    assert [p.remaining for p in told if p.stage == "time is up"] == [None]
    assert told[-1].stage == "time is up"


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("stopping", "finishing the running trainings (Ctrl-C again stops at once)"),
        ("time is up", "time is up: finishing the running trainings (Ctrl-C stops at once)"),
    ],
)
def test_the_end_is_said_in_one_line(laboratory, tmp_path, stage, words):
    best = evolve(tmp_path).best
    out = io.StringIO()
    display = Display(Console(file=out, width=40))
    display.progress(Progress("run", stage, 1, 3, 0, 0, best, {}, None))
    bar = TrainingDisplay(Console(file=out, width=40))
    bar.progress(TrainingProgress(stage))
    assert [line.partition("] ")[2] for line in out.getvalue().splitlines()] == [words] * 2


def test_generations_are_counted_from_one_wherever_people_read(laboratory, tmp_path):
    result = evolve(tmp_path)
    data = result.to_json()
    assert {loss["name"][:2] for loss in data["losses"]} == {"g1", "g2", "g3"}
    parents = {name[:2] for loss in data["losses"] for name in loss["parents"]}
    assert parents <= {"g1", "g2"}
    assert parents
    assert label("g0s2") == "g1s2"
    assert label("g9s10") == "g10s10"


class Counted:
    """A property whose readings are counted; its values are kept."""

    def __init__(self, value):
        self.value = value
        self.kept = {}
        self.count = 0

    def __get__(self, instance, owner):
        self.count += 1
        if id(instance) not in self.kept:
            self.kept[id(instance)] = instance, self.value(instance)
        return self.kept[id(instance)][1]


def test_late_generations_cost_what_early_ones_cost(laboratory, tmp_path, monkeypatch):
    """Counted in looks at losses, of which every training used to take one at each so far."""
    order = Counted(vars(Individual)["order"].func)
    sizes = []
    monkeypatch.setattr(Individual, "order", order)
    of_tree = vars(Loss)["size"].fget
    monkeypatch.setattr(Loss, "size", property(lambda loss: sizes.append(loss) or of_tree(loss)))
    looks = []
    config = {**CONFIG, "search": {**CONFIG["search"], "generations": 16}}

    def generation(result):
        looks.append((order.count, len(sizes)))
        order.count, sizes[:] = 0, []

    evolve(tmp_path, config, on_generation=generation, on_progress=lambda progress: None)
    assert len(looks) == 16
    # 4 new losses find their places among up to 60, and 8 compete; nobody else is looked at.
    assert all(orders <= 4 * (1 + 6) + 4 * 8 for orders, _ in looks)
    assert {size for _, size in looks[1:]} == {4}
