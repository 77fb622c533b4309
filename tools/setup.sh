#!/bin/sh
# Make .venv what requirements/$1.txt says (base or dev) and put this project into it; do nothing when it is so already.
#
# The stamp in .venv holds all that the result depends on, so a second run compares two texts and ends.
set -eu
cd "$(dirname "$0")/.."
want=${1:-base}

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say "Broadsheet needs Python 3.11 or later, and found $(python3 --version 2>/dev/null || echo none) as python3."
    say "Install one (Debian, Ubuntu: apt-get install python3 python3-venv) and run this again."
    return 1
}

# What an environment made for $1 depends on: its place, the locked packages, the project's own metadata.
stamp() {
    pwd
    cat "requirements/$1.txt" pyproject.toml tools/setup.sh
}

is_ready() {
    [ -f ".venv/made-for-$1" ] && stamp "$1" | cmp -s - ".venv/made-for-$1" && .venv/bin/python -c 'import broadsheet' 2>/dev/null
}

make_environment() {
    # One that was moved, broken or made by a Python that is gone is made anew.
    if [ -d .venv ] && .venv/bin/python -m pip --version >/dev/null 2>&1 && [ "$(cat .venv/made-at 2>/dev/null)" = "$(pwd)" ]; then
        return
    fi
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "$python cannot make a virtual environment: its modules venv and ensurepip are missing."
        say "Debian and Ubuntu keep them in a package of their own: apt-get install python$version-venv"
        return 1
    fi
    say "Making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
    pwd >.venv/made-at
}

install() {
    .venv/bin/python -m pip --disable-pip-version-check install --quiet --no-input "$@"
}

if is_ready "$want"; then
    exit 0
fi
make_environment
rm -f .venv/made-for-*
say "Installing the packages of requirements/$want.txt (about a minute the first time)"
install --require-hashes -r "requirements/$want.txt"
install --no-deps --no-build-isolation --editable .
stamp "$want" >".venv/made-for-$want"
if [ "$want" = dev ]; then
    stamp base >.venv/made-for-base # dev.txt holds every package of base.txt in the same version
fi
