"""Known losses and formulas in the first generation, for every algorithm."""

import json

import pytest

from lossgp.config import ConfigError, build
from lossgp.expressions import FormulaError, Loss, LossPair, zoo
from lossgp.expressions.formula_lists import read, written
from lossgp.search import Individual, Score, SearchSettings, algorithm, algorithms

SEEDS = ["bce", "ganetic", "mine = (p - y)**4"]


def first(name="gp", **settings):
    return algorithm(name)(SearchSettings(population=5, **settings), 0).ask()


@pytest.mark.parametrize("name", algorithms.names())
def test_every_algorithm_starts_with_the_seeds_and_draws_the_rest_as_ever(name):
    asked = first(name, seed_losses=SEEDS)
    assert [c.origin for c in asked.candidates[:3]] == ["seed: bce", "seed: ganetic", "seed: mine"]
    assert [c.slot for c in asked.candidates] == [0, 1, 2, 3, 4]
    losses = [c.loss for c in asked.candidates]
    assert losses[:3] == [zoo.bce, zoo.ganetic, Loss.parse("(p - y)**4")]
    assert losses[3:] == [c.loss for c in first(name).candidates[3:]]


def test_seeds_come_once_and_breed():
    search = algorithm("gp")(SearchSettings(population=3, seed_losses=SEEDS), 0)
    origins, parents = [], set()
    for _ in range(4):
        asked = search.ask()
        origins += [c.origin for c in asked.candidates]
        parents |= {p for c in asked.candidates for p in c.parents}
        search.tell([Individual(c, Score(1.0, 1.0, 0.0, (1.0,))) for c in asked.candidates])
    assert sum(origin.startswith("seed") for origin in origins) == 3
    assert parents & {"g0s0", "g0s1", "g0s2"}


def test_equal_seeds_are_one_and_the_slot_is_drawn_for():
    asked = first(seed_losses=["bce", "again = 3*(-y*log(p) - (1-y)*log(1-p))", "f2"])
    assert [c.origin for c in asked.candidates[:2]] == ["seed: bce", "seed: f2"]
    assert len(asked.candidates) == 5
    assert asked.rejects["equal to an earlier one"] >= 1


def test_seeds_are_not_screened_as_they_were_asked_for():
    asked = first(seed_losses="y - p")  # lower than min_height, and D* would be constant
    assert asked.candidates[0].loss == Loss.parse("y - p")
    assert asked.candidates[0].origin == "seed"


def test_a_pair_seeds_pairs_and_one_loss_serves_both():
    asked = first(genome="pair", seed_losses=["minimax", "bce"])
    assert [c.loss for c in asked.candidates[:2]] == [zoo.minimax, zoo.bce]


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ("bec", r"'bec' is no known loss.*did you mean 'bce'\?"),
        ("bce, wasserstein", "'wasserstein' is a loss of raw scores"),
        ("bce_logits", "raw scores.*seed with 'bce'"),
        ("minimax", "'minimax' is a pair.*genome to 'pair'"),
        ("p**2", "y_real is missing"),
        ("(p - y", r"'\(p - y': unexpected"),
        (["bce"] * 17, "there are 17 seed losses, and the population is 16"),
        ("missing.txt", "missing.txt cannot be read"),
        ([3], "3 is no seed loss"),
        (3, "3 is no seed loss"),
        ([{"name": "x"}], "Field required"),
    ],
)
def test_what_cannot_seed_is_told(seeds, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"search\.seed_losses.*" + message):
        build({"search": {"seed_losses": seeds}})


def test_a_file_is_recorded_as_formulas(tmp_path):
    path = tmp_path / "seeds.txt"
    path.write_text("# known\nbce = -y*log(p) - (1-y)*log(1-p)  # the paper's\n\n(p - y)**2\n")
    config = build({"search": {"seed_losses": str(path)}})
    path.unlink()
    data = json.loads(json.dumps(config.model_dump(mode="json")))
    assert build(data) == config
    assert data["search"]["seed_losses"] == [
        {"name": "bce", "formula": "-y_real * log(y_pred) - (1 - y_real) * log(1 - y_pred)"},
        {"name": "", "formula": "(y_pred - y_real)**2"},
    ]


def test_losses_and_formulas_may_stand_in_one_list():
    config = build({"search": {"seed_losses": [zoo.f1, "max(p, 0.5) - y*p", "f4"]}})
    assert [s.name for s in config.search.seed_losses] == ["", "", "ganetic"]
    assert config.search.seed_losses[0].loss == zoo.f1
    both = build({"search": {"seed_losses": "max(p, 0.5) - y*p, f4"}})
    assert both.search.seed_losses == config.search.seed_losses[1:]


LOSSES = [("one", zoo.bce), ("", LossPair.parse("D: (p - y)**2; G: -log(p)")), ("run#3", zoo.f1)]


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "losses.txt"
    path.write_text(written(LOSSES, ["made by\na test"]))
    assert read(path) == LOSSES
    assert path.read_text().startswith("# made by\n# a test\n")


def test_json_and_csv_of_lossgp_are_read(tmp_path):
    path = tmp_path / "losses"
    path.write_text(json.dumps([x.to_json() | {"name": n} for n, x in LOSSES]))
    assert read(path) == LOSSES
    path.write_text(json.dumps(zoo.f1.to_json()))
    assert read(path) == [("", zoo.f1)]
    path.write_text("rank,name,formula\n1,a,(p - y)**2\n,b,\n", "utf-8-sig")
    assert read(path) == [("a", Loss.parse("(p - y)**2"))]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"bce = -y*log(p)\n(p - y\n", "line 2: unexpected"),
        (b"# nothing\n\n", "holds no formula"),
        (b"\xff\xfe\x00", "no text"),
        (b"[1]", "entry 1: this is no loss"),
        (b"{", "no JSON"),
        (b"formula\np**2\n", "row 2: y_real is missing"),
        (b"x" * 1_000_001, "1,000,001 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_the_line(content, message, tmp_path):
    path = tmp_path / "losses.txt"
    path.write_bytes(content)
    with pytest.raises(FormulaError, match=f"losses.txt.*{message}"):
        read(path)
