#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# The translations are whole: every message of English has a Spanish text, none is fuzzy, none obsolete.
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh

nothing_in() {
    local out
    out=$("$@") || return 1
    [ -z "$out" ] || {
        printf '%s\n' "$out"
        return 1
    }
}

# Each key of $1 stands in $2.
same_keys() {
    local missing
    missing=$(comm -3 <(grep '^msgctxt' "$1" | sort) <(grep '^msgctxt' "$2" | sort))
    [ -z "$missing" ] || {
        printf '%s\n' "$missing"
        return 1
    }
}

for file in locale/*.po; do
    tap "$file is sound" msgfmt --check-format --check-domain -o /dev/null "$file"
    tap "$file has no fuzzy text" nothing_in msgattrib --only-fuzzy --no-obsolete "$file"
    tap "$file has no obsolete text" nothing_in msgattrib --only-obsolete "$file"
    [ "$file" != locale/en.po ] || continue # English is its own msgid
    tap "$file has no empty text" nothing_in msgattrib --untranslated --no-obsolete "$file"
    tap "en.po and ${file##*/} have the same keys" same_keys locale/en.po "$file"
done
