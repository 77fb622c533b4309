"""The programs that testing needs besides Python: found, else installed where we may, else named exactly."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

from tests.programs import find_chromium, find_nginx, find_postgres, find_varnish


class Missing(Exception):
    """A program is not there and could not be installed; the message says which, and how to get it."""


def provide_postgres() -> None:
    """Make sure that there are `initdb` and `postgres`."""
    _provide("PostgreSQL (initdb, postgres)", find_postgres, "postgresql", "Its folder may also be in PATH.")


def provide_chromium() -> None:
    """Make sure that there is a Chromium that starts."""
    _provide("Chromium", find_chromium, "chromium", "CHROMIUM=/path/to/it names one that is elsewhere.")


def provide_caches() -> None:
    """Make sure that there are nginx and Varnish, which a publication may have in front."""
    _provide("nginx", find_nginx, "nginx", "Its folder may also be in PATH.")
    _provide("Varnish (varnishd)", find_varnish, "varnish", "Its folder may also be in PATH.")


def provide_fonts() -> None:
    """Install letters for Arabic where we may; without them the pages are tested all the same, with empty boxes."""
    if shutil.which("fc-list") and not _answer("fc-list", ":lang=ar"):
        _install("fonts-noto-core")


def _provide(what: str, find: Callable[[], object], package: str, hint: str) -> None:
    if find():
        return
    if not _may_install():
        raise Missing(
            f"{what} is missing, and only root may install it. On Debian or Ubuntu: "
            f"sudo apt-get install {package}. Elsewhere, install it as you do there. {hint}"
        )
    _say(f"Installing {package} with apt-get")
    if not (_install(package) and find()):
        raise Missing(f"{what} is missing, and apt-get could not install {package} (above). {hint}")


def _may_install() -> bool:
    return bool(shutil.which("apt-get")) and (os.geteuid() == 0 or _sudo_asks_nothing())


def _sudo_asks_nothing() -> bool:
    if not shutil.which("sudo"):
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def _install(package: str) -> bool:
    """Install one package, asking the archive for its list again when the first try does not know it."""
    if not _may_install():
        return False
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    install = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq",
               "--no-install-recommends", package]  # fmt: skip
    if subprocess.run(install, stdout=sys.stderr, check=False).returncode == 0:
        return True
    subprocess.run([*before, "apt-get", "update", "-qq"], stdout=sys.stderr, check=False)
    return subprocess.run(install, stdout=sys.stderr, check=False).returncode == 0


def _answer(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
