"""Classifiers trained with a discriminator's loss."""
