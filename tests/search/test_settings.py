import pytest
from pydantic import ValidationError

from lossgp.search import PRESETS, SearchSettings
from lossgp.search.mutations import MUTATIONS

# GANetic paper, table B: M_ST, M_N, p_A, Cr_A, selection.
TABLE_B = {
    1: (0.3, 0.0, 0.0, 0.0, "tournament"),
    2: (0.3, 0.0, 0.5, 0.5, "tournament"),
    3: (0.3, 0.0, 0.0, 0.0, "best"),
    4: (0.3, 0.0, 0.5, 0.5, "best"),
    5: (0.2, 0.1, 0.0, 0.0, "tournament"),
    6: (0.2, 0.1, 0.5, 0.5, "tournament"),
    7: (0.2, 0.1, 0.0, 0.0, "best"),
    8: (0.2, 0.1, 0.5, 0.5, "best"),
}


@pytest.mark.parametrize("number", TABLE_B)
def test_presets_are_table_b(number):
    s = SearchSettings(**PRESETS[f"ganetic-{number}"])
    rates = (s.subtree_mutation, s.node_mutation, s.archive_probability, s.archive_crossover)
    assert (*rates, s.selection) == TABLE_B[number]
    assert s.tournament_size == 3
    assert (s.population, s.crossover, s.min_height, s.max_size) == (10, 0.7, 2, 100)
    assert s.constants == (-5, 5)
    # Nothing beside the paper's operators, and no limit but that on the size.
    assert {m.setting for m in MUTATIONS if m.rate(s)} <= {"subtree_mutation", "node_mutation"}
    assert (s.crossover_kind, s.simplification) == ("subtree", 0)
    assert (s.max_depth, s.max_nesting) == (None, None)


def test_the_default_is_the_configuration_that_found_ganetic_made_cheaper():
    paper = SearchSettings(**PRESETS["ganetic-4"])
    assert (paper.give_up_after, paper.promoted) == (0, 1.0)
    assert SearchSettings(give_up_after=0, promoted=1.0) == paper


@pytest.mark.parametrize("rate", [0, 0.5, 1])
def test_rates_at_their_limits(rate):
    assert SearchSettings(crossover=rate).crossover == rate


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("crossover", -0.1),
        ("crossover", 1.1),
        ("population", 1),
        ("constants", (5, -5)),
        ("operators", "papier"),
        ("operators", ["sin", "sinus"]),
        ("operators", ["sin", "cos"]),
        ("operators", []),
        ("min_height", 7),
        ("selection", "roulette"),
        ("promoted", 0.0),
        ("promoted", 1.01),
        ("lifetime", 0),
        ("patience", -1),
        ("max_depth", 1),
        ("max_nesting", -1),
        ("constant_scale", 0.0),
        ("hoist_mutation", 1.1),
        ("simplification", -0.1),
        ("crossover_kind", "uniform"),
        ("adaptation", "shade"),
        ("memory_size", 0),
        ("success_margin", -1),
        ("std_weight", -0.1),
        ("min_d_auc", 0.49),
        ("min_d_auc", 1.01),
        ("min_d_acc", -0.1),
    ],
)
def test_wrong_settings_are_refused(key, value):
    with pytest.raises(ValidationError):
        SearchSettings(**{key: value})


def test_operators_by_set_or_by_name():
    assert SearchSettings(operators="paper").operator_names[0] == "add"
    assert SearchSettings(operators=["mul", "log"]).operator_names == ("mul", "log")
