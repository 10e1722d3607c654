"""Feature extractors: the networks on whose features FID, KID and precision are measured."""
