"""What a store can forget, so that it may happen otherwise."""

from lossgp.runs import Store
from lossgp.trainers import Outcome, Status


def test_a_dropped_training_can_be_recorded_anew(tmp_path):
    with Store.open(tmp_path) as store:
        for seed in (0, 1):
            store.memo.record("a", "p", "cpu", "a", Outcome(seed, Status.ERROR, {}, 1.0, "broken"))
        store.memo.drop("a", "p", 0, "cpu:0")
        store.memo.drop("a", "p", 7, "cpu")
        good = Outcome(0, Status.OK, {"fid": 1.0})
        store.memo.record("a", "p", "cpu", "a", good)
    with Store.open(tmp_path) as store:
        found = store.memo.trainings("a", "p", "cpu")
    assert found[0] == good
    assert found[1].status is Status.ERROR


def test_a_run_rewound_goes_on_from_there(tmp_path):
    with Store.open(tmp_path) as store:
        run, other = (store.create_run(name, {}, "p", "1") for name in ("one", "two"))
        for generation in range(3):
            for each in (run, other):
                store.commit_generation(each, generation, [{"n": generation}], [], {})
        store.rewind(run, 1)
        store.commit_generation(run, 1, [{"n": 10}], [], {})
        assert [g.individuals[0]["n"] for g in store.generations(run)] == [0, 10]
        assert [g.individuals[0]["n"] for g in store.generations(other)] == [0, 1, 2]
