#!/bin/sh
# vamt from a checkout, with one command and nothing prepared but Python 3.11 or newer:
#
#   ./vamt.sh demo             a town hall to try out
#   ./vamt.sh test             every check that CI runs
#   ./vamt.sh test -k queue    only these tests (arguments go to pytest)
#   ./vamt.sh --help           everything else
#
# The first start makes .venv, installs the locked packages (by hash) and brings the front-end
# files; later starts find all that done and take no time. uv is used where it is installed.
set -eu

self=$0
if [ -L "$self" ]; then self=$(readlink -f "$self"); fi
root=$(CDPATH='' cd -- "$(dirname -- "$self")" && pwd -P)
venv=$root/.venv
python=$venv/bin/python
stamp=$venv/.vamt-stamp
log=''

say() { printf 'vamt: %s\n' "$*" >&2; }

stop() {
    say "$@"
    exit 1
}

tidy() { if [ -n "$log" ]; then rm -f "$log"; fi; }
trap tidy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Run a command without its output; show that only when the command fails.
quietly() {
    if [ -z "$log" ]; then log=$(mktemp); fi
    quiet_status=0
    "$@" >"$log" 2>&1 </dev/null || quiet_status=$?
    if [ "$quiet_status" -ne 0 ]; then cat "$log" >&2; fi
    return "$quiet_status"
}

have() { command -v "$1" >/dev/null 2>&1; }

can_apt() { [ "$(id -u)" -eq 0 ] && have apt-get; }

apt_install() {
    say "installing $* (apt)"
    # An update that reaches only some of the sources is still good enough to try with.
    quietly apt-get update || say 'apt-get update had problems, trying all the same'
    quietly env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "$@" || stop "apt could not install: $*"
}

# --- Python ----------------------------------------------------------------------------------

# The first Python >= 3.11 that can make virtual environments, else the first that is one at all.
find_python() {
    found=''
    for candidate in python3.11 python3.12 python3.13 python3.14 python3; do
        have "$candidate" || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            found=$candidate
            return 0
        fi
        if [ -z "$found" ]; then found=$candidate; fi
    done
    return 1
}

need_python() {
    if find_python; then return; fi
    if [ -n "$found" ] && have uv; then return; fi # uv makes virtual environments by itself
    if can_apt; then
        apt_install python3 python3-venv
        if find_python; then return; fi
    fi
    if [ -z "$found" ]; then say 'Python 3.11 or newer is missing.'; else
        say "$found cannot make virtual environments: its venv module is missing."
    fi
    say '  Debian, Ubuntu:  apt install python3 python3-venv'
    say '  Fedora:          dnf install python3'
    say '  macOS:           brew install python3'
    exit 1
}

hash_files() {
    if have sha256sum; then cat "$@" | sha256sum; elif have shasum; then
        cat "$@" | shasum -a 256
    else cat "$@" | cksum; fi | tr -cd '0-9a-f'
}

# install run | install dev: make .venv what the lock file says, if it is not.
install() {
    wanted="$(hash_files "$root/requirements.lock" "$root/requirements-dev.lock") $root"
    was=''
    if [ -f "$stamp" ]; then was=$(cat "$stamp"); fi
    if [ -x "$python" ] && "$python" -c '' 2>/dev/null; then
        if [ "$was" = "dev $wanted" ] || [ "$was" = "$1 $wanted" ]; then return; fi
    fi
    # A folder that was copied, or whose Python is gone, is made anew.
    case $was in
    *" $root") "$python" -c '' 2>/dev/null || remove_venv ;;
    *) remove_venv ;;
    esac
    mode=$1
    case $was in "dev "*) mode=dev ;; esac # once a developer's, always a developer's
    lock=requirements.lock
    if [ "$mode" = dev ]; then lock=requirements-dev.lock; fi

    if [ ! -x "$python" ]; then
        need_python
        say "preparing a Python environment in .venv ($("$found" --version 2>&1))"
        if have uv; then
            quietly uv venv --quiet --python "$(command -v "$found")" "$venv" ||
                stop 'uv could not make .venv'
        else
            quietly "$found" -m venv "$venv" || stop "could not make .venv with $found"
        fi
    fi
    say "installing the locked packages ($lock); the first time this takes a minute"
    rm -f "$stamp"
    if have uv; then
        quietly uv pip install --quiet --python "$python" --require-hashes -r "$root/$lock" ||
            stop 'the packages could not be installed (see above)'
    else
        quietly env PIP_DISABLE_PIP_VERSION_CHECK=1 "$python" -m pip install --quiet \
            --require-hashes -r "$root/$lock" ||
            stop 'the packages could not be installed (see above)'
    fi
    # The package itself is used from this folder, wherever the command is started.
    site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$root" >"$site/vamt-checkout.pth"
    printf '%s\n' "$mode $wanted" >"$stamp"
}

remove_venv() {
    if [ ! -e "$venv" ]; then return; fi
    if [ ! -f "$venv/pyvenv.cfg" ]; then
        stop '.venv is here but is no Python environment; please move it away'
    fi
    if [ ! -O "$venv" ]; then
        stop ".venv belongs to somebody else, and $(id -un) cannot use it; start as its owner"
    fi
    rm -rf "$venv"
}

vendor() { "$python" "$root/scripts/vendor.py" "$@" || exit 1; }

# --- tests -----------------------------------------------------------------------------------

find_chromium() {
    for browser in chromium chromium-browser google-chrome-stable google-chrome; do
        if have "$browser"; then
            VAMT_CHROMIUM=$(command -v "$browser")
            export VAMT_CHROMIUM # for the browser tests
            return 0
        fi
    done
    return 1
}

# The programs the tests drive: Chromium and fonts for the browser tests, coturn and openssl for
# those of the relay.
need_programs() {
    browsers=yes
    case " $* " in *'not browser'*) browsers=no ;; esac
    if have dpkg-query && can_apt; then
        missing=''
        wanted='coturn openssl fonts-ocr-b' # the font: that of the zone on drawn ID cards
        if [ "$browsers" = yes ]; then
            find_chromium || missing=chromium
            wanted="$wanted fonts-liberation fonts-noto-core fonts-noto-color-emoji"
        fi
        for package in $wanted; do
            dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
                missing="$missing $package"
        done
        # shellcheck disable=SC2086  # a list of words
        if [ -n "$missing" ]; then apt_install $missing; fi
        case $missing in *coturn*) # Debian starts it as a service, which nobody asked for
            if have systemctl; then quietly systemctl disable --now coturn || true; fi ;;
        esac
    fi
    have turnserver || say 'coturn is missing; the tests of the relay that need it are left out'
    if [ "$browsers" = yes ] && ! find_chromium; then
        say 'the browser tests need Chromium:'
        say '  Debian:  apt install chromium fonts-liberation fonts-noto-core'
        stop "or leave them out:  ./vamt.sh test -m 'not browser'"
    fi
}

failed=''

# check NAME COMMAND...: one line when all is well, everything it said when not.
check() {
    name=$1
    shift
    if quietly "$@"; then say "ok      $name"; else
        say "FAILED  $name"
        failed="$failed $name,"
    fi
}

js_files() { find "$@" -name '*.js' -type f 2>/dev/null | sort; }

lint() {
    say 'checking the code'
    check 'ruff check' "$python" -m ruff check .
    check 'ruff format' "$python" -m ruff format --check .
    check 'mypy' "$python" -m mypy
    if [ -n "$(js_files vamt/static/js tests/js)" ]; then
        check 'tsc' node node_modules/typescript/bin/tsc -p .
    fi
    scripts=$(js_files tests/js | grep -E '[._-]test\.js$|/test[^/]*\.js$' || true)
    if [ -n "$scripts" ]; then
        # shellcheck disable=SC2086  # a list of words: our own file names have no blanks
        check 'node --test' node --test $scripts
    fi
    if [ -n "$failed" ]; then stop "failed:${failed%,}"; fi
}

run_tests() {
    cd "$root"
    install dev
    vendor --dev
    PATH=$venv/bin:$PATH # node may come from there
    export PATH
    need_programs "$@"
    if [ "$#" -gt 0 ]; then
        tidy
        exec "$python" -m pytest "$@"
    fi
    lint
    # A file's tests stay together: they share what is made once. Browsers keep all cores busy by
    # themselves, and what they show takes its time (a card that is held and read): they come alone.
    say 'running the tests without a browser, two files at a time'
    "$python" -m pytest -m 'not browser' -n 2 --dist loadfile || failed="$failed tests,"
    say 'running the tests with browsers'
    "$python" -m pytest -m browser || failed="$failed browser tests,"
    if [ -n "$failed" ]; then stop "failed:${failed%,}"; fi
    say 'all is well'
}

if [ "${1:-}" = test ]; then
    shift
    run_tests "$@"
    exit
fi
install run
vendor
tidy
exec "$python" -P -m vamt "$@"
