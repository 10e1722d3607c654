"""Lightning: a module with two optimisers, stepped by hand."""

from __future__ import annotations

from .codebase import TORCH, Codebase, example

_USE = (
    "",
    *example("""
from discovered_loss import DiscoveredGAN
gan = DiscoveredGAN(generator, discriminator, latent_shape=(128,))
lightning.Trainer(max_epochs=100).fit(gan, images)  # a loader of images, or of (images, labels)
"""),
)

_CODE = '''
class DiscoveredGAN(pl.LightningModule):
    """A GAN with this loss: each step trains D, and every `critic_steps`-th one G.

    Args:
        generator: maps latents of shape (n, *latent_shape) to images.
        discriminator: maps images to raw scores of any shape: no sigmoid at its end. A list of
            outputs is a multi-scale discriminator; their losses are added.
        latent_shape: of one latent; they are standard normal.
        learning_rate, betas: Adam's, for both; `discriminator_learning_rate` for D alone.
        critic_steps: steps of D for each one of G.
    """

    def __init__(
        self,
        generator,
        discriminator,
        latent_shape=(100,),
        learning_rate=2e-4,
        betas=(0.5, 0.999),
        discriminator_learning_rate=None,
        critic_steps=1,
    ):
        super().__init__()
        if critic_steps < 1:
            raise ValueError(f"critic_steps is {critic_steps}; it must be 1 or more")
        self.automatic_optimization = False
        self.generator = generator
        self.discriminator = discriminator
        self.latent_shape = (latent_shape,) if isinstance(latent_shape, int) else latent_shape
        self.learning_rate = learning_rate
        same = discriminator_learning_rate is None
        self.discriminator_learning_rate = learning_rate if same else discriminator_learning_rate
        self.betas = tuple(betas)
        self.critic_steps = critic_steps

    def forward(self, latents):
        """Return generated images."""
        return self.generator(latents)

    def latents(self, count):
        """Return standard normal latents on the module's device."""
        return torch.randn(count, *self.latent_shape, device=self.device)

    def discriminator_loss(self, real, generated):
        """Return D's loss of real and generated images."""
        return _total(_LOSS_OF_D, self.discriminator(real), REAL) + _total(
            _LOSS_OF_D, self.discriminator(generated), GENERATED
        )

    def generator_loss(self, generated):
        """Return G's loss of its images."""
        return _total(_LOSS_OF_G, self.discriminator(generated), REAL)

    def configure_optimizers(self):
        """Return D's and G's Adam, in this order."""
        pairs = (
            (self.discriminator, self.discriminator_learning_rate),
            (self.generator, self.learning_rate),
        )
        return [
            torch.optim.Adam(network.parameters(), lr=rate, betas=self.betas)
            for network, rate in pairs
        ]

    def training_step(self, batch, batch_idx):
        """Train D on a batch of images, and G on as many new latents."""
        real = batch[0] if isinstance(batch, (list, tuple)) else batch
        of_d, of_g = self.optimizers()

        self.toggle_optimizer(of_d)
        with torch.no_grad():
            generated = self.generator(self.latents(len(real)))
        loss = self.discriminator_loss(real, generated)
        of_d.zero_grad()
        self.manual_backward(loss)
        of_d.step()
        self.untoggle_optimizer(of_d)
        self.log("d_loss", loss.detach(), prog_bar=True)

        if (batch_idx + 1) % self.critic_steps:
            return
        self.toggle_optimizer(of_g)
        loss = self.generator_loss(self.generator(self.latents(len(real))))
        of_g.zero_grad()
        self.manual_backward(loss)
        of_g.step()
        self.untoggle_optimizer(of_g)
        self.log("g_loss", loss.detach(), prog_bar=True)


def _total(loss, scores, label):
    """Return the mean loss of the scores; of several outputs, the sum of their means."""
    if isinstance(scores, (list, tuple)):
        return sum(loss(output, label) for output in scores)
    return loss(scores, label)
'''

_IMPORTS = f"""{TORCH}
try:
    import lightning.pytorch as pl
except ImportError:
    import pytorch_lightning as pl
"""

LIGHTNING = Codebase("Lightning", "torch and lightning", _USE, _CODE, _IMPORTS)
