"""How fast the product is, each number beside a baseline that is measured in the same interleaved rounds.

`python -m tests.benchmarks` measures every row, `python -m tests.benchmarks R1 R4` some of them, and `--smoke` runs the
quick ones with tiny counts, to see that the harness works.

    rows/         one module per group of rows that share a measurement
    row.py        what a row promises, and the verdict on what was measured
    rounds.py     interleaving, medians, and rounds that have to be repeated
    load.py       the load generator
    servers.py    what the script starts and reaps; baselines.py: what others offer
    subject.py    a runtime to be measured; terminal.py: a dashboard to be measured
"""
