"""Studies of anomaly detection side by side."""

from __future__ import annotations

from benchmarks.anomaly_overview import overview
from lossgp.common.averages import mean
from lossgp.results.anomaly import AUROC
from tests.report.test_anomaly import FAR, NEAR, PCA, study


def test_each_method_has_a_row_and_each_set_a_column() -> None:
    lines = overview({"first": study(NEAR, FAR, PCA), "second": study(NEAR, PCA)}).splitlines()
    assert lines[0] == "| method | first | second |"
    near, far, pca = lines[2:5]
    assert near.count("(0, 1)") == 2  # it loses to PCA on both sets
    assert far.count("(1, 0)") == 1
    assert far.endswith("| - |")
    assert pca.count("(") == 0
    gain = mean(FAR.values(AUROC)) - mean(NEAR.values(AUROC))
    (said,) = lines[6:]
    assert said.startswith(f"- far over near: {gain:+.4f} in the mean of 1 sets, better on 1")


def test_five_sets_have_an_interval() -> None:
    text = overview({str(n): study(NEAR, FAR, PCA) for n in range(5)})
    assert "[+0." in text
    assert "better on 5, p 0.062" in text
