#!/bin/sh
# The Space's steps without Docker: a clean folder with the wheel, an environment of its own, the Dockerfile's own fetching
# step, and its command, which must answer with the page, the trackers and the policy that huggingface.co needs.
#
#     sh deploy/space/check.sh
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tools/clean_server.sh"
port=${PORT:-7860}

cp "$root/deploy/space/Dockerfile" "$work"
(cd "$root" && python -m hatchling build -t wheel -d "$work" >/dev/null)
python -m venv "$work/env"
"$work/env/bin/pip" install --quiet "$work"/deepsign-*.whl

mkdir "$work/home"
sed -n '/^RUN deepsign doctor/,/done$/p' "$work/Dockerfile" | sed 's/^RUN //' >"$work/fetch.sh"
in_space() { env -i PATH="$work/env/bin:$PATH" HOME="$work/home" DEEPSIGN_CACHE="$work/home" "$@"; }
in_space sh "$work/fetch.sh"
in_space deepsign app --host 127.0.0.1 --port "$port" --embed https://huggingface.co &
server=$!
until_answered "$work/env/bin/python" "http://127.0.0.1:$port/"
"$work/env/bin/python" - "$port" <<'END'
import sys, urllib.request

address = f"http://127.0.0.1:{sys.argv[1]}"
answer = urllib.request.urlopen(address)
assert "frame-ancestors https://huggingface.co" in answer.headers["Content-Security-Policy"]
for path in ("/bundles/index.json", "/tutorials/index.json", "/assets-models/pose_landmarker_full.task"):
    print(path, len(urllib.request.urlopen(address + path).read()), "bytes")
END
echo "check: the Space's steps work"
