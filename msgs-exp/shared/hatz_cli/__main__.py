"""`python -m hatz_cli`: the `hatz` command where its script is not on the path."""

import sys

from hatz_cli import main

sys.exit(main())
