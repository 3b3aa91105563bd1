"""What the runtime decides: what a write means, what an invocation or a fire sets off, and what is recorded."""
