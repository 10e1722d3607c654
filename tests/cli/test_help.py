"""The help of the commands, in sections."""

import click
from click.testing import CliRunner

from lossgp.cli.evolve import command as evolve
from lossgp.cli.group import COMMANDS, SECTIONS, cli
from lossgp.cli.sections import SectionedCommand
from lossgp.config import build


def helped(*arguments):
    done = CliRunner().invoke(cli, [*arguments, "--help"], terminal_width=80)
    assert done.exit_code == 0, done.output
    return done.output


def test_every_command_stands_in_one_section_on_one_line():
    lines = helped().splitlines()
    for name, words in COMMANDS.items():
        assert sum(line.split() == [name, *words.split()] for line in lines) == 1
    assert [line[:-1] for line in lines if line.endswith(":")][-len(SECTIONS) :] == [*SECTIONS]


def test_every_option_of_evolve_stands_in_one_section():
    lines = helped("evolve").splitlines()
    for param in evolve.get_params(click.Context(evolve)):
        option = param.opts[-1]
        assert sum(line.startswith(f"  {option} ") or f", {option} " in line for line in lines) == 1
    assert [line[:-1] for line in lines if line.endswith(":") and line[0] != " "] == [
        *evolve.sections
    ]


def test_options_without_a_section_are_not_lost():
    options = [click.Option(["--one"], help="first"), click.Option(["--two"], help="second")]
    sections = {"First": ["two"], "Last": []}
    found = SectionedCommand("x", params=options, sections=sections)
    written = CliRunner().invoke(found, ["--help"]).output
    order = [written.index(word) for word in ("First:", "--two", "Last:", "--one", "--help")]
    assert order == sorted(order)


def test_the_defaults_that_are_told_are_those_of_the_preset_where_none_is_given():
    config = build({})
    told = {p.name: p.help for p in evolve.params if isinstance(p, click.Option)}
    for name in ("algorithm", "protocol", "seeds", "seed"):
        assert told[name].endswith(f"[{getattr(config, name)}]")
    for name in ("population", "generations", "genome", "surrogate", "confirm", "confirm_top"):
        assert told[name].endswith(f"[{getattr(config.search, name)}]")
