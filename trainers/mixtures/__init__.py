"""Toy problems in the plane: mixtures of Gaussians, on which collapse can be seen and counted.

Cheap to import: torch and scipy are imported where something is trained or measured.
"""
