"""The product's settings with the one thing changed that nobody should change: SQLite does not wait for the disk.

For `benchmarks/crash.py --synchronous off`, which must notice. The product has no setting for it.
"""

from __future__ import annotations

from broadsheet.site.settings import *  # noqa: F403 - the product's settings
from broadsheet.site.settings import DATABASES

_options = DATABASES["default"]["OPTIONS"]
_asked = _options["init_command"]
_options["init_command"] = _asked.replace("synchronous=FULL", "synchronous=OFF")
assert _options["init_command"] != _asked, "the product sets `synchronous` in another way than it did"
