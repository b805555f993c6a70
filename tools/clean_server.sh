# For scripts that try a server in a clean folder. Sourced, it makes the folder $work; at the end it stops the process
# $server, if one is set, and removes the folder.
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

# until_answered PYTHON ADDRESS: waits until ADDRESS gives an answer, for a minute at least.
until_answered() {
    "$1" - "$2" <<'END'
import sys, time, urllib.error, urllib.request

for _ in range(300):
    try:
        print("ready:", urllib.request.urlopen(sys.argv[1], timeout=3).status)
        break
    except (urllib.error.URLError, OSError):
        time.sleep(0.2)
else:
    sys.exit(f"check: {sys.argv[1]} did not get ready")
END
}
