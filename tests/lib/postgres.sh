#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A PostgreSQL 15 of the tests' own: in a folder of its own, on a Unix socket there, and nowhere else.
#
#   postgres.sh with COMMAND…   runs COMMAND with TEST_POSTGRES=URL and TEST_POSTGRES_DIR=DIR, then stops and removes it
#   postgres.sh start DIR       starts the one in DIR, makes it first if need be, and prints its URL
#   postgres.sh stop DIR        stops it as a machine that goes down does; `start` brings it back
#   postgres.sh kill DIR        the same without a word to anybody
#   postgres.sh freeze DIR      it neither answers nor hangs up, until `thaw`
#
# initdb refuses root: as root everything runs as the user postgres. fsync is off unless TEST_POSTGRES_FSYNC=on: the
# machine does not lose power in a test, only processes die.
set -eu

bin=
for found in /usr/lib/postgresql/*/bin; do # the newest comes last
    bin=$found
done
if [ ! -x "$bin/initdb" ]; then
    echo "postgres.sh: there is no PostgreSQL server here (apt-get install postgresql-15)" >&2
    exit 2
fi

as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

start() {
    local dir=$1
    if [ ! -d "$dir" ]; then
        mkdir -m 700 "$dir"
        [ "$(id -u)" != 0 ] || chown postgres "$dir"
        as_postgres "$bin/initdb" --no-sync -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$dir.log" 2>&1 ||
            { cat "$dir.log" >&2 && exit 1; }
        rm -f "$dir.log"
    fi
    as_postgres "$bin/pg_ctl" -w -t 60 -D "$dir/data" -l "$dir/log" -o \
        "-c listen_addresses='' -c unix_socket_directories='$dir' -c max_connections=200 -c fsync=${TEST_POSTGRES_FSYNC:-off}" \
        start >/dev/null
    echo "postgres://postgres@/postgres?host=$dir"
}

stop() {
    signal "$1" CONT 2>/dev/null || true
    as_postgres "$bin/pg_ctl" -w -D "$1/data" -m "$2" stop >/dev/null 2>&1 || true
}

# The server's own process and one for each connection.
signal() {
    local server
    server=$(head -n 1 "$1/data/postmaster.pid")
    # shellcheck disable=SC2046 # numbers
    kill "-$2" "$server" $(pgrep -P "$server")
}

case ${1-} in
start) start "$2" ;;
stop) stop "$2" fast ;;
kill) stop "$2" immediate ;;
freeze) signal "$2" STOP ;;
thaw) signal "$2" CONT ;;
with)
    shift
    TEST_POSTGRES_DIR=$(mktemp -d /tmp/breakroom-postgres.XXXXXX)/server
    export TEST_POSTGRES_DIR
    chmod 755 "${TEST_POSTGRES_DIR%/server}"
    if [ "$(id -u)" = 0 ]; then chown postgres "${TEST_POSTGRES_DIR%/server}"; fi
    trap 'stop "$TEST_POSTGRES_DIR" immediate; rm -rf "${TEST_POSTGRES_DIR%/server}"' EXIT
    TEST_POSTGRES=$(start "$TEST_POSTGRES_DIR")
    export TEST_POSTGRES
    "$@"
    ;;
*)
    sed -n '5,11s/^# *//p' "$0" >&2
    exit 2
    ;;
esac
