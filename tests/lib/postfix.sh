#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A Postfix of the tests' own: Debian's programs, configuration and queue in a folder of its own, on 127.0.0.1 alone.
#
#   postfix.sh start DIR PORT RELAY_PORT    a submission host on PORT: STARTTLS and AUTH (Cyrus SASL, sasldb) before it takes
#                                           anything; hands all of it to RELAY_PORT. DIR has cert.pem and key.pem
#   postfix.sh start DIR PORT RELAY_PORT open  one that takes letters from this machine as they come, as many as come
#   postfix.sh user DIR USER PASSWORD       who may hand mail in
#   postfix.sh stop DIR
#
# Needs root: its master gives its processes to the user postfix. The domain of users is "house.example".
set -eu

dir=$2

# Postfix' own folder of programs, as the package has it; nothing of the machine's own Postfix is read or written.
configure() {
    local port=$1 relay=$2 kind=${3-}
    mkdir -p "$dir/etc/sasl" "$dir/queue" "$dir/data"
    chmod 755 "$dir" "$dir/etc" "$dir/etc/sasl"
    chown postfix "$dir/data"
    cat >"$dir/etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $dir/log
maillog_file_prefixes = $dir
myhostname = host.house.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:$relay
disable_dns_lookups = yes
smtp_host_lookup = native
local_recipient_maps =
alias_maps =
alias_database =
message_size_limit = 10240000
bounce_queue_lifetime = 0
smtpd_recipient_restrictions = check_recipient_access inline:{{nobody@example.test = 550 5.1.1 no such person}, {later@example.test = 450 4.2.1 come back}}, permit
smtpd_client_message_rate_limit = 0
CF
    if [ "$kind" = open ]; then
        cat >>"$dir/etc/main.cf" <<CF
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
CF
    else
        cat >>"$dir/etc/main.cf" <<CF
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = $dir/cert.pem
smtpd_tls_key_file = $dir/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = house.example
cyrus_sasl_config_path = $dir/etc/sasl
smtpd_client_connection_count_limit = 4
CF
    fi
    cat >"$dir/etc/sasl/smtpd.conf" <<CF
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: $dir/etc/sasl/sasldb2
mech_list: PLAIN LOGIN
CF
    cat >"$dir/etc/master.cf" <<CF
127.0.0.1:$port inet n - n - - smtpd
pickup    unix  n - n 60  1 pickup
cleanup   unix  n - n -   0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -   - trivial-rewrite
bounce    unix  - - n -   0 bounce
defer     unix  - - n -   0 bounce
trace     unix  - - n -   0 bounce
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -   - proxymap
smtp      unix  - - n -   - smtp
relay     unix  - - n -   - smtp
error     unix  - - n -   - error
retry     unix  - - n -   - error
discard   unix  - - n -   - discard
anvil     unix  - - n -   1 anvil
scache    unix  - - n -   1 scache
postlog   unix-dgram n - n - 1 postlogd
CF
}

start() {
    configure "$@"
    touch "$dir/log"
    chmod 666 "$dir/log" # some of its programs write there before its logger runs, as the user postfix
    postfix -c "$dir/etc" start >>"$dir/said" 2>&1 || {
        cat "$dir/said" "$dir/log" >&2
        exit 1
    }
}

stop() {
    postfix -c "$dir/etc" stop >>"$dir/said" 2>&1 || postfix -c "$dir/etc" abort >>"$dir/said" 2>&1 || true
}

case ${1-} in
start) start "$3" "$4" "${5-}" ;;
user)
    printf '%s' "$4" | saslpasswd2 -p -c -f "$dir/etc/sasl/sasldb2" -u house.example "$3"
    chown postfix "$dir/etc/sasl/sasldb2"
    ;;
stop) stop ;;
*)
    sed -n '4,12s/^# *//p' "$0" >&2
    exit 2
    ;;
esac
