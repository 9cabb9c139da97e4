#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# demo.sh BUILD [PEOPLE]: mails the demo's newest newsletter to so many invented people (10,000), as an organizer would, to a
# mail server of our own that keeps a record and delivers to nobody; and says whether what Breakroom reports is what came
# in. 0: it adds up; 1: it does not; 2: something else went wrong. `./run mail` builds what it needs and starts it.
#
# All of it lies in one temporary folder, which goes when this ends. SINK_OPTIONS are further options of tests/mail/sink,
# which can be told to refuse.
set -eu
export LC_ALL=C.UTF-8

build=$(cd "$1" && pwd)
people=${2-10000}
demo=$(cd "$(dirname "$0")/../.." && pwd)/demo
breakroom=$build/breakroom
work=$(mktemp -d "${TMPDIR:-/tmp}/breakroom-mail.XXXXXX")
data=$work/data
started=()

say() {
    printf '%s\n' "$*"
}

# Ends with what went wrong, and with what the program said about it.
trouble() {
    local file
    say "$1"
    for file in "$work/said" "$work/server"; do
        [ ! -s "$file" ] || tail -n 15 "$file" >&2
    done
    exit 2
}

at_end() {
    local pid
    for pid in ${started[@]+"${started[@]}"}; do
        { kill "$pid" && wait "$pid"; } 2>/dev/null || true
    done
    rm -rf "$work"
}
trap at_end EXIT
trap 'exit 2' INT TERM HUP

# A command that has nothing to say to people who watch.
quietly() {
    "$@" >"$work/said" 2>&1 </dev/null || trouble "breakroom $2 went wrong:"
}

# Waits until a line of file $1 begins with $2, and prints what follows it.
line_of() {
    local _ found
    for _ in {1..300}; do
        found=$(sed -n "s|^$2||p" "$1" 2>/dev/null | head -n 1)
        [ -z "$found" ] || {
            say "$found"
            return
        }
        sleep 0.1
    done
    trouble "nothing came up within half a minute:" >&2
}

# ---- the campaign: its newest newsletter, and a clock that stands a day later ----

newest=$(find "$demo/news" -name '????-??-??-*.md' ! -name '*.??.md' -printf '%f\n' | sort | tail -n 1)
key=${newest#????-??-??-}
key=${key%.md}
at=$(date -u -d "${newest%-"$key".md} + 1 day" +%Y-%m-%dT12:00:00Z)
host=$(sed -n 's/^host *= *//p' "$demo/campaign.ini")

say "The campaign in demo/, in a store of its own …"
quietly "$breakroom" load "$demo" --data "$data" --at "$at" --yes

# ---- keys: the six words are typed back by us ----

mkfifo -m 600 "$work/shown" "$work/typed"
(umask 077 && head -n 1 "$work/shown" | tee "$work/words" >"$work/typed") &
"$breakroom" keys new --data "$data" --passphrase-to 3 --passphrase-from 4 3>"$work/shown" 4<"$work/typed" \
    >"$work/said" 2>&1 </dev/null || trouble 'breakroom keys new went wrong:'
wait $!
quietly "$breakroom" dkim new "$host" --data "$data"

# ---- people: nobody; every third reads Spanish, and domains are large, small, and one person's own ----

awk -v people="$people" 'BEGIN {
    split("ana luz sam kim noor ines teo mara", name, " ")
    split("post.example correo.example letters.example home.example", large, " ")
    print "address,language"
    for (i = 1; i <= people; i++) {
        domain = i % 97 == 0 ? "own-" i ".example" : i % 11 == 0 ? "club-" i % 40 ".example" : large[1 + i % 7 % 4]
        printf "%s.%d@%s,%s\n", name[1 + i % 8], i, domain, i % 3 ? "en" : "es"
    }
}' >"$work/people.csv"
say "Keys, and $people invented people from a list …"
quietly "$breakroom" import "$work/people.csv" --data "$data" --audience educators --source 'invented for this demo' --yes "$people"

# ---- the mail server, and Breakroom's ----

# shellcheck disable=SC2086 # options
"$build/tests/mail/sink" --record "$work/record" ${SINK_OPTIONS-} >"$work/sink" &
started+=($!)
port=$(line_of "$work/sink" 'port ')
(umask 077 && printf '%s\n' "smart_host = 127.0.0.1:$port" 'smtp_tls = none' 'site_rate = 0' >"$data/server.ini")
"$breakroom" serve --data "$data" --listen 127.0.0.1:0 --at "$at" >"$work/listening" 2>"$work/server" &
started+=($!)
line_of "$work/listening" 'listening on ' >"$work/said"

# ---- sending; the report ----

say "The newsletter $key goes out …"
start=$(date +%s%N)
"$breakroom" send "$key" --data "$data" --passphrase-from 4 --yes "$people" 4<"$work/words" >"$work/sent" ||
    trouble 'breakroom send went wrong:'
took=$((($(date +%s%N) - start) / 1000000))
"$breakroom" report "$key" --data "$data" || trouble 'breakroom report went wrong:'
"$breakroom" report "$key" --data "$data" --json >"$work/report"
say

# ---- does it add up? What the mail server wrote down before it answered is the truth ----

told=$(sed -n '/"sent"/{s/^.*"sent": *\([0-9]*\).*/\1/p;q}' "$work/report")
read -r came different strangers < <(awk -F '\t' '
    NR == FNR { sub(/,.*/, ""); if (FNR > 1) asked[$0]; next }
    $1 == "taken" { came++; if (!($4 in seen)) different++; seen[$4]; if (!($4 in asked)) strangers++ }
    END { print came + 0, different + 0, strangers + 0 }' "$work/people.csv" "$work/record")
adds_up=1
if [ "$came" = "$people" ] && [ "$different" = "$people" ] && [ "$strangers" = 0 ] && [ "$told" = "$people" ]; then
    adds_up=0
    say "It adds up: $people people asked, $told letters were reported sent, and the mail server has one for each of them."
else
    say "It does not add up: $people people asked, ${told:-no} letters were reported sent, and the mail server has $came, for $different people, $strangers of whom did not ask."
fi
say "From the six words to the last outcome it took $((took / 1000)).$((took % 1000 / 100)) seconds."
[ "$adds_up" = 0 ]
