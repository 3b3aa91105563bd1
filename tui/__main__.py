"""`python -m tui`: the same as `whisktop`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
