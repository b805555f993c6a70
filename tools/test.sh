#!/usr/bin/env bash
# What `make test` does: installs what the tests need, then every check, and pytest with its summary last.
set -euo pipefail
cd "$(dirname "$0")/.."

# Tests start many Pythons; without compiled files each of them would compile torch anew.
unset PYTHONDONTWRITEBYTECODE

step() { printf '\n== %s\n' "$1"; }
# Every check runs, whatever another found; what failed is told before pytest, whose summary comes last.
failed=()
check() {
    step "$1"
    "${@:2}" || failed+=("$1")
}

step "install"
python=$(sh tools/python.sh)
# Version managers leave names on the path that run nothing: asking uv to run is the only sure test.
uv=uv
uv --version >/dev/null 2>&1 || uv=.venv/bin/uv
if ! .venv/bin/python -c '' 2>/dev/null; then
    rm -rf .venv
    if [ "$uv" = uv ]; then uv venv --quiet --seed --python "$python" .venv; else "$python" -m venv .venv; fi
fi
[ "$uv" = uv ] || [ -x "$uv" ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
# uv doesn't read pip's setting for local folders of packages.
export UV_FIND_LINKS="${UV_FIND_LINKS:-${PIP_FIND_LINKS:-}}"
[ -n "$UV_FIND_LINKS" ] || unset UV_FIND_LINKS
"$uv" pip install --quiet --python .venv/bin/python -c constraints-ci.txt -e '.[dev]'
export PATH="$PWD/.venv/bin:$PATH"

# A real browser for the page's tests. Without one they are skipped, and say why.
if ! command -v chromium >/dev/null && command -v apt-get >/dev/null; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo -n)
    if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        "${as_root[@]}" apt-get update -qq >/dev/null 2>&1 || true
        "${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium </dev/null >/dev/null 2>&1 ||
            echo "Chromium can't be installed here: the browser tests will be skipped"
    else
        echo "no Chromium, and no right to install it: the browser tests will be skipped"
    fi
fi

if [ -f web/package.json ]; then
    step "page"
    # Node from the Python registry where the system has none that is new enough.
    python -c 'import sys; sys.path.insert(0, "tools"); import page; sys.exit(page.find_node() is None)' ||
        "$uv" pip install --quiet --python .venv/bin/python \
            "$(python -c 'import sys; sys.path.insert(0, "tools"); import page; print(page.NODE_WHEEL)')"
    check "the page's own checks" python tools/page.py check
fi

# For whoever reads the log; a test that needs what is missing here says so itself.
step "doctor"
python -m deepsign.cli doctor --fetch || true

check "ruff" ruff check
check "ruff format" ruff format --check
check "mypy" mypy
check "import layers" lint-imports --no-logo
[ ${#failed[@]} = 0 ] || step "FAILED: ${failed[*]}"
step "pytest"
# A test file stays on one worker, with the browser it opened, until another has nothing left to do. Three on two cores,
# for a browser's tests wait for its camera; one thread each, or they wait for one another.
OMP_NUM_THREADS=1 python -m pytest -n 3 --dist worksteal
[ ${#failed[@]} = 0 ]
