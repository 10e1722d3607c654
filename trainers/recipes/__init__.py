"""One file for each system: its options, and its stages as its paper has them."""
