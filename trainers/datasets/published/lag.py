"""LAG: fundus photographs with and without glaucoma (Li et al. 2019).

`LAG_database_part_1/{non_glaucoma,suspicious_glaucoma}/{image,attention_map,label}`: the attention
maps and labels are images, too, and no photographs.
"""

from __future__ import annotations

from ..dataset import DatasetError
from ..splits import AnomalyPlan
from .class_folders import by_class, has_folders, listed, walked
from .listing import Item, Listing, natural
from .publication import Edition, Publication, Request

CLASSES = ("non_glaucoma", "suspicious_glaucoma")
_DRAWN = frozenset(("attention_map", "attention_maps", "attention", "label", "labels"))


def _listing(request: Request) -> Listing:
    """The photographs by class and number. Raises `DatasetError` where there are none."""
    files, notes = walked(request.path, request.pattern)
    inside, outside = by_class(files, {name: i for i, name in enumerate(CLASSES)})
    drawn = [(parts, i) for parts, i in inside if _DRAWN & {p.casefold() for p in parts[:-1]}]
    photographs = sorted(set(inside) - set(drawn), key=lambda each: (each[1], natural(each[0])))
    if not photographs:
        alone = f"; there are {len(drawn)} attention maps or labels alone" if drawn else ""
        raise DatasetError(f"{request.path}: no images of LAG{alone}; wanted are {LAG.layout}")
    told = list(notes)
    if drawn:
        told.append(f"{len(drawn)} attention maps and labels were left out")
    if outside:
        told.append(f"{len(outside)} files lie in no class folder; left out: {listed(outside)}")
    items = [Item(request.path.joinpath(*parts), label) for parts, label in photographs]
    return Listing(tuple(items), CLASSES, 3, tuple(told))


LAG = Publication(
    name="lag",
    title="LAG, fundus photographs with and without glaucoma",
    licence="academic use only",
    source="Li et al. 2019",
    where="its authors, on request: https://github.com/smilell/AG-CNN",
    layout="folders non_glaucoma and suspicious_glaucoma with image, attention_map and label",
    listing=_listing,
    classes=CLASSES,
    editions=(Edition("", {"all": {"non_glaucoma": 3143, "suspicious_glaucoma": 1711}}),),
    folders=("LAG_database_part_1", "LAG", "lag"),
    recognises=lambda root: has_folders(root, CLASSES, depth=1),
    plan=AnomalyPlan(
        ("non_glaucoma",), ("suspicious_glaucoma",), 2343, 800, 1711,
        "the GANetic paper, section 4.3.2",
    ),
    plain="its attention maps would be taken for photographs",
)  # fmt: skip
