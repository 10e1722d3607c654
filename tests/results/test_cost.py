"""What trainings have cost."""

from lossgp.results.cost import Cost, cost, cost_of_scored
from lossgp.search import SearchSettings, score
from lossgp.trainers import Outcome


def ran(seed, iterations, status="ok"):
    metrics = {"fid": 10.0, "d_acc": 0.5} if status == "ok" else {}
    return Outcome(seed, status, metrics, 1.0, iterations=iterations)


def test_a_training_counts_what_it_ran():
    assert cost([ran(0, 120), ran(1, 20, "diverged")]) == Cost(2, 140)
    assert cost([ran(0, 120), ran(1, None, "crashed")], unknown=3) == Cost(5, 120, 4)


def test_where_the_memo_lacks_trainings_a_score_says_how_many_there_were():
    settings = SearchSettings()
    given_up = score([ran(0, 20, "diverged")], 3, 1000.0, settings)
    whole = score([ran(s, 120) for s in range(3)], 3, 1000.0, settings)
    outcomes = [ran(s, 120) for s in range(3)]
    assert cost_of_scored([(given_up, ()), (whole, outcomes)]) == Cost(4, 360, 1)


def test_costs_are_written_for_people():
    assert str(Cost(1, 120)) == "1 training, 120 iterations"
    assert str(Cost(1284, 154_000, 3)) == "1,284 trainings, 154,000 iterations (without those of 3)"
    assert str(Cost(7, 0, 7)) == "7 trainings"
