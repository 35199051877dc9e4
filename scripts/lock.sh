#!/bin/sh
# Write the lock files again after a change of dependencies (needs uv: pip install uv).
#
#   scripts/lock.sh              keep what is pinned, add and remove what pyproject.toml says
#   scripts/lock.sh --upgrade    take the newest versions that fit
#
# The lock files carry hashes and no download address, and fit every platform and Python >= 3.11.
set -eu
cd "$(dirname "$0")/.."

lock() {
    out=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url "$@" --output-file "$out" >/dev/null
    if grep -nE '(https?|file)://' "$out"; then
        echo "lock.sh: $out names a download address (above)" >&2
        exit 1
    fi
}

lock requirements.lock "$@" pyproject.toml
lock requirements-dev.lock "$@" --extra dev --constraint requirements.lock pyproject.toml
lock requirements-node.lock "$@" requirements-node.in
npm install --package-lock-only --no-audit --no-fund >/dev/null
if grep -n '"resolved"' package-lock.json; then
    echo "lock.sh: package-lock.json names download addresses (above)" >&2
    exit 1
fi
