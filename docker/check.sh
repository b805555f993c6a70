#!/bin/sh
# The image's steps without Docker: a clean copy of what is committed, installed by docker/install.sh, its size, and a
# server of it that must get ready, answer, and end when asked. Takes a few minutes.
#
#     sh docker/check.sh
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/clean_server.sh"
port=${PORT:-8765}

mkdir "$work/source"
git -C "$root" archive HEAD | tar -x -C "$work/source"
(cd "$work/source" && sh docker/install.sh "$work/deepsign")
rm -rf "$work/source"

size=$(du -sm "$work/deepsign" | cut -f1)
echo "installed: $size MB"
# The base and the libraries take about 150 MB of the 900 that the image may have.
[ "$size" -lt 750 ] || { echo "check: too large for an image of 900 MB" >&2; exit 1; }

# As in the container: nothing but the environment's own, no home, nothing that can be written.
env -i PATH="$work/deepsign/bin:/usr/bin:/bin" HOME=/nonexistent DEEPSIGN_CACHE="$work/deepsign" MPLCONFIGDIR="$work" \
    PYTHONDONTWRITEBYTECODE=1 "$work/deepsign/bin/deepsign" serve --port "$port" &
server=$!
until_answered "$work/deepsign/bin/python" "http://127.0.0.1:$port/readyz"
"$work/deepsign/bin/python" - "$port" <<'END'
import sys, urllib.request

point = b'{"layout": "hand", "landmarks": [' + b", ".join([b"[0.5, 0.5, 0]"] * 21) + b"]}"
asked = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/v1/predict", point, {"Content-Type": "application/json"})
print("answered:", urllib.request.urlopen(asked).read().decode()[:80])
END
kill -TERM "$server"
wait "$server" || [ $? -eq 143 ]
server=
echo "check: all well"
