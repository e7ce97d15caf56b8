# up, down, reset, shell, psql, lab: the suite running with data.
# shellcheck shell=bash

PORT='' WORKERS='' DB=${SILVER_DB:-silver} DEMO=1 RADIUS=1 RADIUS_PORT='' FOREGROUND='' YES=''
up_options() {
    while [ $# -gt 0 ]; do
        case $1 in
            --port) PORT=${2:?--port takes a number}; number "$1" "$PORT"; shift;;
            --workers) WORKERS=${2:?--workers takes a number}; number "$1" "$WORKERS"; shift;;
            --radius-port) RADIUS_PORT=${2:?--radius-port takes a number}; number "$1" "$RADIUS_PORT"; shift;;
            --db) DB=${2:?--db takes a name}; shift;;
            --no-demo) DEMO='';;
            --no-radius) RADIUS='';;
            --foreground) FOREGROUND=1;;
            --yes) YES=1;;
            *) die "$command does not know '$1' (./silver help)";;
        esac
        shift
    done
    db_name_ok "$DB"
    PORT=${PORT:-$(conf http_port)}; PORT=${PORT:-8069}
}

# ---- the database: built under another name and renamed when whole, so that an interrupted run leaves nothing half made
module_hashes() {  # a line a module: its name and the hash of what an update would read
    local module; for module in silver_*/; do
        echo "${module%/} $(find "$module" -type f ! -path '*/tests/*' ! -path '*/__pycache__/*' ! -path '*/static/*' ! -path '*/readme/*' -print0 | sort -z | xargs -0 cat | sha256sum | cut -c1-12)"
    done
}
ensure_database() {
    local hashes=$STATE/data/$DB.hash changed new='' building="$DB-building"
    if ! db_exists "$DB"; then
        say "creating the database $DB with the whole suite$([ -n "$DEMO" ] && echo ' and demo data') (a few minutes)"
        db_drop "$building"; sql postgres "CREATE DATABASE \"$building\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'" 
        # shellcheck disable=SC2046
        odoo_install "$building" install -i "$(modules)" --load-language=es_419 $([ -n "$DEMO" ] && echo --with-demo || echo --without-demo=all) ||
            { db_drop "$building"; die "the database could not be created"; }
        db_setup "$building" "$(new_password)"
        db_rename "$building" "$DB"; module_hashes >"$hashes"
        return
    fi
    changed=$(comm -13 <(sort "$hashes" 2>/dev/null) <(module_hashes | sort) | cut -d' ' -f1 | paste -sd,)
    [ -n "$changed" ] || return 0
    stop_odoo
    new=$(sql "$DB" "SELECT string_agg(m, ',') FROM unnest(string_to_array('$(modules)', ',')) m WHERE m NOT IN (SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade'))")
    say "the code changed since the last run: updating $changed"
    # shellcheck disable=SC2046
    odoo_install "$DB" update -u "$changed" $([ "${new:-None}" = None ] || echo "-i $new") || die "the update failed; the database keeps its last state"
    module_hashes >"$hashes"
}
new_password() { "$PYTHON" -c 'import secrets; print(secrets.token_urlsafe(9))'; }
db_setup() {  # DB PASSWORD
    ADMIN_PASSWORD=$2 odoo shell -d "$1" --no-http --log-level=warn <tools/setup_db.py >"$STATE/log/setup.log" 2>&1 || { tail -5 "$STATE/log/setup.log" >&2; die "the database could not be prepared"; }
    grep -q 'setup_db: done' "$STATE/log/setup.log" || { tail -5 "$STATE/log/setup.log" >&2; die "the database could not be prepared"; }
    ( umask 077; mkdir -p "$STATE/passwords"; printf '%s' "$2" >"$STATE/passwords/${1%-building}" )
}

# ---- the server
odoo_pid() {  # the pid of the server that up started
    local pid; pid=$(cat "$STATE/run/odoo.pid" 2>/dev/null) || return 1
    { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF "$VENV_BIN/odoo" && echo "$pid"
}
VENV_BIN=$STATE/venv/bin
stop_odoo() {
    local pid i; pid=$(odoo_pid) || return 0
    say "stopping Odoo"
    kill -TERM "$pid" 2>/dev/null || true
    for i in $(seq 150); do kill -0 "$pid" 2>/dev/null || break; sleep .1; done
    kill -KILL "$pid" 2>/dev/null || true
    rm -f "$STATE/run/odoo.pid" "$STATE/run/odoo.args"
}
healthy() { "$PYTHON" - "http://127.0.0.1:$PORT/web/health?db_server_status=1" <<'P' 2>/dev/null
import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=5).read()
P
}
running_port() { sed -nE 's/.*--http-port ([0-9]+).*/\1/p' "$STATE/run/odoo.args" 2>/dev/null; }
port_taken() { die "port $PORT is in use by another program: ./silver up --port N (ss -ltnp shows who)"; }
start_odoo() {
    local args wanted pid i
    args=(-d "$DB" --db-filter "^${DB//./\\.}\$" --http-port "$PORT")
    [ -z "$WORKERS" ] || args+=(--workers "$WORKERS")
    wanted="${args[*]} $(hash_of odoo.conf "$STATE/data/$DB.hash")"
    if pid=$(odoo_pid); then
        if [ "$(cat "$STATE/run/odoo.args" 2>/dev/null)" = "$wanted" ] && healthy; then return 0; fi
        [ "$(running_port)" = "$PORT" ] || port_free "$PORT" || port_taken      # before stopping what works
        stop_odoo
    fi
    port_free "$PORT" || port_taken
    mkdir -p "$STATE/run"
    if [ -n "$FOREGROUND" ]; then credentials; announce; ODOO_EXEC=exec odoo server "${args[@]}"; return; fi
    say "starting Odoo"
    ODOO_EXEC=exec setsid --fork bash -c 'echo $$ >"$1"; shift; exec "$@"' _ "$STATE/run/odoo.pid" \
        "$VENV/bin/python" "$VENV/bin/odoo" server -c odoo.conf --data-dir "$STATE/data" --addons-path "$HERE,$HERE/optional" "${args[@]}" </dev/null >>"$STATE/log/odoo.log" 2>&1
    echo "$wanted" >"$STATE/run/odoo.args"
    for i in $(seq 120); do
        healthy && { wake_crons; return 0; }
        sleep .5
        odoo_pid >/dev/null || { [ "$i" -lt 4 ] || break; }
    done
    grep -E 'ERROR|CRITICAL' "$STATE/log/odoo.log" | tail -3 >&2
    die "Odoo does not answer: see $STATE/log/odoo.log"
}
wake_crons() {  # Odoo looks at its crons a minute after its start; what the demo data left to do is done at once
    local i; for i in $(seq 20); do
        # their connection: to "postgres", idle since the commit of its LISTEN
        [ "$(sql postgres "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = 'postgres' AND query = 'COMMIT'")" = True ] && break
        sleep .3
    done
    sql postgres "SELECT pg_notify('cron_trigger', '$DB')" >/dev/null
}
credentials() {
    PORT=$PORT DB=$DB RADIUS=$RADIUS RADIUS_PORT=${RADIUS_PORT:-1812} "$PYTHON" - "$STATE/credentials.json" "$STATE/passwords/$DB" <<'P'
import json, os, sys
path, password = sys.argv[1:]
values = {
    "url": f"http://127.0.0.1:{os.environ['PORT']}",
    "database": os.environ["DB"],
    "user": "admin",
    "password": open(password).read() if os.path.exists(password) else None,
}
if os.environ["RADIUS"]:
    values["radius"] = {"host": "127.0.0.1", "port": int(os.environ["RADIUS_PORT"]), "acct_port": int(os.environ["RADIUS_PORT"]) + 1}
with os.fdopen(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    json.dump(values, file, indent=2)
os.replace(path + ".new", path)
P
}
announce() {
    say "ready: http://127.0.0.1:$PORT   user: admin   password: $(cat "$STATE/passwords/$DB" 2>/dev/null || echo '(the one you set)')"
    say "for scripts: $STATE/credentials.json; stop with ./silver down; log: $STATE/log/odoo.log"
}

up_radius() {
    [ -n "$RADIUS" ] || return 0
    local auth; RADIUS_PORT=${RADIUS_PORT:-$(cat "$STATE/run/radius-port.$DB" 2>/dev/null || echo 1812)}; auth=$RADIUS_PORT
    radius_up "${DB}_radius" "$auth" $((auth + 1))
    mkdir -p "$STATE/run"; echo "$auth" >"$STATE/run/radius-port.$DB"
    # the local server's record says the ports that it really has
    sql "$DB" "UPDATE isp_radius_server SET auth_port = $auth, acct_port = $((auth + 1)) WHERE coalesce(sql_host, '') = '' AND host = '127.0.0.1' AND (auth_port, acct_port) IS DISTINCT FROM ($auth, $((auth + 1)))"
}

cmd_up() {
    up_options "$@"
    # one up at a time: a second would drop the database that the first is building
    lock up
    prepare run main
    [ "$(odoo_pid >/dev/null && running_port)" = "$PORT" ] || port_free "$PORT" || port_taken
    ensure_database
    up_radius
    unlock up
    start_odoo
    [ -n "$FOREGROUND" ] || { credentials; announce; }
}
cmd_down() {
    [ -x "$VENV_BIN/python" ] || { say "nothing was started here"; return 0; }
    VENV=$STATE/venv; find_python; stop_odoo
    local dir; for dir in "$STATE"/radius/*/raddb; do [ -d "$dir" ] && radius_down "$(basename "$(dirname "$dir")")"; done
    pg_stop main; pg_stop test
    say "stopped"
}
cmd_reset() {
    up_options "$@"; prepare run main
    if [ -z "$YES" ]; then
        [ -t 0 ] || die "reset throws away the database $DB with everything in it: say ./silver reset --yes"
        read -rp "Throw away the database $DB with everything in it? Type its name: " answer; [ "$answer" = "$DB" ] || die "nothing was done"
    fi
    stop_odoo; radius_down "${DB}_radius"
    db_drop "$DB"; db_drop "${DB}_radius"; rm -f "$STATE/passwords/$DB"
    say "the database $DB is gone"
    cmd_up "$@"
}
cmd_shell()     { up_options "$@"; prepare run main; odoo shell -d "$DB" --no-http; }
cmd_psql()      { local db=$DB; if [ "${1:-}" = --db ]; then db=$2; shift 2; fi; prepare run main; "${PGBIN:+$PGBIN/}psql" -d "$db" "$@"; }
cmd_radclient() { radius_install; eval "$(radclient_cmd)" '"$@"'; }
cmd__radius()   { VENV=$STATE/venv; "radius_$1" "${@:2}"; }     # for tests/: the same functions on their own database
cmd_lab()       {
    prepare run main
    export PYTHONPATH=$HERE
    exec "$VENV/bin/python" -m lab.devices --odoo "$STATE/credentials.json" "$@"
}
