#!/bin/bash
# Records what is on the screen while each replay is played live, without a key pressed, and then
# a newcomer's way by keys: to the contributor, to a raw line, to marks, a correction and an export.
# Needs bash and tmux; no part of `cargo test`.
#
#   tests/walks/record.sh FOLDER [WALK...]
#
# A walk is a replay, or all of it at a higher speed: NAME-whole. FOLDER gets one text file for each
# walk and size. RFO is the program (target/release/rfo, else target/debug/rfo), EVERY the seconds
# between two looks (5), SIZES the terminals ("80x24 120x40").
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:?a folder for the recordings}
shift
mkdir -p "$out"
walks=("$@")
[ ${#walks[@]} -gt 0 ] || walks=(config-push config-push-whole job-flood job-flood-whole port-exhaustion
    rogue-client rogue-client-whole slow-token-auth)
program=${RFO:-$here/target/release/rfo}
[ -x "$program" ] || program=$here/target/debug/rfo
every=${EVERY:-5}
sizes=${SIZES:-80x24 120x40}

# When the playing begins and ends, and how fast it is: from half an hour before the trouble until it
# is surely over, or for an hour of one that lasts.
stretch() {
    case $1 in
    config-push) echo 2022-12-01T05:30:00Z 2022-12-01T07:00:00Z 120 ;;
    config-push-whole) echo 2022-12-01T04:30:00Z 2022-12-01T21:20:00Z 600 ;;
    job-flood) echo 2015-10-16T11:50:00Z 2015-10-16T13:20:00Z 120 ;;
    job-flood-whole) echo 2015-10-16T11:50:00Z 2015-10-16T18:40:00Z 300 ;;
    port-exhaustion) echo 2020-07-31T15:40:00Z 2020-07-31T18:20:00Z 120 ;;
    rogue-client) echo 2019-10-25T05:10:00Z 2019-10-25T06:40:00Z 120 ;;
    rogue-client-whole) echo 2019-10-25T04:00:00Z 2019-10-25T20:40:00Z 600 ;;
    slow-token-auth) echo 2015-07-22T14:05:00Z 2015-07-22T16:40:00Z 120 ;;
    *) echo "no walk $1" >&2; exit 1 ;;
    esac
}

# The stops of the newcomer's way: a name, then the keys; what is between quotes is typed as it is.
way=(
    "how it stands|"
    "the incident|2 Enter"
    "who contributes|3"
    "its first line|j Enter"
    "raw lines at the cursor|1 Enter"
    "its fields|v"
    "back to the first screen|1"
    "the mark: detected at the cursor|. d"
    "its note|c"
    "the note is typed|'paged by the balancer' Enter"
    "the incident at the mark|o"
    "another time for it|. c"
    "the reason is asked for|C-u '-2m' Enter"
    "the correction stands|'seen on the dashboard first' Enter"
    "the correction is undone|u"
    "export: the name is asked for|1 e"
    "the export is written|Enter"
    "the sources|7"
    "the keys|?"
)

look() {
    printf '\n=== %s\n' "$2"
    tmux capture-pane -p -t "$1" || echo "(the app has ended)"
}

# The words of a stop's keys: 'as it is' is one of them.
press() {
    local session=$1 keys=$2 word
    while [ -n "$keys" ]; do
        case $keys in
        "'"*) keys=${keys#"'"}; word=${keys%%"'"*}; keys=${keys#*"'"}
            tmux send-keys -t "$session" -l -- "$word" ;;
        *) word=${keys%% *}; tmux send-keys -t "$session" -- "$word"
            case $keys in *" "*) keys=" ${keys#* }" ;; *) keys= ;; esac ;;
        esac
        keys=${keys#" "}
        sleep 1
    done
}

record() {
    local name=$1 size=$2 from until speed session playing at folder
    read -r from until speed < <(stretch "$name")
    at=$(mktemp -d)
    folder=$at/${name%-whole}
    mkdir "$folder"
    session=rfo-walk-$$-$name
    "$program" replay "$here/sample-logs/${name%-whole}" --speed "$speed" --from "$from" --until "$until" \
        --into "$folder" >/dev/null 2>&1 &
    playing=$!
    # Packed logs are unpacked up to where the playing begins.
    until [ -n "$(find "$folder" -name '*.*' -type f)" ]; do sleep 1; done
    tmux new-session -d -s "$session" -c "$at" -x "${size%x*}" -y "${size#*x}" "$program $folder"
    local seconds=0
    while kill -0 "$playing" 2>/dev/null; do
        sleep "$every"
        seconds=$((seconds + every))
        look "$session" "$seconds s later"
    done
    sleep 3
    look "$session" "after $until"
    local stop
    for stop in "${way[@]}"; do
        press "$session" "${stop#*|}"
        look "$session" "${stop%%|*} (${stop#*|})"
    done
    tmux send-keys -t "$session" q q q
    sleep 1
    tmux kill-session -t "$session" 2>/dev/null || true
    printf '\n=== what was written\n'
    (cd "$at" && ls -1 ./*.* "$folder"/*.rfo.json 2>/dev/null) || true
    rm -rf "$at"
}

for name in "${walks[@]}"; do
    for size in $sizes; do
        echo "$name $size" >&2
        record "$name" "$size" >"$out/$name-$size.txt"
    done
done
