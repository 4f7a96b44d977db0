#!/bin/bash
# Records what is on the screen while each replay is played live, without a key pressed, and then
# a newcomer's way by keys: to the contributor, to a raw line. Needs bash and tmux; no part of
# `cargo test`.
#
#   tests/walks/record.sh FOLDER [REPLAY...]
#
# FOLDER gets one text file for each replay and size. RFO is the program (target/release/rfo, else
# target/debug/rfo), SPEED how fast is played (120), EVERY the seconds between two looks (10).
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:?a folder for the recordings}
shift
mkdir -p "$out"
replays=("$@")
[ ${#replays[@]} -gt 0 ] || replays=(config-push job-flood port-exhaustion rogue-client slow-token-auth)
program=${RFO:-$here/target/release/rfo}
[ -x "$program" ] || program=$here/target/debug/rfo
speed=${SPEED:-120}
every=${EVERY:-10}

# When the playing begins and ends: half an hour before the trouble, until it is surely over, or
# for an hour of one that lasts.
stretch() {
    case $1 in
    config-push) echo 2022-12-01T05:30:00Z 2022-12-01T07:00:00Z ;;
    job-flood) echo 2015-10-16T11:50:00Z 2015-10-16T13:20:00Z ;;
    port-exhaustion) echo 2020-07-31T15:40:00Z 2020-07-31T17:10:00Z ;;
    rogue-client) echo 2019-10-25T05:10:00Z 2019-10-25T06:40:00Z ;;
    slow-token-auth) echo 2015-07-22T14:05:00Z 2015-07-22T15:25:00Z ;;
    *) echo "no replay $1" >&2; exit 1 ;;
    esac
}

# The stops of the newcomer's way: a name, then the keys. Others (a mark, an export) are a line each.
way=(
    "how it stands|"
    "the incident|2 Enter"
    "who contributes|3"
    "raw lines at the cursor|1 Enter"
    "its fields|v"
    "back to the first screen|1"
    "the sources|7"
    "the keys|?"
)

look() {
    printf '\n=== %s\n' "$2"
    tmux capture-pane -p -t "$1" || echo "(the app has ended)"
}

record() {
    local name=$1 size=$2 from until session playing folder
    read -r from until < <(stretch "$name")
    folder=$(mktemp -d)/$name
    mkdir "$folder"
    session=rfo-walk-$$-$name
    "$program" replay "$here/sample-logs/$name" --speed "$speed" --from "$from" --until "$until" \
        --into "$folder" >/dev/null 2>&1 &
    playing=$!
    # Packed logs are unpacked up to where the playing begins.
    until [ -n "$(find "$folder" -name '*.*' -type f)" ]; do sleep 1; done
    tmux new-session -d -s "$session" -x "${size%x*}" -y "${size#*x}" "$program $folder"
    local seconds=0
    while kill -0 "$playing" 2>/dev/null; do
        sleep "$every"
        seconds=$((seconds + every))
        look "$session" "$seconds s later"
    done
    sleep 3
    look "$session" "after $until"
    local stop keys key
    for stop in "${way[@]}"; do
        keys=${stop#*|}
        for key in $keys; do
            tmux send-keys -t "$session" "$key"
            sleep 1
        done
        look "$session" "${stop%%|*}${keys:+ ($keys)}"
    done
    tmux send-keys -t "$session" q q q
    sleep 1
    tmux kill-session -t "$session" 2>/dev/null || true
    rm -rf "$(dirname "$folder")"
}

for name in "${replays[@]}"; do
    for size in 80x24 120x40; do
        echo "$name $size" >&2
        record "$name" "$size" >"$out/$name-$size.txt"
    done
done
