#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# tidy.sh BUILD FILE: what clang-tidy says about one file goes to BUILD/tidy/said/. A file that was clean, with all that it
# includes and the same rules, is not looked at again.
stamp=$1/tidy/$({ cat .clang-tidy; cc -E -Isrc -Itools -I"$1/tools" "$2"; } 2>/dev/null | sha256sum | cut -c 1-40)
said=$1/tidy/said/${2//\//_}

if [ -e "$stamp" ]; then
    : >"$said"
elif clang-tidy --quiet -p "$1" "$2" >"$said" 2>/dev/null && ! [ -s "$said" ]; then
    : >"$stamp"
elif ! [ -s "$said" ]; then
    printf 'clang-tidy could not read this file\n' >"$said"
fi
