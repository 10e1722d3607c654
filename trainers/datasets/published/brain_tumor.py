"""Brain tumours in MRI slices: the set of the WGAN-GP study, and that with folders yes and no.

The study's (Kaggle, jakeshbohaju): `Brain Tumor.csv` with the columns Image and Class (0 no tumour,
1 tumour) and 13 features, and images `Brain Tumor/Brain Tumor/Image1.jpg` of 240 x 240, or with one
folder less. The other (Kaggle, navoneel): folders `no` and `yes` with JPEG and PNG files of any
size, grey and colour.
"""

from __future__ import annotations

from pathlib import Path

from ..dataset import DatasetError
from .arrays import is_archive, listed_arrays
from .class_folders import Parts, by_class, has_folders, listed, walked
from .listing import Item, Listing, natural
from .publication import Edition, Publication, Request
from .tables import columns

CLASSES = ("no", "yes")
TABLE = "Brain Tumor.csv"
_FOLDERS = {"no": 0, "yes": 1}


def _listing(request: Request) -> Listing:
    """The slices, by their numbers. Raises `DatasetError` where table or images are not there."""
    if is_archive(request.path):
        return listed_arrays(request, BRAIN_TUMOR, channels=1)
    files, notes = walked(request.path, request.pattern)
    table = _table(request.path)
    if table is not None:
        return _by_table(request.path, table, files, notes)
    inside, outside = by_class(files, _FOLDERS)
    if not inside:
        raise DatasetError(
            f"{request.path}: no images of brain tumours; wanted are {BRAIN_TUMOR.layout}"
        )
    # The published archive holds all files twice: yes/ and no/, and again in a folder of its name.
    again = [parts for parts, _ in inside if parts[0].casefold() == "brain_tumor_dataset"]
    if 0 < len(again) < len(inside):
        inside = [(parts, label) for parts, label in inside if parts not in set(again)]
        notes = (*notes, f"the folder {again[0][0]} holds the same once more; left out")
    if outside:
        notes = (
            *notes,
            f"{len(outside)} files lie in no class folder; left out: {listed(outside)}",
        )
    ordered = sorted(inside, key=lambda each: (each[1], natural(each[0])))
    items = [Item(request.path.joinpath(*parts), label) for parts, label in ordered]
    return Listing(tuple(items), CLASSES, 1, notes)


def _table(root: Path) -> Path | None:
    """The table: in the folder, in those below it, or beside the folders around the images."""
    above = (root, *root.absolute().parents[:2])
    below = sorted(child for child in root.iterdir() if child.is_dir())[:20]
    for folder in (root, *below, *above[1:]):
        path = folder / TABLE
        if path.is_file():
            return path
    return None


def _by_table(root: Path, table: Path, files: list[Parts], notes: tuple[str, ...]) -> Listing:
    classes = _classes(table)
    there: dict[str, Parts] = {}
    for parts in files:
        stem = Path(parts[-1]).stem.casefold()
        if stem in classes and stem in there:
            raise DatasetError(
                f"{root}: {'/'.join(parts)} and {'/'.join(there[stem])} have one name; "
                f"{TABLE} does not say which it means: take one away"
            )
        there[stem] = parts
    known = sorted((stem for stem in there if stem in classes), key=natural)
    if not known:
        raise DatasetError(
            f"{root}: none of the {len(classes)} images that {table.name} names is here "
            f"(as Image1.jpg); wanted are {BRAIN_TUMOR.layout}"
        )
    told = list(notes)
    if lacking := sorted(classes.keys() - there.keys(), key=natural):
        told.append(
            f"{len(lacking)} images that {table.name} names are not here: "
            f"{listed((name,) for name in lacking)}"
        )
    if unknown := [parts for stem, parts in there.items() if stem not in classes]:
        told.append(
            f"{len(unknown)} images are not in {table.name}; left out: {listed(sorted(unknown))}"
        )
    items = [Item(root.joinpath(*there[stem]), classes[stem]) for stem in known]
    return Listing(tuple(items), CLASSES, 1, tuple(told))


def _classes(table: Path) -> dict[str, int]:
    """The class of each image, by its name in lower case without suffix."""
    found: dict[str, int] = {}
    for line, (name, label) in enumerate(columns(table, ("Image", "Class")), start=2):
        stem = Path(name).stem if name.lower().endswith((".jpg", ".png", ".jpeg")) else name
        if label not in ("0", "1"):
            raise DatasetError(f"{table}, line {line}: Class is {label!r}; it must be 0 or 1")
        if found.setdefault(stem.casefold(), int(label)) != int(label):
            raise DatasetError(f"{table}, line {line}: {name} stands there as 0 and as 1")
    if not found:
        raise DatasetError(f"{table}: no rows; it should have 3762")
    return found


BRAIN_TUMOR = Publication(
    name="brain-tumor",
    title="Brain tumours, MRI slices with and without",
    licence="CC BY-NC-SA 4.0",
    source="Bohaju 2020; Chakrabarty 2019",
    where="https://kaggle.com/datasets: jakeshbohaju/brain-tumor, or "
    "navoneel/brain-mri-images-for-brain-tumor-detection",
    layout=f'the folder with "{TABLE}" and Image1.jpg ..., or one with folders no and yes',
    listing=_listing,
    classes=CLASSES,
    editions=(
        Edition("Bohaju's", {"all": {"no": 2079, "yes": 1683}}),
        Edition("Chakrabarty's", {"all": {"no": 98, "yes": 155}}),
    ),
    folders=("Brain Tumor", "brain-tumor", "brain_tumor", "brain_tumor_dataset"),
    recognises=lambda root: (root / TABLE).is_file() or has_folders(root, CLASSES, depth=1),
    known=("Chakrabarty's set has exact copies of slices",),
    channels=1,
)
