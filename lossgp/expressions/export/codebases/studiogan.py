"""PyTorch-StudioGAN: the function pair that its configuration chooses by a name."""

from __future__ import annotations

from .codebase import Codebase, example

_USE = (
    "In src/utils; two lines behind the dicts g_losses and d_losses of src/config.py, and one in",
    "the configuration, under LOSS:",
    "",
    *example("""
from utils import discovered_loss
g_losses["discovered"], d_losses["discovered"] = discovered_loss.g_loss, discovered_loss.d_loss
adv_loss: "discovered"
"""),
)

_CODE = '''
def d_loss(d_logit_real, d_logit_fake, DDP=False):
    """Return D's loss of the raw scores of real and generated images; DDP changes nothing."""
    return _LOSS_OF_D(d_logit_real, REAL) + _LOSS_OF_D(d_logit_fake, GENERATED)


def g_loss(d_logit_fake, DDP=False):
    """Return G's loss of the raw scores of generated images; DDP changes nothing."""
    return _LOSS_OF_G(d_logit_fake, REAL)
'''

STUDIOGAN = Codebase("PyTorch-StudioGAN", "nothing but torch", _USE, _CODE)
