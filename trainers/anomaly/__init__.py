"""Anomaly detection by reconstruction: f-AnoGAN's residuals, their statistics, and baselines.

Cheap to import: what needs torch lies in the modules.
"""
