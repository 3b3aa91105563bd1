"""How things look: pure functions from values to lines of spans with roles. No widget, no state, no I/O."""
