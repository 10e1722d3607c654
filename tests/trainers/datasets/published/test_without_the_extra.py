"""Without pydicom and nibabel one line says what to install; nothing else needs them."""

from __future__ import annotations

import sys

import pytest

from lossgp.trainers.datasets import DatasetError, read


@pytest.mark.parametrize(
    ("package", "kind", "name"),
    [("pydicom", "dicom", "a.dcm"), ("nibabel", "nifti", "a.nii.gz")],
)
def test_the_extra_is_named(tmp_path, monkeypatch, package, kind, name) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / name).write_bytes(b"")
    for source in (tmp_path, tmp_path / name, f"{kind}:{tmp_path}"):
        with pytest.raises(DatasetError, match=rf"need {package}.*pip install \"lossgp\[medical\]"):
            read(source)
