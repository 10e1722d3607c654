"""Tables of losses as people have them, and what is wrong with others."""

import numpy as np
import pytest

import lossgp
from lossgp.analysis import write_csv
from lossgp.fitting import Curve, CurveError, read

P = np.linspace(0.05, 0.95, 10)
REAL, FAKE = -np.log(P), P**2
CURVE = Curve.by_class(P, REAL, FAKE)


def table(head, rows, mark=","):
    lines = [mark.join(head)] if head else []
    return "\n".join([*lines, *(mark.join(map(repr, map(float, row))) for row in rows)]) + "\n"


WIDE = list(zip(P, REAL, FAKE, strict=True))
LONG = [(p, y, loss) for p, one, zero in WIDE for y, loss in ((1, one), (0, zero))]


def same(curve, other=CURVE):
    return all(
        np.allclose(getattr(curve, name), getattr(other, name)) for name in ("p", "y", "loss")
    )


@pytest.mark.parametrize(
    "text",
    [
        table(["p", "l1", "l0"], WIDE),
        table(["loss_fake", "Y_PRED", "loss_real"], [(f, p, r) for p, r, f in WIDE]),
        table([], WIDE),
        table([], LONG),
        table(["y_pred", "y_real", "loss"], LONG, ";"),
        table(["value", "label", "prediction"], [(v, y, p) for p, y, v in LONG[::-1]], "\t"),
        table([], WIDE, "  "),
        "# learned\n\n% by hand\n" + table(["p", "l1", "l0", "g"], [(*row, 3) for row in WIDE]),
        table(["p", "l1", "l0"], WIDE, ";").replace(".", ","),
        "\ufeff" + table(["p", "l1", "l0"], WIDE),
        table(["score", "l1", "l0"], [(np.log(p / (1 - p)), r, f) for p, r, f in WIDE]),
        "p,side,value\n" + "".join(
            f"{p!r},{side},{v!r}\n" for p, r, f in np.array(WIDE).tolist()
            for side, v in (("real", r), ("generated", f))
        ),
    ],
)  # fmt: skip
def test_tables_of_every_kind_are_one_curve(text, tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text(text, "utf-8")
    assert same(read(path))


def test_what_plot_writes_is_read(tmp_path):
    path = tmp_path / "curves.csv"
    write_csv({"one": lossgp.zoo.bce, "two": lossgp.zoo.f2}, path)
    with pytest.raises(CurveError, match="2 losses: 'one', 'two'; name one"):
        read(path)
    with pytest.raises(CurveError, match=r"no loss 'ons' \(did you mean 'one'"):
        read(path, "ons")
    curve = read(path, "two")
    assert np.allclose(curve.loss, lossgp.zoo.f2.numpy()(curve.p, curve.y))
    assert set(curve.y) == {0, 1}
    assert curve.notes == ("G's own loss is left out",)
    assert len(curve.p) == 800, "400 of each label are enough"


def test_points_that_are_not_finite_are_left_out_and_counted():
    p = np.linspace(0, 1, 11)
    with np.errstate(divide="ignore"):
        curve = Curve.by_class(p, -np.log(p), -np.log(1 - p))
    assert curve.notes == ("2 of 22 points are not finite, and are left out",)
    assert len(curve.loss) == 20


def test_residuals_count_by_the_size_of_the_loss():
    curve = Curve.by_class(P, 1e6 * (P > 0.9) + P, P)
    assert curve.weights.min() < 1e-10 * curve.weights.max()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("p,l1,l0\n", "a heading and no row"),
        (table(["p", "l1"], P[:, None].repeat(2, 1)), "no column l0 among 'p', 'l1'"),
        (table(["x", "l1", "l0"], WIDE), "no column p among"),
        (table(["p", "loss", "z"], WIDE), "no column l1"),
        (table(["p", "y_pred", "l1"], WIDE), "'p' and 'y_pred' mean the same"),
        (table([], P[:, None].repeat(2, 1)), "three columns, not 2"),
        (
            table(["p", "l1", "l0"], WIDE) + "0.5,one,2\n",
            "line 12, column 'l1': 'one' is no number",
        ),
        (table(["p", "l1", "l0"], WIDE) + "0.5,1\n", "line 12 has 2 columns, and the first 3"),
        (table(["p", "l1", "l0"], [(3, 1, 1)]), "a prediction is 3; predictions lie in"),
        (table(["p", "y_real", "loss"], [(0.1, 2, 1)]), "a label is 2; it must be 1"),
        (table(["p", "loss", "l1"], WIDE), "no column l0"),
        (table(["p", "loss", "z"], WIDE)[:-1], "no column l1"),
        (table(["p", "l1", "l0"], WIDE[:3]), "there are 3 points for real samples.*at least 8"),
        (table(["p", "y", "loss"], [row for row in LONG if row[1]]), "0 points for generated"),
        (table(["p", "l1", "l0"], [(p, 2, 2) for p in P]), "the same everywhere"),
    ],
)
def test_what_is_no_curve_is_told(text, message, tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text(text)
    with pytest.raises(CurveError, match=f"curve.csv.*{message}"):
        read(path)


def test_files_that_cannot_be_read_are_told(tmp_path):
    with pytest.raises(CurveError, match="cannot be read: No such file"):
        read(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(CurveError, match="no text"):
        read(tmp_path / "b.csv")
