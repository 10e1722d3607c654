"""TorchGAN: a subclass of each of its two losses, whose own `train_ops` train."""

from __future__ import annotations

from .codebase import TORCH, Codebase, example

_USE = (
    "",
    *example("""
from discovered_loss import DiscoveredDiscriminatorLoss, DiscoveredGeneratorLoss
trainer = torchgan.trainer.Trainer(
    network_params, [DiscoveredGeneratorLoss(), DiscoveredDiscriminatorLoss()])
"""),
    "",
    "The discriminator must return raw scores: last_nonlinearity=torch.nn.Identity().",
)

_CODE = '''
class DiscoveredGeneratorLoss(losses.GeneratorLoss):
    """G's loss; arguments are those of `torchgan.losses.GeneratorLoss`."""

    def __init__(self, reduction="mean", override_train_ops=None):
        super().__init__(reduction, override_train_ops)
        self.loss = type(_LOSS_OF_G)(reduction, from_logits=True)

    def forward(self, dgz):
        """Return the loss of D's raw scores of generated images."""
        return self.loss(dgz, REAL)


class DiscoveredDiscriminatorLoss(losses.DiscriminatorLoss):
    """D's loss; arguments are those of `torchgan.losses.DiscriminatorLoss`."""

    def __init__(self, reduction="mean", override_train_ops=None):
        super().__init__(reduction, override_train_ops)
        self.loss = type(_LOSS_OF_D)(reduction, from_logits=True)

    def forward(self, dx, dgz):
        """Return the loss of D's raw scores of real and of generated images."""
        return self.loss(dx, REAL) + self.loss(dgz, GENERATED)
'''

TORCHGAN = Codebase(
    "TorchGAN", "torch and torchgan", _USE, _CODE, f"{TORCH}from torchgan import losses\n"
)
