"""Mimicry: classes to inherit from beside its networks, which override `compute_gan_loss`."""

from __future__ import annotations

from .codebase import Codebase, example

_USE = (
    "",
    *example("""
from discovered_loss import DiscoveredDiscriminator, DiscoveredGenerator
class Generator(DiscoveredGenerator, sngan.SNGANGenerator32): pass
class Discriminator(DiscoveredDiscriminator, sngan.SNGANDiscriminator32): pass
"""),
    "",
    "with sngan of torch_mimicry.nets, or any other network; the class from here comes first.",
)

_CODE = '''
class DiscoveredGenerator:
    """A generator of Mimicry that inherits from this first is trained with this loss."""

    def compute_gan_loss(self, output):
        """Return G's loss of D's raw scores of generated images, of shape (n, 1)."""
        return _LOSS_OF_G(output, REAL)


class DiscoveredDiscriminator:
    """A discriminator of Mimicry that inherits from this first is trained with this loss."""

    def compute_gan_loss(self, output_real, output_fake):
        """Return D's loss of its raw scores of real and of generated images, of shape (n, 1)."""
        return _LOSS_OF_D(output_real, REAL) + _LOSS_OF_D(output_fake, GENERATED)
'''

MIMICRY = Codebase("Mimicry", "nothing but torch", _USE, _CODE)
