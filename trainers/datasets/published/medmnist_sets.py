"""The sets of MedMNIST: their classes and how many images they have (its `info.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field

Counts = tuple[int, int, int]


@dataclass(frozen=True)
class MedMnistSet:
    """One of its sets.

    counts   train, val and test, for each version of MedMNIST in which they differ.
    classes  by label; of a set with several labels an image they are not used.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    counts: dict[str, Counts]
    colour: bool = False
    volumes: bool = False
    licence: str = field(default="CC BY 4.0")


MD5 = {
    "breastmnist.npz": "750601b1f35ba3300ea97c75c52ff8f6",
    "breastmnist_64.npz": "742edef2a1fd1524b2efff4bd7ba9364",
    "breastmnist_128.npz": "363e4b3f8d712e9b5de15470a2aaadf1",
    "breastmnist_224.npz": "b56378a6eefa9fed602bb16d192d4c8b",
}
"""Of the files that are published (zenodo 10519652)."""

_ORGANS = (
    "bladder", "femur-left", "femur-right", "heart", "kidney-left", "kidney-right", "liver",
    "lung-left", "lung-right", "pancreas", "spleen",
)  # fmt: skip
_ORGANS_3D = (
    "liver", "kidney-right", "kidney-left", "femur-right", "femur-left", "bladder", "heart",
    "lung-right", "lung-left", "spleen", "pancreas",
)  # fmt: skip


def _set(
    name: str,
    title: str,
    classes: tuple[str, ...],
    *counts: int,
    colour: bool = False,
    volumes: bool = False,
) -> MedMnistSet:
    train, val, test = counts
    return MedMnistSet(name, title, classes, {"": (train, val, test)}, colour, volumes)


SETS = (
    _set(
        "breastmnist", "breast ultrasounds (BUSI)", ("malignant", "normal, benign"), 546, 78, 156
    ),
    _set("pneumoniamnist", "chest X-rays", ("normal", "pneumonia"), 4708, 524, 624),
    _set(
        "octmnist",
        "optical coherence tomography of the retina",
        ("choroidal neovascularization", "diabetic macular edema", "drusen", "normal"),
        97_477, 10_832, 1000,
    ),
    _set(
        "pathmnist",
        "colon histology",
        (
            "adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle",
            "normal colon mucosa", "cancer-associated stroma",
            "colorectal adenocarcinoma epithelium",
        ),
        89_996, 10_004, 7180, colour=True,
    ),
    MedMnistSet(
        "dermamnist",
        "dermatoscopy (HAM10000)",
        (
            "actinic keratoses and intraepithelial carcinoma", "basal cell carcinoma",
            "benign keratosis-like lesions", "dermatofibroma", "melanoma", "melanocytic nevi",
            "vascular lesions",
        ),
        {"": (7007, 1003, 2005)}, colour=True, licence="CC BY-NC 4.0",
    ),
    _set("retinamnist", "fundus photographs", tuple("01234"), 1080, 120, 400, colour=True),
    _set(
        "bloodmnist",
        "blood cells",
        (
            "basophil", "eosinophil", "erythroblast", "immature granulocytes", "lymphocyte",
            "monocyte", "neutrophil", "platelet",
        ),
        11_959, 1712, 3421, colour=True,
    ),
    _set(
        "tissuemnist",
        "kidney cortex cells",
        (
            "Collecting Duct, Connecting Tubule", "Distal Convoluted Tubule",
            "Glomerular endothelial cells", "Interstitial endothelial cells", "Leukocytes",
            "Podocytes", "Proximal Tubule Segments", "Thick Ascending Limb",
        ),
        165_466, 23_640, 47_280,
    ),
    _set(
        "chestmnist",
        "chest X-rays with 14 labels each",
        (
            "atelectasis", "cardiomegaly", "effusion", "infiltration", "mass", "nodule",
            "pneumonia", "pneumothorax", "consolidation", "edema", "emphysema", "fibrosis",
            "pleural", "hernia",
        ),
        78_468, 11_219, 22_433,
    ),
    MedMnistSet(
        "organamnist", "abdominal CT, axial", _ORGANS,
        {"v3": (34_561, 6491, 17_778), "v2": (34_581, 6491, 17_778)},
    ),
    MedMnistSet(
        "organcmnist", "abdominal CT, coronal", _ORGANS,
        {"v3": (12_975, 2392, 8216), "v2": (13_000, 2392, 8268)},
    ),
    MedMnistSet(
        "organsmnist", "abdominal CT, sagittal", _ORGANS,
        {"v3": (13_932, 2452, 8827), "v2": (13_940, 2452, 8829)},
    ),
    MedMnistSet(
        "organmnist3d", "volumes of organs", _ORGANS_3D,
        {"v3": (971, 161, 610), "v2": (972, 161, 610)}, volumes=True,
    ),
    _set("nodulemnist3d", "volumes of lung nodules", ("benign", "malignant"), 1158, 165, 310,
         volumes=True),
    _set("adrenalmnist3d", "shapes of adrenal glands", ("normal", "hyperplasia"), 1188, 98, 298,
         volumes=True),
    _set(
        "fracturemnist3d", "volumes of rib fractures",
        ("buckle rib fracture", "nondisplaced rib fracture", "displaced rib fracture"),
        1027, 103, 240, volumes=True,
    ),
    MedMnistSet(
        "vesselmnist3d", "shapes of brain vessels", ("vessel", "aneurysm"),
        {"v3": (1335, 191, 382), "v2": (1335, 192, 382)}, volumes=True,
    ),
    _set(
        "synapsemnist3d", "volumes of synapses", ("inhibitory synapse", "excitatory synapse"),
        1230, 177, 352, volumes=True,
    ),
)  # fmt: skip
