"""`lossgp export`."""

from __future__ import annotations

from pathlib import Path

import click

from .completing import losses, targets
from .lines import say
from .options import output_file, output_option, runs_dir_option


@click.command("export")
@click.argument("loss", shell_complete=losses)
@click.option(
    "--to", "target", default="torch", show_default=True,
    shell_complete=targets,
    help="What the file is for; the targets are listed above.",
)  # fmt: skip
@click.option(
    "--generator-only", is_flag=True,
    help="Give the loss to G alone, and leave D the loss that its code base has: for "
    "projected-gan, stylegan2-ada and stylegan3.",
)  # fmt: skip
@output_option("The file to write; without it, the text is printed.")
@runs_dir_option
def command(
    loss: str, target: str, generator_only: bool, output: Path | None, runs_dir: Path
) -> None:
    """Write a loss as a stand-alone file that imports nothing of lossgp.

    A LOSS is a known name, a formula (text or LaTeX), a pair "D: ...; G: ...", or RUN#RANK.

    \b
    Targets of --to:
      Code           torch, keras, tensorflow, jax, numpy
      Documents      latex, sympy, json, mathml
      Frameworks     monai, lightning, torchgan, mimicry
      Official code  projected-gan, stylegan2-ada, stylegan3, studiogan

    Files for frameworks and official code say at their top how they are used there.
    """
    if output is not None:
        output_file(output, ())
    from lossgp.expressions.export import source, target_of
    from lossgp.trainers.whole_files import written_whole

    from .losses import resolve

    file_kind = target_of(target)
    named = resolve(loss, runs_dir)
    text = source(
        named.loss,
        file_kind,
        notes={"Source": named.note} if named.note else None,
        generator_only=generator_only,
    )
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    with written_whole(output) as new:
        new.write_text(text, "utf-8")
    say(f"Wrote {output}")
