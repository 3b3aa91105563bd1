"""Style sheets, in theme variables only."""
