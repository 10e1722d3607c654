"""Small things that every floor may use, and that use no floor themselves."""
