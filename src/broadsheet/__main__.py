"""`python -m broadsheet` is the command `broadsheet`."""

import sys

from broadsheet.site.cli import main

sys.exit(main())
