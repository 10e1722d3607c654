"""Options of protocols as people write them on a command line, read by their types."""

from __future__ import annotations

from lossgp.common.written import typed, untyped

from .errors import TrainerError
from .portfolio import PortfolioTrainer
from .registry import trainer_type


def option_value(protocol: str, option: str, written: str) -> object:
    """The value of an option, as its type has it: `normal_class=0` is the text "0".

    What is no option, and what is not of its type, stays as `lossgp.common.written.untyped` has it:
    the protocol says what is wrong.

    Args:
        protocol: its name, or several with commas between them.
        option: its name; of several protocols `NAME.OPTION`.
        written: what was typed.
    """
    try:
        kind = trainer_type(protocol)
    except TrainerError:  # told where the trainer is made
        return untyped(written)
    head, dot, rest = option.partition(".")
    if dot and issubclass(kind, PortfolioTrainer) and head in kind.kinds:
        return option_value(head, rest, written)
    field = kind.protocol_type.model_fields.get(option)
    return (
        untyped(written)
        if field is None
        else typed(written, field.annotation, tuple(field.metadata))
    )
