#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# bare.sh [run]: both commands in a Debian 12 that has never seen them: a fresh debootstrap root, a clone, nothing else.
# With `run` only ./run. Needs root, some 4 GB below TMPDIR, and a mirror. What it tests is the last commit, or with
# BARE_WORKTREE=1 the files as they lie here.
#
# Where a machine reaches its mirror, its registry of packages for Node and its names in its own way, the root is told
# the same: apt's configuration, npm's configuration, certificates, resolver. No address is written down here.
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh

# In a mount and process space of its own: whatever happens, nothing of it stays mounted and nothing stays running.
if [ "${BARE_INSIDE-}" != 1 ]; then
    exec env BARE_INSIDE=1 unshare --mount --pid --fork --kill-child "$0" "$@"
fi

root=$(mktemp -d "${TMPDIR:-/tmp}/breakroom-bare.XXXXXX") || exit 2
chmod 755 "$root"
cleanup() {
    umount -R "$root/proc" "$root/dev/shm" "$root/dev/pts" "$root/dev" 2>/dev/null
    rm -rf --one-file-system "$root"
}
trap cleanup EXIT

# "URI CODENAME COMPONENT" of each Debian repository that apt knows here; others stay out: the root is to be bare.
debian_repositories() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(CODENAME)|$(COMPONENT)' 'Created-By: Packages' |
        sed -n 's/^Debian|\([^|]*\)|\(bookworm[^|]*\)|\([^|]*\)$/\1 \2 \3/p' | sort -u
}

mirror() {
    debian_repositories | sed -n 's/ bookworm main$//p' | head -n 1
}

make_root() {
    local from
    from=$(mirror)
    [ -n "$from" ] || {
        echo 'apt on this machine knows no repository of Debian 12'
        return 1
    }
    debootstrap --variant=minbase bookworm "$root" "$from"
}

tell_root() {
    local file
    debian_repositories | sed 's/^/deb /' >"$root/etc/apt/sources.list"
    cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
    rm -f "$root/etc/apt/apt.conf.d/20packagekit" "$root/etc/apt/apt.conf.d/50appstream"
    for file in /etc/apt/apt.conf /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d /etc/apt/keyrings /etc/apt/auth.conf.d; do
        [ ! -e "$file" ] || cp -a "$file" "$root/etc/apt/"
    done
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    [ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/machine-certificates.crt"
    [ ! -e ~/.npmrc ] || grep -v '^nodedir' ~/.npmrc >"$root/root/.npmrc"
}

mount_root() {
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev"
}

put_clone() {
    mkdir -p "$root/src"
    if [ "${BARE_WORKTREE-}" = 1 ]; then
        mkdir "$root/src/breakroom"
        git ls-files -z --cached --others --exclude-standard |
            tar --null --ignore-failed-read -T - -cf - | tar -xf - -C "$root/src/breakroom"
    else
        git clone -q --no-hardlinks . "$root/src/breakroom"
    fi
}

# What of the machine's own ways a program inside has to know; everything else of our environment stays outside.
inside() {
    local pass=() name
    while IFS= read -r name; do
        pass+=("$name=${!name}")
    done < <(compgen -e | grep -i -E '^(https?|all|no)_proxy$|^npm_config_')
    [ ! -e "$root/etc/machine-certificates.crt" ] ||
        pass+=(NODE_EXTRA_CA_CERTS=/etc/machine-certificates.crt npm_config_cafile=/etc/machine-certificates.crt)
    env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb "${pass[@]}" \
        chroot "$root" "$@"
}

in_clone() {
    inside sh -c 'cd /src/breakroom && "$@"' sh "$@"
}

as_stranger() {
    inside su stranger -s /bin/sh -c 'cd /home/stranger/breakroom && exec ./run --listen 127.0.0.1:0'
}

stranger_is_told() {
    local out status=0
    out=$(as_stranger 2>&1) || status=$?
    printf '%s\n' "$out"
    [ "$status" -eq 2 ] && [ "$(printf '%s\n' "$out" | wc -l)" -eq 1 ] && printf '%s' "$out" | grep -q 'apt-get install'
}

make_stranger() {
    inside useradd -m stranger && cp -a "$root/src/breakroom" "$root/home/stranger/" &&
        inside chown -R stranger: /home/stranger
}

as_newcomer() {
    in_clone ./run --listen 127.0.0.1:0
}

# Whether the demo's first page answers at "http://127.0.0.1:PORT". The root shares our network.
page_answers() {
    local page
    exec 4<>"/dev/tcp/127.0.0.1/${1##*:}" || return 1
    printf 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&4
    page=$(cat <&4)
    exec 4>&-
    printf '%s\n' "$page" | grep -q '^HTTP/1.1 200' && printf '%s\n' "$page" | grep -q '</html>'
}

# serves COMMAND: starts the demo, visits it once it says where it is, and stops it.
serves() {
    local out=$root/run.out pid status=1 address
    : >"$out" # before it starts: the address of the one before it stands there
    set -m
    "$1" >"$out" 2>&1 &
    pid=$!
    set +m
    while kill -0 "$pid" 2>/dev/null && ! address=$(grep -m 1 -o 'http://127[^ ]*' "$out"); do
        sleep 0.2
    done
    [ -n "$address" ] && page_answers "$address" && status=0
    kill -TERM -- "-$pid" 2>/dev/null
    wait "$pid"
    cat "$out"
    return "$status"
}

run_is_quiet() {
    serves as_newcomer && ! grep -q -E 'Installing|Building|Preparing' "$root/run.out"
}

check_passes() {
    local out status=0
    out=$(in_clone env CI=true ./check 2>&1) || status=$?
    printf '%s\n' "$out"
    printf '%s\n' "$out" >&3
    [ "$status" -eq 0 ] && printf '%s\n' "$out" | tail -n 1 | grep -q -E '^[1-9][0-9]* passed, 0 failed$'
}

exec 3>&1
tap 'debootstrap makes a root' make_root
[ -x "$root/bin/sh" ] || exit 1
tap 'the root reaches what this machine reaches' tell_root
tap 'its /proc and /dev are there' mount_root
tap 'a clone lies in it' put_clone
tap 'somebody without sudo is told what to do, in one line' eval 'make_stranger && stranger_is_told'
tap './run installs, builds, serves the demo' serves as_newcomer
tap './run the second time does nothing' run_is_quiet
tap './run by somebody who is not root' serves as_stranger
[ "${1-}" = run ] || tap './check passes' check_passes
