#!/bin/sh
# Installs DeepSign, with its page and its trackers' model files, into a folder: what the image's first stage does.
#
#     sh docker/install.sh /opt/deepsign
#
# Run it from the root of the source. docker/check.sh runs it without Docker.
set -eu
prefix=$1
python3 -m venv "$prefix"
"$prefix/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check .
DEEPSIGN_CACHE="$prefix" "$prefix/bin/deepsign" doctor --fetch
# Nothing is installed into it any more.
"$prefix/bin/python" -m pip uninstall --quiet --yes pip
