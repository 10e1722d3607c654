"""Hyper-Kvasir's labelled images of the gut (Borgli et al. 2020).

`labeled-images/{lower,upper}-gi-tract/GROUP/CLASS/*.jpg`. The official splits for cross-validation
are tables of the repository simula/hyper-kvasir: `official_splits/2_fold_split.csv` and
`5_fold_split.csv`, with the columns file-name, class-name and split-index.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from ..dataset import DatasetError
from ..splits import AnomalyPlan
from .class_folders import Parts, by_class, has_folders, listed, walked
from .listing import Item, Listing
from .publication import Edition, Publication, ReadingOptions, Request
from .tables import columns

COUNTS = {
    "barretts": 41, "barretts-short-segment": 53, "bbps-0-1": 646, "bbps-2-3": 1148,
    "cecum": 1009, "dyed-lifted-polyps": 1002, "dyed-resection-margins": 989,
    "esophagitis-a": 403, "esophagitis-b-d": 260, "hemorrhoids": 6, "ileum": 9,
    "impacted-stool": 131, "polyps": 1028, "pylorus": 999, "retroflex-rectum": 391,
    "retroflex-stomach": 764, "ulcerative-colitis-grade-0-1": 35,
    "ulcerative-colitis-grade-1": 201, "ulcerative-colitis-grade-1-2": 11,
    "ulcerative-colitis-grade-2": 443, "ulcerative-colitis-grade-2-3": 28,
    "ulcerative-colitis-grade-3": 133, "z-line": 932,
}  # fmt: skip
CLASSES = tuple(COUNTS)
NORMAL = ("cecum", "ileum", "bbps-2-3")


class HyperKvasirOptions(ReadingOptions):
    """An official fold: `fold` is that of the tests, of `folds` (2 or 5) in all.

    `split` takes the images outside the fold (`train`), those in it (`test`), or all.
    """

    PARTS: ClassVar[frozenset[str]] = frozenset({"fold"})

    folds: Literal["2", "5"] = "2"
    fold: int | None = Field(default=None, ge=0, le=4)
    split: Literal["", "train", "test", "all"] = ""

    @model_validator(mode="after")
    def _are_consistent(self) -> HyperKvasirOptions:
        if self.fold is not None and self.fold >= int(self.folds):
            raise ValueError(f"fold is {self.fold}, and folds {self.folds}: they count from 0")
        return self


def _listing(request: Request) -> Listing:
    """The images by class. Raises `DatasetError` where there are none, or no table of folds."""
    files, notes = walked(request.path, request.pattern)
    inside, outside = by_class(files, {name: i for i, name in enumerate(CLASSES)})
    if not inside:
        raise DatasetError(
            f"{request.path}: no images of Hyper-Kvasir; wanted are {HYPER_KVASIR.layout}"
        )
    told = list(notes)
    if outside:
        told.append(f"{len(outside)} files lie in no class folder; left out: {listed(outside)}")
    options: HyperKvasirOptions = request.options
    split = options.split or request.split
    if options.fold is None and split == "test":
        raise DatasetError(
            "'hyper-kvasir' is split by folds: give fold=0 or another for its test images"
        )
    if options.fold is not None and split != "all":
        inside, missing = _of_fold(request.path, inside, options, split)
        if missing:
            told.append(f"{len(missing)} images are in no fold; left out: {listed(missing)}")
    items = [Item(request.path.joinpath(*parts), label) for parts, label in sorted(inside)]
    return Listing(tuple(items), CLASSES, 3, tuple(told))


def _of_fold(
    root: Path, files: list[tuple[Parts, int]], options: HyperKvasirOptions, split: str
) -> tuple[list[tuple[Parts, int]], list[Parts]]:
    name = f"{options.folds}_fold_split.csv"
    around = (root, *root.absolute().parents[:2])
    places = [folder / below / name for folder in around for below in ("official_splits", ".")]
    table = next((path for path in places if path.is_file()), None)
    if table is None:
        raise DatasetError(
            f"{root}: no {name} here, in official_splits, nor in the folders above; it is in the "
            "repository simula/hyper-kvasir"
        )
    fold_of = {
        file.casefold(): index
        for file, index in columns(table, ("file-name", "split-index"), delimiter=";")
    }
    wanted = str(options.fold)
    if wanted not in fold_of.values():
        raise DatasetError(f"{table}: no image has the split-index {wanted}")
    missing = [parts for parts, _ in files if parts[-1].casefold() not in fold_of]
    chosen = [
        (parts, label)
        for parts, label in files
        if parts[-1].casefold() in fold_of
        and (fold_of[parts[-1].casefold()] == wanted) == (split == "test")
    ]
    if not chosen:
        raise DatasetError(f"{table}: none of the images in {root} is in fold {wanted}")
    return chosen, missing


HYPER_KVASIR = Publication(
    name="hyper-kvasir",
    title="Hyper-Kvasir, labelled images of the gut",
    licence="CC BY 4.0",
    source="Borgli et al. 2020",
    where="https://datasets.simula.no/downloads/hyper-kvasir/hyper-kvasir-labeled-images.zip",
    layout="labeled-images with lower-gi-tract and upper-gi-tract, or any folders named as its "
    "classes (cecum, polyps ...)",
    listing=_listing,
    classes=CLASSES,
    editions=(Edition("", {"all": COUNTS}),),
    options_type=HyperKvasirOptions,
    folders=("hyper-kvasir-labeled-images", "labeled-images", "hyper-kvasir", "HyperKvasir"),
    recognises=lambda root: has_folders(root, ("lower-gi-tract", "upper-gi-tract"), depth=1),
    plan=AnomalyPlan(NORMAL, ("polyps",), 1600, 500, 1000, "the GANetic paper, section 4.3.2"),
    known=(
        "the anomaly studies drew 2,100 of the 2,166 normal images and did not publish which: "
        "a split of it is drawn with a seed",
    ),
    any_split=True,
)
