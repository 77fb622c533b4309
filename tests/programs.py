"""Finding the programs that tests need besides Python: a Chromium, a PostgreSQL server, nginx and Varnish."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
POSTGRES_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
# Where Debian keeps programs that only root is expected to start.
SYSTEM = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def find_chromium() -> str | None:
    """Return the path of a Chromium that starts (some are empty shells); `CHROMIUM` in the environment names one."""
    named = [shutil.which(name) for name in (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES) if name]
    return next((path for path in [*named, *CHROMIUM_PLACES] if path and _starts(path)), None)


def find_postgres() -> Path | None:
    """Return the folder that holds `initdb` and `postgres`, of the newest version where there are several."""
    folders = [_folder_in_path("initdb"), *sorted(_globbed(POSTGRES_PLACES), key=_version, reverse=True)]
    return next((folder for folder in folders if folder and (folder / "postgres").exists()), None)


def find_nginx() -> str | None:
    """Return the path of nginx."""
    return shutil.which("nginx", path=SYSTEM)


def find_varnish() -> str | None:
    """Return the path of Varnish's server."""
    return shutil.which("varnishd", path=SYSTEM)


def find_wrk() -> str | None:
    """Return the path of wrk, by which benchmarks ask."""
    return shutil.which("wrk", path=SYSTEM)


def _starts(path: str) -> bool:
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def _folder_in_path(name: str) -> Path | None:
    # A link in PATH leads to the folder where the programs and what they load lie together.
    found = shutil.which(name)
    return Path(found).resolve().parent if found else None


def _globbed(patterns: tuple[str, ...]) -> list[Path]:
    return [path for pattern in patterns for path in Path("/").glob(pattern.lstrip("/"))]


def _version(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder))
    return int(numbers[0]) if numbers else 0
