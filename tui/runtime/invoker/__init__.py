"""Runs actions: warm worker processes, what goes in and out of them, and what became of each run.

`pool` hands jobs to workers, `worker` is one process, `hosts/` is what runs inside it. `jobs` holds the values that
cross the border to the controller, `outcomes` the platform's sentences about a run that went wrong.
"""
