"""`python -m nnlab`: the same as the command `nnlab`."""

import sys

from nnlab.cli import main

sys.exit(main())
