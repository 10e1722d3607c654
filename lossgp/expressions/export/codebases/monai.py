"""MONAI: the call signature of its `PatchAdversarialLoss`, and the functions of its trainer."""

from __future__ import annotations

from .codebase import TORCH, Codebase, example

_USE = (
    "",
    *example("""
from discovered_loss import DiscoveredAdversarialLoss
adversarial_loss = DiscoveredAdversarialLoss()  # in the place of PatchAdversarialLoss(...)
generator_loss = adversarial_loss(logits_fake, target_is_real=True, for_discriminator=False)
"""),
)

_CODE = '''
class DiscoveredAdversarialLoss(nn.Module):
    """Called as `monai.losses.PatchAdversarialLoss` is; the raw output of a discriminator goes in.

    Args:
        reduction: over the scores of an output and then over the outputs of a multi-scale
            discriminator, "mean" or "sum"; with "none", a list of losses, one for each output,
            each of its shape.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        # MONAI's LossReduction is a text, too.
        reduction = str(getattr(reduction, "value", reduction))
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction is {reduction!r}; it must be 'mean', 'sum' or 'none'")
        self.reduction = reduction
        self.loss_of_d = type(_LOSS_OF_D)(reduction, from_logits=True)
        self.loss_of_g = type(_LOSS_OF_G)(reduction, from_logits=True)

    def forward(self, input, target_is_real, for_discriminator):
        """Return the loss of one output (a tensor), or of several (a list of tensors).

        Args:
            input: the raw output of a patch discriminator, or the outputs of a multi-scale one.
            target_is_real: whether D sees real images; G always wants its own to look real.
            for_discriminator: D's loss, or G's.
        """
        for name, value in (
            ("target_is_real", target_is_real), ("for_discriminator", for_discriminator)
        ):
            if not isinstance(value, bool):
                raise TypeError(f"{name} is {value!r}; it must be True or False")
        if not for_discriminator and not target_is_real:
            warnings.warn(
                "target_is_real is False and for_discriminator, too; a generator is trained to "
                "be taken for real, so target_is_real=True is meant",
                stacklevel=2,
            )
            target_is_real = True
        outputs = list(input) if isinstance(input, (list, tuple)) else [input]
        if not outputs:
            raise ValueError("input holds no output of a discriminator")
        loss = self.loss_of_d if for_discriminator else self.loss_of_g
        losses = [loss(output, REAL if target_is_real else GENERATED) for output in outputs]
        if self.reduction == "none":
            return losses
        total = torch.stack(losses)
        return total.mean() if self.reduction == "mean" else total.sum()


def g_loss_function(fake_logits):
    """Return G's loss; for `g_loss_function` of `monai.engines.AdversarialTrainer`."""
    return DiscoveredAdversarialLoss()(fake_logits, True, False)


def d_loss_function(real_logits, fake_logits):
    """Return D's loss, the mean of its two halves; for `d_loss_function` of the same."""
    loss = DiscoveredAdversarialLoss()
    return 0.5 * (loss(real_logits, True, True) + loss(fake_logits, False, True))
'''

MONAI = Codebase("MONAI", "nothing but torch", _USE, _CODE, f"import warnings\n\n{TORCH}")
