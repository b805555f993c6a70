#!/bin/sh
# Prints the newest Python that DeepSign runs on (3.10–3.13), or one line that says there is none. PYTHON=… chooses.
for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3.10 python3 python}; do
    # Asking it to run is the only sure test: version managers leave names on the path that run nothing.
    if found=$("$candidate" -c 'import sys, venv; assert (3, 10) <= sys.version_info[:2] <= (3, 13); print(sys.executable)' 2>/dev/null); then
        echo "$found"
        exit 0
    fi
done
echo "DeepSign needs Python 3.10, 3.11, 3.12 or 3.13, with its venv module, and finds none on the path." \
    "Install one (python.org, or: apt-get install python3 python3-venv), or name it: make start PYTHON=/path/to/python3" >&2
exit 1
