"""The figure of learning curves: losses above, below what D took right or what it estimates."""

from __future__ import annotations

from types import SimpleNamespace

from lossgp.report import learning_curves

LOSSES = {"iteration": [25.0, 50.0], "d_real": [1.0, 2.0], "d_fake": [1.0, 0.0], "g": [0.0, 1.0]}
ACCURACIES = {"d_acc_real": [0.5, 0.9], "d_acc_fake": [0.6, 0.8]}
ESTIMATES = {"wasserstein": [3.0, 2.0], "wasserstein_held_out": [2.5, float("nan")]}


def figure_of(monkeypatch, tmp_path, *histories):
    """The figure that is drawn of one loss with these histories."""
    comparison = SimpleNamespace(losses=[SimpleNamespace(name="hinge")])
    monkeypatch.setattr(learning_curves, "histories_of", lambda *_: list(histories))
    found = []
    monkeypatch.setattr("lossgp.analysis.figures.save", lambda figure, path: found.append(figure))
    learning_curves.curves(comparison)(tmp_path / "curves.png")
    return found[0]


def labels(axes):
    return axes.get_legend_handles_labels()[1]


def test_accuracies_stand_below_the_losses(monkeypatch, tmp_path):
    upper, lower = figure_of(monkeypatch, tmp_path, {**LOSSES, **ACCURACIES}).axes
    assert labels(upper) == ["D, real", "D, fake", "G"]
    assert (labels(lower), lower.get_ylabel()) == (["D, real", "D, fake"], "accuracy")


def test_of_a_critic_its_estimates_stand_there(monkeypatch, tmp_path):
    whole = {**LOSSES, **ACCURACIES, **ESTIMATES}
    _, lower = figure_of(monkeypatch, tmp_path, whole, whole).axes
    assert (labels(lower), lower.get_ylabel()) == (
        ["training images", "held-out images"],
        "W estimate",
    )
    assert lower.get_yscale() == "linear"
    thick = lower.get_lines()[2]
    assert list(thick.get_ydata()) == [3, 2]
    far = {**whole, "wasserstein": [1e9, 2.0]}
    assert figure_of(monkeypatch, tmp_path, far).axes[1].get_yscale() == "symlog"


def test_without_held_out_images_there_is_one_estimate(monkeypatch, tmp_path):
    only = {**LOSSES, "wasserstein": [3.0, 2.0]}
    _, lower = figure_of(monkeypatch, tmp_path, only).axes
    assert labels(lower) == ["training images"]


def test_a_history_without_estimates_among_others_shows_accuracies(monkeypatch, tmp_path):
    whole = {**LOSSES, **ACCURACIES, **ESTIMATES}
    _, lower = figure_of(monkeypatch, tmp_path, whole, {**LOSSES, **ACCURACIES}).axes
    assert lower.get_ylabel() == "accuracy"


def test_nothing_is_drawn_of_nothing(monkeypatch):
    comparison = SimpleNamespace(losses=[SimpleNamespace(name="hinge")])
    monkeypatch.setattr(learning_curves, "histories_of", lambda *_: [])
    assert learning_curves.curves(comparison) is None
