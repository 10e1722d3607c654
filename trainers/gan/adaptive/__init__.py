"""Adaptive discriminator augmentation (Karras et al., NeurIPS 2020, "Training Generative
Adversarial Networks with Limited Data"), after the paper.

D sees only augmented images, real and generated, and each transform is applied with probability
p. As long as p < 1 (about 0.8 in practice) the augmentations do not leak into what is generated.
p follows how much D overfits.
"""

from .control import Control
from .pipeline import NORMALS, PIPES, UNIFORMS, Pipeline

__all__ = ["NORMALS", "PIPES", "UNIFORMS", "Control", "Pipeline"]
