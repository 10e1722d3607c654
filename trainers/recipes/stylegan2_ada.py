"""StyleGAN2 with adaptive discriminator augmentation, on images of any folder.

- Karras et al.: Analyzing and Improving the Image Quality of StyleGAN, CVPR 2020 (2020a).
- Karras et al.: Training Generative Adversarial Networks with Limited Data, NeurIPS 2020 (2020b).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, cast

from ..gan.scaled import ScaledTrainer
from .stylegan2_options import StyleganOptions

# What needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..gan.draws import Draw
    from ..gan.loop import Stage
    from ..gan.play import Play
    from ..networks.stylegan2 import ResidualDiscriminator, StyleGenerator


class Stylegan2AdaProtocol(StyleganOptions):
    """StyleGAN2 with adaptive discriminator augmentation, of any images, or of enlarged digits.

    With `generator_only` the loss stands in G's line alone, and D keeps the non-saturating
    logistic loss, as in the GANetic paper (section 4.3); else both have it. The original is
    `bce_logits`, either way.

    Networks: images of `size` pixels, a power of two from 8 to 512; a resolution has
    `channel_base` / resolution channels, at most `channel_max` (by default 16384, or 32768 at 512
    pixels); latents of `latent` numbers go through `mapping_layers`. A part `style_mixing` of the
    images has two styles. What is measured and kept is G's moving average: half of it is forgotten
    in `half_life` images (0: 312.5 batches), and at most in the part `ramp` of those seen (0: no
    limit); its styles are truncated to `truncation` of their distance from the mean.

    Regularisers: R1 of weight `r1_gamma` (by default 0.0002 size^2 / batch) in every `r1_every`-th
    iteration, path lengths of weight `path_weight` in every `path_every`-th; 0 leaves one out. Adam
    is scaled to the rarer steps, as in the paper.

    Augmentations of what D sees: `augment` is `ada`, `fixed` or `none`, `augment_pipe` `b` (pixels
    are moved), `bg` (geometry too) or `bgc` (colour too). Their probability begins at `augment_p`;
    with `ada` it rises while the mean sign of D's raw scores of real images is above
    `augment_target`, by 1 in `augment_kimg` thousand images.

    In `full` scale these are the authors' numbers for one card at 256 pixels: 25 million images.
    """

    MODULES: ClassVar[tuple[str, ...]] = (
        *("gan.adaptive", "gan.path_length", "gan.penalties", "networks.stylegan2"),
    )
    PAPER: ClassVar[str] = (
        "Karras et al. 2020, Training Generative Adversarial Networks with Limited Data "
        "(arXiv:2006.06676)"
    )

    name: Literal["stylegan2-ada"] = "stylegan2-ada"

    def networks(self) -> dict[str, nn.Module]:
        """Skip generator and residual discriminator."""
        from ..networks.stylegan2 import ResidualDiscriminator, StyleGenerator

        c, size, base, most = self.channels, self.size, self.base, self.channel_max
        generator = StyleGenerator(
            c, size, self.latent, base, most, self.mapping_layers, self.truncation
        )
        return {"G": generator, "D": ResidualDiscriminator(c, size, base, most)}

    def recipe(self, play: Play) -> list[Stage]:
        """G, its path lengths in every 4th iteration, D, R1 in every 16th; the average; ADA."""
        from ..gan.adaptive.control import EVERY
        from ..gan.loop import Phase, Stage

        steps = _Steps(self, play)
        phases = [Phase("G", steps.g, [*steps.for_g.draws, *steps.g_augmented.draws])]
        if self.path_every and self.path_weight:
            draws = [*steps.for_path.draws, steps.direction]
            phases.append(Phase("path length", steps.path_length, draws, every=self.path_every))
        draws = [steps.real, *steps.for_d.draws, *steps.d_augmented.draws]
        phases.append(Phase("D", steps.d, draws))
        if self.r1_every and self.gamma:  # on the real images of the step before
            draws = steps.r1_augmented.draws
            phases.append(Phase("R1", steps.r1, draws, every=self.r1_every))
        phases.append(Phase("average", steps.average.step))
        if self.augment == "ada":
            phases.append(Phase("ADA", steps.adapt, every=EVERY))
        return [Stage(phases, play.iterations)]


class _Steps:
    """What an iteration consists of; no method draws random numbers or waits for the device."""

    def __init__(self, protocol: StyleganOptions, play: Play) -> None:
        import torch

        from ..gan.adaptive import Control
        from ..gan.adaptive.control import EVERY
        from ..networks.stylegan2.discriminator import GROUP

        batch, zero = protocol.batch, torch.zeros(())
        self._protocol, self._play = protocol, play
        self._apart = batch % GROUP != 0
        self._g = cast("StyleGenerator", play.networks["G"])
        self._d = cast("ResidualDiscriminator", play.networks["D"])
        self._g_player = play.player("G", **protocol.lazy_adam(protocol.path_every))
        self._d_player = play.player("D", **protocol.lazy_adam(protocol.r1_every))
        half_life = protocol.half_life or batch * 10 / 32 * 1000
        self.average = play.average("G", batch, half_life, protocol.ramp or None)
        self.real = play.real("data", batch, flips="flips" if protocol.flip else None)
        self.for_g = _Generated(play, "G", batch, protocol)
        self.for_d = _Generated(play, "D", batch, protocol)
        self.for_path = _Generated(play, "path length", max(1, batch // 2), protocol)
        shape = (protocol.channels, protocol.size, protocol.size)
        self.direction = play.normal("path direction", max(1, batch // 2), *shape)
        self._length = play.buffer("path length", zero)
        self._p = play.buffer("augmentation p", zero + protocol.augment_p)
        signs = play.buffer("augmentation signs", torch.zeros(2))
        control = (protocol.augment_target, protocol.augment_kimg)
        self._control = Control(self._p, signs, batch * EVERY, *control)
        self.adapt = self._control.adjust
        self.g_augmented = _Augmented(play, "G", batch, protocol, self._p)
        self.d_augmented = _Augmented(play, "D", 2 * batch, protocol, self._p)
        self.r1_augmented = _Augmented(play, "R1", batch, protocol, self._p)

    def g(self) -> None:
        """G's step; the mean of the styles, towards which sampling truncates, follows."""
        play = self._play
        with play.precision():
            styles = self.for_g.styles()
            made = self.for_g.images(styles)
            scores = self._d(self.g_augmented(made))
        loss = self._g_player.step(play.g_cost(scores))
        self._g.mapping.follow(styles[:, 0])
        play.made = made.detach()
        play.tally.add("g", loss)

    def path_length(self) -> None:
        """Steps in style shall move images as far everywhere; in float32."""
        from ..gan.path_length import path_length_penalty

        protocol = self._protocol
        styles = self.for_path.styles()
        made = self.for_path.images(styles)
        penalty = path_length_penalty(made, styles, self.direction.buffer, self._length)
        self._g_player.step(protocol.path_every * protocol.path_weight * penalty)
        self._play.tally.add("path_length", self._length)

    def d(self) -> None:
        """D's step on real and on generated images, which it sees augmented."""
        import torch

        play = self._play
        with play.precision():
            with torch.no_grad():
                made = self.for_d.images(self.for_d.styles())
            seen = self.d_augmented(torch.cat([self.real.buffer, made]))
            # In one pass, unless a group of D's would hold real and generated images.
            parts = torch.split(seen, self._protocol.batch) if self._apart else (seen,)
            scores = torch.cat([self._d(part) for part in parts])
        on_real, on_made = scores.chunk(2)
        d_real, d_fake = self._d_costs(on_real, on_made)
        self._d_player.step(d_real + d_fake)
        self._control.observe(on_real)
        play.tally.add("d_real", d_real)
        play.tally.add("d_fake", d_fake)
        play.tally.add("d_acc_real", (on_real > 0).float().mean())
        play.tally.add("d_acc_fake", (on_made <= 0).float().mean())
        play.tally.add("augmentation", self._p)

    def r1(self) -> None:
        """D shall be flat around real images, through the augmentations; in float32."""
        from ..gan.penalties import r1

        protocol, augmented = self._protocol, self.r1_augmented
        penalty = r1(lambda x: self._d(augmented(x)), self.real.buffer, protocol.gamma)
        self._d_player.step(protocol.r1_every * penalty)
        self._play.tally.add("r1", penalty)

    def _d_costs(self, on_real: Tensor, on_made: Tensor) -> tuple[Tensor, Tensor]:
        """What D loses on real and on generated images."""
        from torch.nn.functional import softplus

        play, half = self._play, self._play.criterion.discriminator
        if self._protocol.generator_only:
            return softplus(-on_real.float()).mean(), softplus(on_made.float()).mean()
        return play.cost(half, on_real, 1.0), play.cost(half, on_made, 0.0)


class _Generated:
    """A batch of generated images: its latents, the draws of style mixing, its noise."""

    def __init__(self, play: Play, purpose: str, n: int, protocol: StyleganOptions) -> None:
        self._g = cast("StyleGenerator", play.networks["G"])
        self._rate = protocol.style_mixing
        self._latents = play.normal(f"latents {purpose}", 2 * n, protocol.latent)
        self._mixing = play.uniform(f"mixing {purpose}", n, 2)
        self._noise = play.normal(f"noise {purpose}", n, self._g.noise_size)
        self.draws: list[Draw] = [self._latents, self._mixing, self._noise]

    def styles(self) -> Tensor:
        """(n, layers, latent)."""
        first, second = self._g.mapping(self._latents.buffer).chunk(2)
        return self._g.mixed(first, second, self._mixing.buffer, self._rate)

    def images(self, styles: Tensor) -> Tensor:
        """(n, channels, size, size)."""
        return self._g.images(styles, self._noise.buffer)


class _Augmented:
    """Augments n images by numbers of its own; where nothing is to be augmented it does nothing."""

    def __init__(
        self, play: Play, purpose: str, n: int, protocol: StyleganOptions, p: Tensor
    ) -> None:
        from ..gan.adaptive import NORMALS, UNIFORMS, Pipeline

        self._p, self.draws = p, list["Draw"]()
        if protocol.augment != "none":
            device = play.device
            pipe = (protocol.augment_pipe, protocol.channels, protocol.size)
            self._pipeline = Pipeline(*pipe, device)
            self._uniform = play.uniform(f"augmentation {purpose}", n, UNIFORMS)
            self._normal = play.normal(f"augmentation sizes {purpose}", n, NORMALS)
            self.draws = [self._uniform, self._normal]

    def __call__(self, images: Tensor) -> Tensor:
        """Images (n, channels, size, size) as D sees them, in float32."""
        import torch

        if not self.draws:
            return images
        draws = self._uniform.buffer, self._normal.buffer
        with torch.autocast(images.device.type, enabled=False):  # pixels are moved, not rounded
            return self._pipeline(images.float(), self._p, *draws)


class Stylegan2AdaTrainer(ScaledTrainer):
    """Trains StyleGAN2-ADA."""

    protocol_type = Stylegan2AdaProtocol
    protocol: Stylegan2AdaProtocol
    seeds = 3
    judged_at_once = made_at_once = 32
    time_limit = 60 * 86400.0  # at full scale a training takes weeks on a card
