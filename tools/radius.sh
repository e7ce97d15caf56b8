#!/usr/bin/env bash
# A FreeRADIUS of the project's own, sourced by ./silver. Touches nothing outside $STATE, needs no root.
#   radius_install                          the packages, unpacked into $STATE/radius/root
#   radius_database NAME                    a database with the stock schema
#   radius_views NAME                       the same in a database of Odoo, users as views over the contracts
#   radius_up NAME AUTH_PORT ACCT_PORT      the server for that database, on loopback, in background
#   radius_down NAME
#   nas_install                             hostapd and wpa_supplicant, unpacked into $STATE/nas/root
#   radclient_cmd                           prints how to call radclient (quoted for eval)
# Uses STATE HERE PGHOST PGPORT PGUSER and say die have sql db_exists of ./silver.
# shellcheck shell=bash

RADIUS_PACKAGES="freeradius freeradius-postgresql freeradius-utils freeradius-config freeradius-common libfreeradius3"
RADIUS_ROLE=silver_radius

radius_root() { echo "$STATE/radius/root"; }
radius_stock() { echo "$(radius_root)"/etc/freeradius/3.*; }
radius_libs() { libs_of "$(radius_root)"; }
libs_of() {  # every directory of an unpacked tree that holds shared objects
    find "$1" '(' -name '*.so' -o -name '*.so.*' ')' -printf '%h\n' | sort -u | paste -sd:
}

# unpack_packages ROOT LOG PACKAGE...: Debian packages and the libraries this machine lacks, unpacked; nothing is installed
unpack_packages() {
    local root=$1 log=$2 work=$1.debs missing; shift 2
    have apt-get && have dpkg-deb || die "$1 comes from Debian or Ubuntu packages and there is no apt-get here: run ./silver on one of them, or with --no-radius"
    rm -rf "$work" "$root"; mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$root" "$STATE/log"
    local apt=(-o APT::Sandbox::User=root -o Debug::NoLocking=1 -o "Dir::Cache=$work/cache")
    if ! apt-get "${apt[@]}" install -s -qq --no-install-recommends "$1" >"$log" 2>&1; then
        # no package lists on this machine: a private copy of them
        apt+=(-o "Dir::State::lists=$work/lists" -o Acquire::Languages=none)
        apt-get "${apt[@]}" update -qq >"$log" 2>&1 || { tail -3 "$log" >&2; die "the package lists cannot be read: see $log"; }
    fi
    # the libraries this machine lacks; never its C library
    missing=$(apt-get "${apt[@]}" install -s --no-install-recommends "$@" 2>>"$log" |
        awk '$1 == "Inst" { print $2 }' | grep -E '^lib' | grep -vE '^lib(c6|c-bin|gcc|stdc\+\+|perl|freeradius3)' || true)
    # shellcheck disable=SC2086
    ( cd "$work" && apt-get "${apt[@]}" download -qq "$@" $missing ) >>"$log" 2>&1 ||
        { tail -3 "$log" >&2; die "the packages $* cannot be downloaded: see $log"; }
    local deb; for deb in "$work"/*.deb; do dpkg-deb -x "$deb" "$root"; done
    rm -rf "$work" "$root"/usr/share/doc "$root"/usr/share/man
}
radius_install() {
    local root log; root=$(radius_root) log=$STATE/log/radius-apt.log
    [ -e "$root/.stamp" ] && return 0
    say "FreeRADIUS: downloading the packages (nothing is installed on the system)"
    # shellcheck disable=SC2086
    unpack_packages "$root" "$log" $RADIUS_PACKAGES
    LD_LIBRARY_PATH=$(radius_libs) "$root/usr/sbin/freeradius" -v >"$log" 2>&1 || { tail -3 "$log" >&2; die "the unpacked FreeRADIUS does not run here: see $log"; }
    ls -d $(radius_stock)/mods-config/sql/main/postgresql/queries.conf >/dev/null 2>&1 || die "the FreeRADIUS packages are not laid out as expected in $root"
    head -1 "$log" >"$root/.stamp"
}

radius_database() {  # NAME
    local name=$1 path
    radius_install
    db_exists "$name" || { say "creating the RADIUS database $name"; sql postgres "CREATE DATABASE \"$name\""; }
    path=$(radius_path "$name")
    if [ -z "$(sql "$name" "SELECT 1 FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 'radacct' AND nspname = '$path'")" ]; then
        sql "$name" "SET search_path = $path; $(cat $(radius_stock)/mods-config/sql/main/postgresql/schema.sql)"   # one statement string = one transaction
    fi
    sql "$name" "SET search_path = $path; $(cat "$HERE/lab/freeradius/database.sql")"
    radius_role "$name" "$path"
}
radius_path() {  # NAME -> the schema its tables are in: "radius" when it is a database of Odoo (see radius_views)
    if [ -n "$(sql "$1" "SELECT 1 FROM pg_namespace WHERE nspname = 'radius'")" ]; then echo radius; else echo public; fi
}
radius_views() {  # NAME of a database of Odoo: FreeRADIUS reads the contracts themselves, see silver_provisioning/sql/radius_views.sql
    db_exists "$1" || die "there is no database $1"
    sql "$1" "CREATE SCHEMA IF NOT EXISTS radius"
    radius_database "$1"
    sql "$1" "$(cat "$HERE/silver_provisioning/sql/radius_views.sql")"
    radius_role "$1" radius
}
radius_role() {  # NAME SCHEMA: a role that can do what a RADIUS server does and no more; prints nothing, sets RADIUS_DBUSER
    local name=$1 path=$2
    RADIUS_DBUSER=$PGUSER
    if [ -z "$(sql postgres "SELECT 1 FROM pg_roles WHERE rolname = '$RADIUS_ROLE'")" ]; then
        # an external server may give us neither a superuser nor CREATEROLE: then our own role serves
        sql postgres "CREATE ROLE $RADIUS_ROLE LOGIN" postgres >/dev/null 2>&1 || sql postgres "CREATE ROLE $RADIUS_ROLE LOGIN" >/dev/null 2>&1 || return 0
    fi
    # so that the one who owns the database may end the connections of the server (to drop or move it)
    sql postgres "GRANT $RADIUS_ROLE TO \"$PGUSER\"" postgres >/dev/null 2>&1 || true
    sql "$name" "SET search_path = $path; $(sed "s/SCHEMA public/SCHEMA $path/" "$HERE/lab/freeradius/rights.sql")"
    [ "$path" = public ] || sql "$name" "ALTER ROLE $RADIUS_ROLE IN DATABASE \"$name\" SET search_path = $path" postgres >/dev/null 2>&1 || return 0
    # only where it can log in without a password that nobody gave us
    if sql "$name" "SELECT 1 FROM nas LIMIT 1" "$RADIUS_ROLE" >/dev/null 2>&1; then RADIUS_DBUSER=$RADIUS_ROLE; fi
}

RADIUS_AS=()
radius_user() {  # as root: someone unprivileged who reaches the PostgreSQL socket (its directory is closed to others)
    RADIUS_AS=()
    [ "$(id -u)" = 0 ] || return 0
    local uid=65534 gid=65534
    if [ -d "${PGHOST:-}" ]; then uid=$(stat -c %u "$PGHOST") gid=$(stat -c %g "$PGHOST"); fi
    if [ "$uid" = 0 ]; then uid=65534 gid=65534; fi
    RADIUS_AS=(setpriv "--reuid=$uid" "--regid=$gid" --clear-groups)
    # $STATE below a closed directory (/root): let it pass
    if ! "${RADIUS_AS[@]}" test -x "$STATE/radius"; then RADIUS_AS+=(--inh-caps=+dac_override --ambient-caps=+dac_override); fi
}

radius_render() {  # NAME AUTH_PORT ACCT_PORT
    local name=$1 base=$STATE/radius/$1 stock root module secret conninfo
    root=$(radius_root) stock=$(radius_stock)
    rm -rf "$base/raddb"; mkdir -p "$base/raddb"/{mods-enabled,sites-enabled,mods-config/sql/main} "$base/run" "$base/log"
    cp -r "$stock/policy.d" "$stock/dictionary" "$base/raddb/"
    cp -r "$stock/mods-config/attr_filter" "$stock/mods-config/preprocess" "$base/raddb/mods-config/"
    cp -r "$stock/mods-config/sql/main/postgresql" "$base/raddb/mods-config/sql/main/"
    for module in always attr_filter chap expiration expr logintime mschap pap preprocess; do cp "$stock/mods-available/$module" "$base/raddb/mods-enabled/"; done
    # the stock query keeps what people typed as password, right or wrong
    sed -i -E "s/'%\{%\{User-Password\}:-%\{Chap-Password\}\}'/NULL/" "$base/raddb/mods-config/sql/main/postgresql/queries.conf"
    # the name of the policy a session runs under comes back from the router in Class: keep it
    sed -i -E '/^class \{/,/^\}/ s/^(\s*(column_name|packet_xlat|reply_xlat)\s*=)\s*#\s*"/\1 "/' "$base/raddb/mods-config/sql/main/postgresql/queries.conf"
    if grep -vE '^\s*#' "$base/raddb/mods-config/sql/main/postgresql/queries.conf" | grep -qi 'User-Password'; then die "this FreeRADIUS would store clear passwords (queries.conf changed shape): please report its version, $(cat "$root/.stamp")"; fi
    [ -s "$base/health" ] || ( umask 077; od -An -tx1 -N16 /dev/urandom | tr -d ' \n' >"$base/health" )
    secret=$(cat "$base/health")
    conninfo="dbname=$name user=$RADIUS_DBUSER port=${PGPORT:-5432} connect_timeout=3${PGHOST:+ host=$PGHOST}"
    local file target
    for file in radiusd sql clients eap site; do
        case $file in sql|eap) target=mods-enabled/$file;; site) target=sites-enabled/isp;; *) target=$file.conf;; esac
        sed -e "s|@ROOT@|$root|g; s|@BASE@|$base|g; s|@LIBDIR@|$root/usr/lib/freeradius|g; s|@AUTH_PORT@|$2|g; s|@ACCT_PORT@|$3|g" \
            -e "s|@HEALTH_SECRET@|$secret|g; s|@CONNINFO@|$conninfo|g" "$HERE/lab/freeradius/$file.conf" >"$base/raddb/$target"
    done
    [ "$(id -u)" != 0 ] || chown -R "$(radius_owner)" "$base"
    chmod -R u+rwX,go-rwx "$base"
}
radius_owner() { local a; for a in "${RADIUS_AS[@]}"; do case $a in --reuid=*) printf '%s:' "${a#*=}";; --regid=*) printf '%s' "${a#*=}";; esac; done; }

radius_pid() {  # NAME -> the pid of its running server
    local pid; pid=$(cat "$STATE/radius/$1/run/radiusd.pid" 2>/dev/null) || return 1
    # a pid file outlives a crash: it must be our program, with our configuration
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$STATE/radius/$1/raddb" && echo "$pid"
}
radius_answers() {  # NAME AUTH_PORT
    printf 'Message-Authenticator = 0x00\nPacket-Src-IP-Address = 127.255.255.254\n' |
        eval "$(radclient_cmd)" -q -r 1 -t 1 "127.0.0.1:$2" status "$(cat "$STATE/radius/$1/health")" >/dev/null 2>&1
}

radius_up() {  # NAME AUTH_PORT ACCT_PORT
    local name=$1 base=$STATE/radius/$1 stamp port
    radius_database "$name"; radius_user
    stamp="$(cat "$HERE"/lab/freeradius/*.conf "$(radius_root)/.stamp" "$HERE/tools/radius.sh" | sha256sum | cut -c1-12) $2 $3 ${PGHOST:-} ${PGPORT:-} $RADIUS_DBUSER"
    if radius_pid "$name" >/dev/null; then
        if [ "$(cat "$base/stamp" 2>/dev/null)" = "$stamp" ] && radius_answers "$name" "$2"; then return 0; fi
        radius_down "$name"
    fi
    for port in "$2" "$3"; do radius_port_free "$port" || die "UDP port $port is in use, so FreeRADIUS cannot start: stop what uses it (ss -lunp) or choose others with --radius-port"; done
    radius_render "$@"
    "${RADIUS_AS[@]}" env LD_LIBRARY_PATH="$(radius_libs)" "$(radius_root)/usr/sbin/freeradius" -D "$(radius_root)/usr/share/freeradius" -d "$base/raddb" -n radiusd </dev/null >"$base/log/start.log" 2>&1 ||
        { tail -5 "$base/log/start.log" "$base/log/radius.log" >&2; die "FreeRADIUS does not start: see $base/log/radius.log"; }
    local i; for i in $(seq 20); do
        if radius_answers "$name" "$2"; then echo "$stamp" >"$base/stamp"; say "FreeRADIUS for $name on 127.0.0.1, ports $2 (authentication) and $3 (accounting)"; return 0; fi
        radius_pid "$name" >/dev/null || break
    done
    tail -5 "$base/log/radius.log" >&2; die "FreeRADIUS started and does not answer: see $base/log/radius.log"
}
radius_port_free() {  # UDP PORT on 127.0.0.1 or on every address
    ! awk -v port="$(printf '%04X' "$1")" 'split($2, a, ":") && a[2] == port && (a[1] == "0100007F" || a[1] == "00000000") { found = 1 } END { exit !found }' /proc/net/udp
}
radius_down() {  # NAME
    local pid i; pid=$(radius_pid "$1") || return 0
    kill "$pid" 2>/dev/null || as_root kill "$pid"
    for i in $(seq 50); do [ -d "/proc/$pid" ] || return 0; sleep .1; done   # it removes its pid file before it closes its ports
    kill -KILL "$pid"
}

# A NAS and a customer of its own for tests/suite/test_real_nas.py: hostapd and wpa_supplicant, wired 802.1X
nas_install() {  # prints where they are
    local root=$STATE/nas/root
    if [ ! -e "$root/.stamp" ]; then
        say "hostapd: downloading the packages (nothing is installed on the system)"
        mkdir -p "$STATE/nas"
        unpack_packages "$root" "$STATE/log/nas-apt.log" hostapd wpasupplicant
        touch "$root/.stamp"
    fi
    printf '%s\n%s\n' "$root" "$(libs_of "$root")"
}

radclient_cmd() {
    printf '%q ' env "LD_LIBRARY_PATH=$(radius_libs)" "$(radius_root)/usr/bin/radclient" -D "$(radius_root)/usr/share/freeradius" -d "$(radius_stock)"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then  # by hand, and from the tests: tools/radius.sh install | database | views | up | down | client ...
    set -Eeuo pipefail
    HERE=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd) STATE=${SILVER_STATE:-$HERE/.silver} VENV=${VENV:-$STATE/venv}
    say()  { printf '[radius] %s\n' "$*" >&2; }
    die()  { printf '[radius] %s\n' "$*" >&2; exit 1; }
    have() { command -v "$1" >/dev/null 2>&1; }
    as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
    sql()  { PGUSER=${3:-${PGUSER:-odoo}} "$VENV/bin/python" -c 'import sys, psycopg2
c = psycopg2.connect(dbname=sys.argv[1]); c.autocommit = True
k = c.cursor(); k.execute(sys.argv[2])
if k.description:
    for row in k.fetchall(): print(*row)' "$1" "$2"; }
    db_exists() { [ "$(sql postgres "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }
    case ${1:-} in
        install|database|views|up|down|pid) command=$1; shift; "radius_$command" "$@";;
        client) radius_install; radclient_cmd;;
        nas) nas_install;;
        *) sed -n '2,10p' "$0"; exit 2;;
    esac
fi
