"""Metrics of generated images, measured on the features of a network."""
