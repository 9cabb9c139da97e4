#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# no_policy.sh INCLUDE…: a route without a policy, or with NOBODY as its policy, does not compile; the same row with one
# does. TAP.
set -u
count=0
failed=0

# try WHAT WANTED ROW: WANTED is the exit status of the compiler, 0 or 1.
try() {
    local status=0
    count=$((count + 1))
    printf '#include "http/http.h"\nvoid h(struct req *);\nextern const struct route rows[];\nconst struct route rows[] = {%s};\n' "$3" |
        "${CC:-gcc}" -std=gnu17 -fsyntax-only "${includes[@]}" -x c - 2>/dev/null || status=1
    if [ "$status" -eq "$2" ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        failed=1
    fi
}

includes=("${@/#/-I}")
try 'a row with a policy' 0 'ROUTE_GET("/", HTTP_WHO_EVERYONE, h, HTTP_IN_PLACE)'
try 'a row without one' 1 'ROUTE_GET("/", h, HTTP_IN_PLACE)'
try 'a row for nobody' 1 'ROUTE_GET("/", HTTP_WHO_NOBODY, h, HTTP_IN_PLACE)'
try 'a POST' 0 'ROUTE_POST("/", HTTP_WHO_LEAD, h, HTTP_CSRF_SAME_ORIGIN, HTTP_RATE_FORM, 1000, HTTP_WORKER)'
try 'a POST without a cap' 1 'ROUTE_POST("/", HTTP_WHO_LEAD, h, HTTP_CSRF_SAME_ORIGIN, HTTP_RATE_FORM, HTTP_WORKER)'
try 'a POST for nobody' 1 'ROUTE_POST("/", HTTP_WHO_NOBODY, h, HTTP_CSRF_SAME_ORIGIN, HTTP_RATE_FORM, 1000, HTTP_WORKER)'
try 'a form' 0 'ROUTE_FORM("/", HTTP_WHO_EVERYONE, h, h, HTTP_RATE_FORM, 1000, HTTP_IN_PLACE)'
try 'a form for nobody' 1 'ROUTE_FORM("/", HTTP_WHO_NOBODY, h, h, HTTP_RATE_FORM, 1000, HTTP_IN_PLACE)'
echo "1..$count"
exit "$failed"
