"""Networks: what each recipe trains, and how their weights begin."""

from ..initial import initialise
from .roles import SLOPE, DiscriminatorNetwork, GeneratorNetwork

__all__ = ["SLOPE", "DiscriminatorNetwork", "GeneratorNetwork", "initialise"]
