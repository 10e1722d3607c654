"""StyleGAN2-ADA, StyleGAN3 and projected GAN: a loss class that `class_name` chooses.

The three have one loop, which calls `accumulate_gradients` for the phases Gmain, Greg, Gboth,
Dmain, Dreg and Dboth. Each file derives from the code base's own class, computes the adversarial
part anew, and leaves all else (regularisers, running the networks, augmentation) to that class.
"""

from __future__ import annotations

from .codebase import GENERATOR_ONLY, TORCH, Codebase, example

_CODE = '''
class <name>(<base>):
    """<base> with this loss; arguments are its own, and `generator_only`.

    Regularisers, augmentation and the way in which the networks run stay the code base's. So does
    the statistic that drives adaptive augmentation: the signs of D's raw scores of real images.

    Args:
        generator_only: give the loss to G alone; D keeps <base>'s.
    """

    def __init__(self, *arguments, generator_only={generator_only}, **options):
        super().__init__(*arguments, **options)
        self.generator_only = generator_only

    def accumulate_gradients(self, phase, real_img, real_c, gen_z, gen_c, <tail>):
        """Add the gradients of one phase."""
        if phase not in PHASES:
            raise ValueError(f"phase is {phase!r}; it must be one of {', '.join(PHASES)}")
        batch = (real_img, real_c, gen_z, gen_c, <tail>)
        player, part = phase[0], phase[1:]
        if part == "reg" or (player == "D" and self.generator_only):
            super().accumulate_gradients(phase, *batch)
            return
<before>        if player == "G":
<generated_for_g>            _report_scores("fake", scores)
            loss = _of_outputs(_LOSS_OF_G, scores, REAL)
            training_stats.report("Loss/G/loss", loss)
            (loss * gain).backward()
        else:
<generated_for_d>            _report_scores("fake", scores)
            loss_of_generated = _of_outputs(_LOSS_OF_D, scores, GENERATED)
            # Two backward passes hold one graph in memory at a time.
            (loss_of_generated * gain).backward()
<real>            _report_scores("real", scores)
            loss = _of_outputs(_LOSS_OF_D, scores, REAL)
            training_stats.report("Loss/D/loss", loss + loss_of_generated.detach())
            (loss * gain).backward()
        if part == "both":
            super().accumulate_gradients(f"{player}reg", *batch)


PHASES = ("Gmain", "Greg", "Gboth", "Dmain", "Dreg", "Dboth")


def _report_scores(which, scores):
    """Report raw scores and their signs under the names that the training loop collects."""
    outputs = scores if isinstance(scores, (list, tuple)) else [scores]
    scores = torch.cat([output.detach().flatten() for output in outputs])
    training_stats.report(f"Loss/scores/{which}", scores)
    training_stats.report(f"Loss/signs/{which}", scores.sign())


def _of_outputs(loss, scores, label):
    """Return the mean loss of every score; of a list of outputs, the sum of their means."""
    if isinstance(scores, (list, tuple)):
        return sum(loss(output, label) for output in scores)
    return loss(scores, label)
'''

_IMPORTS = "{torch}\nfrom torch_utils import training_stats\nfrom training.loss import {base}\n"


def _codebase(title: str, folder: str, setting: str, base: str, **pieces: str) -> Codebase:
    """Return the target of one of the three.

    Args:
        title, folder: what the code base and its folder are called.
        setting: where train.py names the class.
        base: the class of its training/loss.py.
        pieces: what stands between angle brackets in `_CODE`.
    """
    name = f"Discovered{base}"
    code = _CODE
    for key, text in {"name": name, "base": base, **pieces}.items():
        code = code.replace(f"<{key}>", text)
    use = (
        f"Beside train.py of {folder}; in train.py, after the line with {base}:",
        "",
        *example(f"""
{setting}.class_name = "discovered_loss.{name}"
{setting}.generator_only = {GENERATOR_ONLY}  # True: D keeps the loss that it has
"""),
        "",
        "and then python train.py as ever.",
    )
    imports = _IMPORTS.format(torch=TORCH, base=base)
    return Codebase(title, f"torch and {folder}", use, code, imports)


_BLUR = """\
        # The images that D sees are sharpened in the course of training, where that is asked for.
        blur_sigma = 0
        if self.blur_fade_kimg > {above}:
            left = max(1 - cur_nimg / (self.blur_fade_kimg * 1e3), 0)
            blur_sigma = left * self.blur_init_sigma
"""
_SCORES_WITH_BLUR = """\
            {images} = self.run_G(gen_z, gen_c{update})
            scores = self.run_D(images, gen_c, blur_sigma=blur_sigma{update})
"""
_REAL_WITH_BLUR = """\
            scores = self.run_D(real_img.detach(), real_c, blur_sigma=blur_sigma)
"""


def _with_blur(images: str, above: int) -> dict[str, str]:
    """Return the pieces of a loop that counts images and may blur them."""
    return {
        "tail": "gain, cur_nimg",
        "before": _BLUR.format(above=above),
        "generated_for_g": _SCORES_WITH_BLUR.format(images=images, update=""),
        "generated_for_d": _SCORES_WITH_BLUR.format(images=images, update=", update_emas=True"),
        "real": _REAL_WITH_BLUR,
    }


PROJECTED_GAN = _codebase(
    "projected GAN", "projected-gan", "c.loss_kwargs", "ProjectedGANLoss", **_with_blur("images", 1)
)
STYLEGAN3 = _codebase(
    "StyleGAN3", "stylegan3", "c.loss_kwargs", "StyleGAN2Loss", **_with_blur("images, _", 0)
)
STYLEGAN2_ADA = _codebase(
    "StyleGAN2-ADA",
    "stylegan2-ada-pytorch",
    "args.loss_kwargs",
    "StyleGAN2Loss",
    tail="sync, gain",
    before="""\
        # Of several backward passes the last one sends the gradients to the other devices.
        weight = self.pl_weight if player == "G" else self.r1_gamma
        sync_here = sync and not (part == "both" and weight != 0)
""",
    generated_for_g="""\
            images, _ = self.run_G(gen_z, gen_c, sync=sync_here)
            scores = self.run_D(images, gen_c, sync=False)
""",
    generated_for_d="""\
            images, _ = self.run_G(gen_z, gen_c, sync=False)
            scores = self.run_D(images, gen_c, sync=False)
""",
    real="""\
            scores = self.run_D(real_img.detach(), real_c, sync=sync_here)
""",
)
