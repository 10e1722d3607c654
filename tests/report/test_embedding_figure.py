"""The picture and the table of an embedding."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from lossgp.report.embedding_figure import Embedding, write_embeddings


def embedding(method: str, shift: float = 0) -> Embedding:
    points = np.arange(12.0).reshape(6, 2)
    return Embedding(method, points, points[:4] + shift)


def test_the_table_has_every_point(tmp_path: Path) -> None:
    path = write_embeddings([embedding("pca"), embedding("tsne", 0.5)], tmp_path / "points.csv")
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert len(rows) == 20
    assert rows[0] == {"method": "pca", "images": "real", "index": "0", "x": "0.0", "y": "1.0"}
    assert rows[-1] == {
        "method": "tsne", "images": "generated", "index": "3", "x": "6.5", "y": "7.5"
    }  # fmt: skip


def test_the_picture_says_what_was_embedded(tmp_path: Path) -> None:
    both = [embedding("pca"), embedding("umap")]
    path = write_embeddings(
        both, tmp_path / "e.svg", title="6 real and 4 \x1b[31mgenerated", features="network A"
    )
    text = path.read_text("utf-8")
    for words in ("PCA", "UMAP", "real", "network A", "fitted on the real", r"4 \x1b[31m"):
        assert f"<!-- {words}" in text or words in text, words
    assert "\x1b" not in text
    alone = write_embeddings([embedding("tsne")], tmp_path / "alone.svg").read_text("utf-8")
    assert "t-SNE" in alone
    assert "fitted on" not in alone


def test_the_same_points_make_the_same_picture(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_embeddings([embedding("pca")], tmp_path / name, title="t", features="f")
    write_embeddings([embedding("pca", 1.0)], tmp_path / "c.png", title="t", features="f")
    a, b, c = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert a == b != c


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must end in \.svg, \.pdf, \.png"):
        write_embeddings([embedding("pca")], tmp_path / "e.gif")
