"""All published data sets that are read in their own layout, by name."""

from __future__ import annotations

from .afhq import AFHQ
from .brain_tumor import BRAIN_TUMOR
from .brecahad import BRECAHAD
from .bundled import FUNDUS_CROPS, HISTOLOGY_CROPS
from .busi import BUSI
from .dicom import DICOM
from .hyper_kvasir import HYPER_KVASIR
from .lag import LAG
from .medmnist import MEDMNIST
from .nifti import NIFTI
from .publication import Publication

_ALL = (
    AFHQ, BRAIN_TUMOR, BRECAHAD, BUSI, DICOM, FUNDUS_CROPS, HISTOLOGY_CROPS, HYPER_KVASIR, LAG,
    *MEDMNIST, NIFTI,
)  # fmt: skip
PUBLICATIONS: dict[str, Publication] = {each.name: each for each in _ALL}
