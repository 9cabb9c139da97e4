# shellcheck shell=sh
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# What ./run and ./check need from the machine, and how they get it. Sourced by both; plain POSIX shell.
#
# Each line of a list says how to look, what for, and the Debian 12 package that has it. We look for the thing itself and
# never at the package: who brings a newer Node or a compiler of their own keeps it. Nothing is installed that is there,
# nothing is ever removed, and apt-get update runs only when a package is unknown or its file has gone from the mirror.

# shellcheck disable=SC2034 # used by both
need_to_build='
command cc gcc
header stdio.h libc6-dev
command pkg-config pkg-config
command ninja ninja-build
command meson meson
module libcmark-gfm libcmark-gfm-dev
header cmark-gfm-core-extensions.h libcmark-gfm-extensions-dev
module libcurl libcurl4-openssl-dev
module zlib zlib1g-dev
module libqrencode libqrencode-dev
module libmicrohttpd libmicrohttpd-dev
module libbrotlienc libbrotli-dev
module libidn2 libidn2-dev
module libcares libc-ares-dev
module libseccomp libseccomp-dev
module libsodium libsodium-dev
module sqlite3 libsqlite3-dev
module libpq libpq-dev
module libutf8proc libutf8proc-dev
header libstemmer.h libstemmer-dev
header uninorm.h libunistring-dev
header gettext-po.h libgettextpo-dev
header mupdf/fitz.h libmupdf-dev
module mujs libmujs-dev
header gumbo.h libgumbo-dev
module libopenjp2 libopenjp2-7-dev
module jbig2dec libjbig2dec0-dev
module libjpeg libjpeg-dev
module harfbuzz libharfbuzz-dev
module freetype2 libfreetype-dev
module libcrypto libssl-dev
module libwebp libwebp-dev
header tesseract/capi.h libtesseract-dev
file /usr/share/tesseract-ocr/5/tessdata/eng.traineddata tesseract-ocr-eng
file /usr/share/tesseract-ocr/5/tessdata/spa.traineddata tesseract-ocr-spa
file /usr/share/tesseract-ocr/5/tessdata/osd.traineddata tesseract-ocr-osd
command scdoc scdoc
file /usr/share/zoneinfo/America/Los_Angeles tzdata
file /etc/ssl/certs/ca-certificates.crt ca-certificates
'

# shellcheck disable=SC2034 # used by ./check
need_to_check='
module cmocka libcmocka-dev
module libpng libpng-dev
command clang clang
fuzzer clang libclang-rt-14-dev
command clang-format clang-format
command clang-tidy clang-tidy
command cppcheck cppcheck
command shellcheck shellcheck
command mandoc mandoc
command msgattrib gettext
command cmark-gfm cmark-gfm
file /usr/lib/postgresql/15/bin/initdb postgresql-15
command pdftotext poppler-utils
file /usr/lib/python3/dist-packages/dkim/__init__.py python3-dkim
command opendkim opendkim
command rspamd rspamd
command openssl openssl
file /usr/sbin/postfix postfix
file /usr/sbin/saslpasswd2 sasl2-bin
file /usr/share/doc/libsasl2-modules libsasl2-modules
command git git
command node nodejs
command npm npm
command chromium chromium
font sans fonts-dejavu-core
'

# shellcheck disable=SC2034 # used by ./check, where the benchmarks run
need_to_bench='
file /usr/sbin/nginx nginx-light
command wrk wrk
command taskset util-linux
file /usr/sbin/smtp-source postfix
'

# shellcheck disable=SC2034 # used by ./check
need_for_bare='
command debootstrap debootstrap
command git git
'

say() {
    printf '%s\n' "$*"
}

# Ends the program with one sentence.
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 2
}

# Is it there? $1 how to look, $2 what for.
need_is_met() {
    case $1 in
    command) command -v "$2" >/dev/null 2>&1 ;;
    module) pkg-config --exists "$2" 2>/dev/null ;;
    header) printf '#include <%s>\n' "$2" | need_preprocess ;;
    file) [ -e "$2" ] ;;
    fuzzer) need_fuzzer_links ;;
    font) need_any_font ;;
    *) fail "tools/need.sh: '$1' is no way to look for something" ;;
    esac
}

# <stdio.h> comes first: gettext-po.h uses what it declares.
need_preprocess() {
    { printf '#include <stdio.h>\n'; cat; } | cc -E -x c - >/dev/null 2>&1
}

need_fuzzer_links() {
    command -v clang >/dev/null 2>&1 || return 1
    need_probe=$(mktemp) || return 1
    printf '#include <stddef.h>\nint LLVMFuzzerTestOneInput(const char *p, size_t n);\nint LLVMFuzzerTestOneInput(const char *p, size_t n) { return p && n > 8 ? 0 : 0; }\n' |
        clang -x c - -fsanitize=fuzzer,address,undefined -o "$need_probe" >/dev/null 2>&1
    need_status=$?
    rm -f "$need_probe"
    return "$need_status"
}

need_any_font() {
    [ -d /usr/share/fonts ] && [ -n "$(find /usr/share/fonts -name '*.[to]tf' -print | head -n 1)" ]
}

# The packages of those lines of $1 that are not met, each with a space before it.
need_missing() {
    printf '%s\n' "$1" | while read -r how what package; do
        if [ -n "$how" ] && ! need_is_met "$how" "$what"; then
            printf ' %s' "$package"
        fi
    done
}

need_as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

need_apt() {
    need_as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y -o Dpkg::Use-Pty=0 "$@"
}

# The tests start a Postfix of their own; the package shall not set up one that hears the whole network.
need_quiet_postfix() {
    case " $1 " in
    *' postfix '*)
        printf 'postfix postfix/main_mailer_type select No configuration\n' |
            need_as_root debconf-set-selections 2>/dev/null || true
        ;;
    esac
}

# Installs packages, or says why it cannot. Reads new package lists only when the ones here do not do.
need_install() {
    need_log=$(mktemp) || fail "no temporary file could be written; is the disk full?"
    need_quiet_postfix "$1"
    # shellcheck disable=SC2086 # a list of words
    if ! need_apt install --no-remove --no-install-recommends $1 >"$need_log" 2>&1; then
        say "  (fetching the list of packages first)"
        if ! need_apt update >"$need_log" 2>&1 || ! need_apt install --no-remove --no-install-recommends $1 >"$need_log" 2>&1; then
            tail -n 15 "$need_log" >&2
            rm -f "$need_log"
            fail "the packages could not be installed. Above is what apt-get said; mend it and start again."
        fi
    fi
    rm -f "$need_log"
}

# Makes sure that everything in list $1 is there. Says what it installs; says nothing when nothing is missing.
need_all() {
    need_list=$(need_missing "$1")
    [ -n "$need_list" ] || return 0

    command -v apt-get >/dev/null 2>&1 ||
        fail "these Debian packages, or what they are called here, are missing:$need_list"
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
        fail "please install what is missing as root, then start again: apt-get install$need_list"
    fi
    say "Installing what is missing:$need_list"
    # A newer Node brings its own npm and conflicts with the package: npm comes last, and only if it is missing still.
    need_first=$(printf '%s ' "$need_list" | sed 's/ npm / /')
    [ "$need_first" = ' ' ] || need_install "$need_first"
    need_list=$(need_missing "$1")
    [ "$need_list" != ' npm' ] || need_install "$need_list"

    need_list=$(need_missing "$1")
    [ -z "$need_list" ] || fail "installed, and still not found:$need_list"
}
