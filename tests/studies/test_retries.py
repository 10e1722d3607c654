"""What is tried again, and what it does to a search that has gone on since."""

import pytest

import lossgp
from lossgp.expressions import LossPair, zoo
from lossgp.report.files import notes
from lossgp.report.table import summary
from lossgp.runs import Store
from lossgp.studies.evolve import SearchInterruptedError
from lossgp.trainers import Outcome, Status

from .inline import CONFIG

BCE = LossPair.of(zoo.entry("bce_logits").loss).key()
CRASHES = [Status.CRASHED, Status.TIMEOUT]


def evolve(folder, config=CONFIG, **options):
    options = options or {"name": "run"}
    return lossgp.evolve(config, runs_dir=folder, device="cpu", **options)


def resumed(folder, **options):
    return evolve(folder, None, resume="run", **options)


@pytest.fixture
def right(laboratory, tmp_path):
    """The result of the search in which nothing goes wrong, and who trained as what."""
    result = evolve(tmp_path / "right")
    laboratory.times.clear()
    return result


def candidate(result, generation, *, whole):
    """The key of a candidate that was trained on all seeds, or on the first alone."""
    return next(
        i.candidate.pair.key()
        for i in result.individuals
        if i.candidate.generation == generation and i.score.is_whole == whole
    )


@pytest.mark.parametrize("status", CRASHES)
def test_a_known_loss_that_crashed_is_tried_again_when_the_run_is_resumed(
    laboratory, tmp_path, right, status
):
    laboratory.wrong = {(BCE, 1): status}
    crashed = evolve(tmp_path)
    assert crashed.yardsticks[0].score.statuses == {status: 1, "ok": 2}
    assert crashed.failed == 1
    laboratory.wrong = {}
    again = resumed(tmp_path)
    assert laboratory.trained == [(BCE, 1)]
    assert again.to_json() == right.to_json()


def test_no_ratio_to_a_known_loss_that_lost_seeds(laboratory, tmp_path, right):
    assert any("times that of BCE (on logits)" in line for line in summary(right))
    assert "lost" not in notes(right, right.best)["BCE (on logits)"]
    laboratory.wrong = {(BCE, 1): Status.CRASHED}
    crashed = evolve(tmp_path)
    words = "\n".join(summary(crashed))
    assert "times that of BCE" not in words
    assert "times that of GANetic" in words
    assert "BCE (on logits): 1 of 3 seeds crashed; nothing is compared with it" in words
    note = notes(crashed, crashed.best)["BCE (on logits)"]
    assert note.endswith("of which 1 of 3 seeds crashed: no measure of others")
    assert [y["seeds_lost"] for y in crashed.to_json()["yardsticks"]] == [1, 0]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("status", [*CRASHES, Status.ERROR])
def test_complete_generations_stay_unless_it_is_asked_for(
    laboratory, tmp_path, right, status, whole
):
    key = candidate(right, 0, whole=whole)
    laboratory.wrong = {(key, 0): status}
    crashed = evolve(tmp_path)
    assert crashed.failed == 1
    laboratory.wrong = {}
    assert resumed(tmp_path).to_json() == crashed.to_json()
    assert laboratory.trained == []
    again = resumed(tmp_path, retry_failed=True)
    assert again.to_json() == right.to_json()
    assert laboratory.times[key, 0] == 2
    assert resumed(tmp_path).to_json() == right.to_json()
    assert laboratory.trained == []


def test_what_fails_again_changes_nothing(laboratory, tmp_path, right):
    key = candidate(right, 1, whole=True)
    laboratory.wrong = {(key, 0): Status.CRASHED}
    crashed = evolve(tmp_path)
    assert resumed(tmp_path, retry_failed=True).to_json() == crashed.to_json()
    assert laboratory.trained == [(key, 0)]


@pytest.mark.parametrize("retry_failed", [False, True])
def test_a_retry_that_is_interrupted_itself_goes_on_to_the_same_end(
    laboratory, tmp_path, right, retry_failed
):
    key = candidate(right, 0, whole=True)
    laboratory.wrong = {(key, 0): Status.CRASHED}
    evolve(tmp_path)
    laboratory.wrong = {5: KeyboardInterrupt()}
    with pytest.raises(SearchInterruptedError):
        resumed(tmp_path, retry_failed=True)
    laboratory.wrong = {}
    again = resumed(tmp_path, retry_failed=retry_failed)
    assert again.to_json() == right.to_json()


def test_the_generation_under_way_tries_again_by_itself(laboratory, tmp_path, right):
    key = candidate(right, 2, whole=True)
    laboratory.wrong = {(key, 1): Status.CRASHED, (key, 2): KeyboardInterrupt()}
    with pytest.raises(SearchInterruptedError):
        evolve(tmp_path, {**CONFIG, "search": {**CONFIG["search"], "give_up_after": 0}})
    laboratory.wrong = {}
    again = resumed(tmp_path)
    assert laboratory.times[key, 1] == 2
    assert again.failed == 0


def test_a_complete_generation_does_not_heed_what_other_runs_have_learnt(
    laboratory, tmp_path, right
):
    key = candidate(right, 0, whole=True)
    laboratory.wrong = {(key, 0): Status.TIMEOUT}
    slow = evolve(tmp_path)
    laboratory.wrong = {}
    other = evolve(tmp_path, name="other")
    assert [i.score for i in other.individuals] == [i.score for i in right.individuals]
    assert resumed(tmp_path).to_json() == slow.to_json()


def test_a_memo_row_without_the_goal_is_an_error_that_can_be_tried_again(
    laboratory, tmp_path, right
):
    with Store.open(tmp_path) as store:
        row = Outcome(1, Status.OK, {"kid": 1.0}, 1.0)
        store.memo.record(BCE, right_protocol(right, tmp_path), "cpu", "bce", row)
    found = evolve(tmp_path)
    assert found.yardsticks[0].lost == "1 of 3 seeds error"
    assert (BCE, 1) not in laboratory.trained
    assert resumed(tmp_path, retry_failed=True).to_json() == right.to_json()
    assert laboratory.trained == [(BCE, 1)]


def test_a_generation_of_an_older_version_that_failed_again_is_not_begun_anew(
    laboratory, tmp_path, right
):
    """It asked for no area under D's ROC: that its scores lack it is no other result."""
    laboratory.wrong = {(candidate(right, 0, whole=True), 0): Status.ERROR}
    slow = evolve(tmp_path)
    with Store.open(tmp_path) as store:
        run = store.run(slow.name)
        stored = store.generations(run)
        store.rewind(run, 0)
        for old in stored:
            for kept in (*old.individuals, *old.archive):
                kept["score"].pop("d_auc")
            store.commit_generation(run, old.generation, old.individuals, old.archive, old.rejects)
        again = resumed(tmp_path, retry_failed=True)
    assert [i.candidate for i in again.individuals] == [i.candidate for i in slow.individuals]
    assert [i.score.values for i in again.individuals] == [i.score.values for i in slow.individuals]
    assert "d_auc" not in again.to_json()["losses"][0]["score"]


def right_protocol(result, folder):
    with Store.open(folder.joinpath("right")) as store:
        return store.run(result.name).protocol_hash


def test_a_comparison_remembers_failures_until_it_is_asked_to_retry(laboratory, tmp_path):
    def compare(**options):
        found = lossgp.compare(["bce_logits"], seeds=2, runs_dir=tmp_path, device="cpu", **options)
        return [o.status for o in found.losses[0].outcomes]

    laboratory.wrong = {(BCE, 0): Status.ERROR, (BCE, 1): Status.CRASHED}
    assert compare() == ["error", "crashed"]
    laboratory.wrong = {}
    assert compare() == ["error", "crashed"]
    assert laboratory.trained == []
    assert compare(retry_failed=True) == ["ok", "ok"]
    assert compare() == ["ok", "ok"]
    assert sum(laboratory.times.values()) == 4


def test_an_edited_generation_is_refused_in_one_line(laboratory, tmp_path, right):
    import sqlite3

    evolve(tmp_path)
    with sqlite3.connect(tmp_path / "lossgp.db") as db:
        db.execute("UPDATE generations SET individuals = '[{}]' WHERE generation = 1")
    db.close()
    for retry_failed in (False, True):
        with pytest.raises(lossgp.RunsError) as caught:
            resumed(tmp_path, retry_failed=retry_failed)
        assert "generation" in str(caught.value)
        assert "\n" not in str(caught.value)
