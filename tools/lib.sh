# What every other tools/*.sh uses: messages, hashes, progress.
# shellcheck shell=bash

if [ -t 2 ]; then BOLD=$'\033[1m' RED=$'\033[31m' PLAIN=$'\033[0m' TTY=1; else BOLD='' RED='' PLAIN='' TTY=''; fi
say()  { printf '%s[silver %(%H:%M:%S)T]%s %s\n' "$BOLD" -1 "$PLAIN" "$*" >&2; }
die()  { printf '%s[silver] %s%s\n' "$RED" "$*" "$PLAIN" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
hash_of() { cat "$@" | sha256sum | cut -c1-12; }

# progress LABEL TOTAL: reads lines "N TEXT" and shows how far it is; on one line in a terminal, now and then in a log
progress() {
    local label=$1 total=$2 n text last=0
    while read -r n text; do
        if [ -n "$TTY" ]; then printf '\r\033[K  %s %s/%s %s' "$label" "$n" "$total" "$text" >&2
        elif [ $((n * 4 / (total > 0 ? total : 1))) -ne "$last" ]; then last=$((n * 4 / (total > 0 ? total : 1))); printf '  %s %s/%s %s\n' "$label" "$n" "$total" "$text" >&2; fi
    done
    [ -z "$TTY" ] || printf '\r\033[K' >&2
}

# growing LABEL DIR TOTAL_MB COMMAND...: runs the command and shows how many megabytes are in DIR meanwhile
growing() {
    local label=$1 dir=$2 total=$3 job mb status=0; shift 3
    "$@" & job=$!
    while kill -0 "$job" 2>/dev/null; do
        mb=$(du -sm "$dir" 2>/dev/null | cut -f1); [ -z "$TTY" ] || printf '\r\033[K  %s %s of about %s MB' "$label" "${mb:-0}" "$total" >&2
        sleep .5
    done
    wait "$job" || status=$?
    [ -z "$TTY" ] || printf '\r\033[K' >&2
    return $status
}

port_free() {  # TCP port on loopback
    "$PYTHON" -c 'import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int(sys.argv[1])))' "$1" 2>/dev/null
}
number() { [[ $2 =~ ^[0-9]+$ ]] || die "$1 takes a whole number, not '$2'"; }

# lock NAME / unlock NAME: one at a time. By pid and not by flock: servers started meanwhile would inherit an open lock
lock() {
    local file=$STATE/$1.lock owner
    if ! ( set -o noclobber; echo $$ >"$file" ) 2>/dev/null; then
        owner=$(cat "$file" 2>/dev/null)
        if [ -n "$owner" ] && { tr '\0' ' ' <"/proc/$owner/cmdline"; } 2>/dev/null | grep -q silver; then die "another ./silver $1 is at work here (process $owner): wait for it"; fi
        echo $$ >"$file"      # its owner died
    fi
    # shellcheck disable=SC2064
    trap "rm -f '$file'" EXIT
}
unlock() { rm -f "$STATE/$1.lock"; }
