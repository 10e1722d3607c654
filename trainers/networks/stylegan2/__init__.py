"""The networks of StyleGAN2 (Karras et al. 2020), after the papers, in plain torch operations.

- Karras, Laine, Aila: A Style-Based Generator Architecture for Generative Adversarial Networks,
  CVPR 2019: mapping network, styles, noise, style mixing, truncation.
- Karras et al.: Analyzing and Improving the Image Quality of StyleGAN, CVPR 2020: modulated
  convolutions with demodulation, skip generator, residual discriminator.
- Karras et al.: Progressive Growing of GANs, ICLR 2018: equalised learning rates, minibatch
  standard deviation.

Nothing here draws random numbers after the initial weights, or branches on the data: latents,
noise and the draws of style mixing are arguments, so that a training step is one CUDA graph.
"""

from .discriminator import ResidualDiscriminator
from .generator import StyleGenerator
from .widths import widths

__all__ = ["ResidualDiscriminator", "StyleGenerator", "widths"]
