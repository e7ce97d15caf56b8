# PostgreSQL: clusters of the project's own, reached through a socket only, or the server that the configuration names.
# shellcheck shell=bash

conf() { sed -nE "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*(.*[^[:space:]])[[:space:]]*$/\1/p" odoo.conf | tail -1; }
external_pg() {  # does the environment or odoo.conf name another server?
    if [ -n "${PGHOST:-}" ] && [ "${PGHOST#"$STATE"}" = "$PGHOST" ]; then return 0; fi
    local host; host=$(conf db_host); [ -n "$host" ] && [ "$host" != False ] || return 1
    export PGHOST=$host PGPORT PGUSER PGPASSWORD
    PGPORT=$(conf db_port) PGUSER=$(conf db_user) PGPASSWORD=$(conf db_password)
    PGPORT=${PGPORT:-5432} PGUSER=${PGUSER:-odoo}
}

pg_version() { "$1/postgres" --version 2>/dev/null | grep -oE '[0-9]+' | head -1; }
pg_ok() {
    [ -x "$1/initdb" ] && [ -x "$1/postgres" ] && [ "$(pg_version "$1")" -ge 13 ] || return 1
    local share; for share in "$("$1/pg_config" --sharedir 2>/dev/null)" "$(echo "$1" | sed 's#lib/postgresql/\(.*\)/bin#share/postgresql/\1#')" "${1%/bin}/share/postgresql"; do
        [ -n "$share" ] && [ -e "$share/extension/btree_gist.control" ] && return 0
    done
    return 1
}
find_pg() {
    # shellcheck disable=SC2012
    for PGBIN in ${SILVER_PGBIN:-} $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn) "$(have pg_config && pg_config --bindir)"; do
        [ -n "$PGBIN" ] && pg_ok "$PGBIN" && return
    done
    PGBIN=; return 1
}

PGOS=()
pg_user() {  # postgres refuses to run as root: take an unprivileged account, let it pass closed parent directories
    PGOS=(); [ "$(id -u)" = 0 ] || return 0
    local user=postgres; id -u $user >/dev/null 2>&1 || user=nobody
    PGUID=$(id -u $user) PGGID=$(id -g $user)
    PGOS=(setpriv "--reuid=$PGUID" "--regid=$PGGID" --clear-groups)
    if ! "${PGOS[@]}" test -x "$STATE"; then PGOS+=(--inh-caps=+dac_override --ambient-caps=+dac_override); fi
}
pg() { "${PGOS[@]}" env -u PGHOST -u PGPORT -u PGUSER LC_ALL=C.UTF-8 "$@"; }

pg_settings() {  # main: what a database of money needs (durable by default); test: thrown away after a crash
    cat <<'C'
listen_addresses = ''
unix_socket_permissions = 0700
log_destination = stderr
logging_collector = on
max_connections = 150
shared_buffers = 256MB
random_page_cost = 1.1
C
    [ "$1" = main ] || cat <<'C'
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
autovacuum_naptime = 5min
C
}

ensure_pg() {  # $1: main | test
    export PGUSER=${PGUSER:-odoo}
    if external_pg; then
        local version; version=$(sql postgres "SHOW server_version_num" 2>"$STATE/log/pg.err") ||
            die "PostgreSQL at $PGHOST does not let me in ($(grep -v "^[[:space:]]*$" "$STATE/log/pg.err" | tail -1)): correct db_host, db_user and db_password in odoo.conf (or PGHOST...), or remove them to use one of the project's own"
        [ "$version" -ge 130000 ] || die "PostgreSQL at $PGHOST is version $((version / 10000)); Odoo 19 needs 13 or newer"
        return
    fi
    pg_user
    local data=$STATE/pg-$1 version; PGSOCK=$STATE/run-$1
    [ ${#PGSOCK} -lt 80 ] || PGSOCK=${XDG_RUNTIME_DIR:-/tmp}/silver-$(echo "$STATE" | sha256sum | cut -c1-8)-$1   # sockaddr_un: 107 bytes
    version=$(pg_version "$PGBIN")
    if [ -e "$data/PG_VERSION" ] && [ "$(cat "$data/PG_VERSION")" != "$version" ]; then
        local old; old=/usr/lib/postgresql/$(cat "$data/PG_VERSION")/bin
        if [ -x "$old/postgres" ]; then PGBIN=$old; elif [ "$1" = test ]; then rm -rf "$data"
        else die "$data was made by PostgreSQL $(cat "$data/PG_VERSION") and only $version is here: install postgresql-$(cat "$data/PG_VERSION"), or dump, move the folder away and restore"; fi
    fi
    mkdir -p "$PGSOCK" "$data"; chmod 700 "$PGSOCK" "$data"
    [ ${#PGOS[@]} -eq 0 ] || chown "$PGUID:$PGGID" "$PGSOCK" "$data"
    if [ ! -e "$data/.ready" ]; then      # made last: an initdb that was interrupted is done again
        say "PostgreSQL $version: creating the cluster $data"
        find "$data" -mindepth 1 -delete
        # shellcheck disable=SC2046
        pg "$PGBIN/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 $([ "$1" = test ] && echo --no-sync) >"$STATE/log/initdb.log" 2>&1 || { tail -4 "$STATE/log/initdb.log" >&2; die "initdb failed"; }
        pg_settings "$1" | pg tee -a "$data/postgresql.conf" >/dev/null
        pg touch "$data/.ready"
    fi
    export PGHOST=$PGSOCK PGPORT=5432
    if ! pg "$PGBIN/pg_ctl" -D "$data" status >/dev/null 2>&1; then
        pg "$PGBIN/pg_ctl" -D "$data" -s -w -t 60 -l "$data/start.log" -o "-k '$PGSOCK' -p $PGPORT" start || { tail -5 "$data/start.log" >&2; die "PostgreSQL does not start, see $data/start.log"; }
    fi
    # pg_ctl -w can be fooled by a stale postmaster.pid (crash, then restart in a container with the same pids)
    "$VENV/bin/python" - <<'P' || die "PostgreSQL does not answer, see $data/start.log and $data/log/"
import psycopg2, time
for _attempt in range(120):
    try:
        psycopg2.connect(dbname="postgres", user="postgres")
        break
    except psycopg2.OperationalError:
        time.sleep(0.5)
else:
    raise SystemExit(1)
P
    sql postgres "DO \$\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'odoo') THEN CREATE ROLE odoo LOGIN CREATEDB; END IF; END \$\$" postgres
}
pg_stop() {  # main | test
    local data=$STATE/pg-$1
    [ -e "$data/postmaster.pid" ] && find_pg || return 0
    pg_user; pg "$PGBIN/pg_ctl" -D "$data" -s -m fast stop || true
}

sql() { PGUSER=${3:-$PGUSER} "$VENV/bin/python" - "$1" "$2" <<'P'
import sys, psycopg2
connection = psycopg2.connect(dbname=sys.argv[1])
connection.autocommit = True
cursor = connection.cursor()
cursor.execute(sys.argv[2])
if cursor.description:
    for row in cursor.fetchall():
        print(*row)
P
}
db_name_ok() { [[ $1 =~ ^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,50}$ ]] || die "'$1' cannot be a database name: letters, digits, _ . - only, 50 at most"; }
db_exists()  { [ "$(sql postgres "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }
db_drop()    { sql postgres "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)"; rm -rf "$STATE/data/filestore/$1" "$STATE/data/$1.hash"; }
db_copy()    {  # FROM TO
    sql postgres "CREATE DATABASE \"$2\" TEMPLATE \"$1\""; rm -rf "$STATE/data/filestore/$2"
    [ ! -d "$STATE/data/filestore/$1" ] || cp -al "$STATE/data/filestore/$1" "$STATE/data/filestore/$2"
}
db_rename()  {  # FROM TO
    sql postgres "ALTER DATABASE \"$1\" RENAME TO \"$2\""; rm -rf "$STATE/data/filestore/$2"
    [ ! -d "$STATE/data/filestore/$1" ] || mv "$STATE/data/filestore/$1" "$STATE/data/filestore/$2"
}
