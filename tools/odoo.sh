# Odoo 19 from Debian's signed package (or ODOO_HOME) and the Python environment it runs in.
# shellcheck shell=bash

ODOO_LANGS=${ODOO_LANGS-es es_419}      # translations of Odoo itself to keep; "all" for every one

# debs DIR SUITE PACKAGE...: signed download from a Debian suite with an apt configuration of our own; no root, nothing installed
debs() {
    local dir=$1 suite=$2 keyring='' file mirror arch; shift 2
    have apt-get || return 1
    for file in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do [ -e "$file" ] && keyring=$file && break; done
    if [ -z "$keyring" ]; then apt_install debian-archive-keyring && keyring=/usr/share/keyrings/debian-archive-keyring.gpg; [ -e "$keyring" ] || return 1; fi
    rm -rf "$dir"; mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/parts"; : >"$dir/status"
    arch=$(dpkg --print-architecture)
    cat >"$dir/apt.conf" <<C
Dir::Etc::sourceparts "$dir/parts"; Dir::Etc::sourcelist "$dir/sources.list"; Dir::Etc::preferencesparts "$dir/parts"; Dir::Etc::preferences "$dir/none";
Dir::State "$dir"; Debug::NoLocking "1"; Dir::State::lists "$dir/lists"; Dir::State::status "$dir/status"; Dir::Cache "$dir/cache"; Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";
APT::Sandbox::User "root"; Acquire::Languages "none"; Acquire::Retries "3"; APT::Architecture "$arch"; APT::Architectures { "$arch"; };
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false"; Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
C
    for mirror in $(mirrors); do
        echo "deb [arch=$arch signed-by=$keyring] $mirror $suite main" >"$dir/sources.list"
        APT_CONFIG=$dir/apt.conf apt-get update -qq >"$STATE/log/apt-debs.log" 2>&1 || { tail -3 "$STATE/log/apt-debs.log" >&2; continue; }
        APT_CONFIG=$dir/apt.conf apt-cache show "$1" >/dev/null 2>&1 || continue
        if [ "$1" = odoo-19 ]; then   # what its asset bundles link to outside of its own tree
            # shellcheck disable=SC2046
            set -- odoo-19 $(APT_CONFIG=$dir/apt.conf apt-cache depends odoo-19 | grep -oE '(fonts-(roboto|montserrat|inconsolata|ocr)[a-z-]*|libjs-[a-z-]+)' | sort -u)
        elif [ "$1" = chromium ] || [ "$1" = libcairo2 ]; then  # with all it links to, but the C and C++ runtime and what only maintainer scripts use
            # shellcheck disable=SC2046
            set -- $(APT_CONFIG=$dir/apt.conf apt-get install -qq -s --no-install-recommends "$@" | awk '/^Inst/ { print $2 }' |
                     grep -E '^(chromium|lib|fonts|fontconfig)' | grep -vE '^lib(c6|c-bin|gcc-s1|stdc\+\+6|llvm|gl1-mesa-dri|z3|perl|python|pam|systemd-shared)')
        fi
        growing "downloading $1:" "$dir" "$([ "$1" = odoo-19 ] && echo 145 || echo 200)" debs_get "$dir" "$@" && return 0
        tail -3 "$STATE/log/apt-debs.log" >&2
    done
    return 1
}
debs_get() { local dir=$1; shift; ( cd "$dir" && APT_CONFIG=$dir/apt.conf apt-get download -qq "$@" ) >>"$STATE/log/apt-debs.log" 2>&1; }
mirrors() {  # the Debian mirror of this machine's own apt configuration; on Ubuntu DEBIAN_MIRROR names one
    echo "${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(SITE)' 2>/dev/null | grep -m1 '/debian/\?$')}"
}

odoo_version() { "$PYTHON" - "$1" <<'P' 2>/dev/null
import sys
release = {}
with open(sys.argv[1] + "/odoo/release.py") as file:
    exec(file.read(), release)
print(".".join(map(str, release["version_info"][:2])))
P
}
ensure_odoo() {
    if [ -n "${ODOO_HOME:-}" ]; then
        [ "$(odoo_version "$ODOO_HOME")" = 19.0 ] || die "ODOO_HOME=$ODOO_HOME is not an Odoo 19.0 tree (no odoo/release.py in it, or another version): correct it or unset it"
        ODOO=$ODOO_HOME; return
    fi
    ODOO=$STATE/odoo/usr/lib/python3/dist-packages
    local stamp; stamp="$(hash_of tools/fetch_odoo.py) $ODOO_LANGS"
    [ "$(cat "$STATE/odoo/.stamp" 2>/dev/null)" = "$stamp" ] && return
    say "Odoo 19: downloading Debian's package odoo-19 (about 130 MB)"
    if debs "$STATE/apt" sid odoo-19 || debs "$STATE/apt" forky odoo-19; then
        say "Odoo 19: unpacking"
        "$PYTHON" tools/fetch_odoo.py "$STATE/odoo" --langs "$ODOO_LANGS" "$STATE"/apt/*.deb || die "the Odoo package could not be unpacked"
    else
        say "no signed Debian archive can be read here: downloading the pinned file"
        DEBIAN_MIRROR=$(mirrors) "$PYTHON" tools/fetch_odoo.py "$STATE/odoo" --langs "$ODOO_LANGS" --direct ||
            die "Odoo 19 cannot be downloaded: check the network and apt's sources, or set ODOO_HOME to an Odoo 19.0 tree, or DEBIAN_MIRROR to a Debian mirror"
    fi
    echo "$stamp" >"$STATE/odoo/.stamp"
    rm -rf "$STATE/apt"
}

ensure_venv() {
    VENV=$STATE/venv
    local stamp dir total; stamp=$(hash_of requirements.txt <("$PYTHON" -VV) <(echo "$ODOO"))
    if [ "$(cat "$VENV/.stamp" 2>/dev/null)" != "$stamp" ]; then
        total=$(grep -c '==' requirements.txt)
        say "Python packages from requirements.txt ($("$PYTHON" -V))"
        "$PYTHON" -m venv --clear "$VENV" || die "python -m venv failed: apt-get install python3-venv"
        # --no-deps: the lock names everything, and two packages ask for others that have no wheel
        "$VENV/bin/python" -m pip install --disable-pip-version-check --no-compile --no-deps --only-binary :all: --progress-bar off -r requirements.txt 2>"$STATE/log/pip.err" |
            tee "$STATE/log/pip.log" | awk '/^Collecting/ { print ++n, $2; fflush() } /^Installing/ { print n, "installing"; fflush() }' | progress "package" "$total"
        [ "${PIPESTATUS[0]}" = 0 ] || { grep -v 'is ignored' "$STATE/log/pip.err" | tail -4 >&2; die "pip could not install requirements.txt (see $STATE/log/pip.log)"; }
        for dir in "$VENV"/lib/python3*/site-packages; do echo "$ODOO" >"$dir/odoo.pth"; done
        # a file, not "python -m odoo": --workers and --dev reload start sys.argv[0] again
        printf '%s\n' "#!$VENV/bin/python" 'import odoo.cli' 'if __name__ == "__main__":' '    odoo.cli.main()' >"$VENV/bin/odoo"; chmod +x "$VENV/bin/odoo"
        "$VENV/bin/python" -c 'import odoo.release' || die "Odoo does not import from $ODOO"
        echo "$stamp" >"$VENV/.stamp"
    fi
    # printing: Odoo wants a wkhtmltopdf "with patched qt"; any other loses header and footer, so ours stands in
    mkdir -p "$STATE/bin"
    if have wkhtmltopdf && wkhtmltopdf --version 2>/dev/null | grep -q 'patched qt' && [ "$(command -v wkhtmltopdf)" != "$STATE/bin/wkhtmltopdf" ]; then rm -f "$STATE/bin/wkhtmltopdf"
    else printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$VENV/bin/python" "$HERE/tools/wkhtmltopdf.py" >"$STATE/bin/wkhtmltopdf"; chmod +x "$STATE/bin/wkhtmltopdf"; fi
    export PATH=$STATE/bin:$PATH
}

modules()      { printf '%s\n' silver_*/__manifest__.py | xargs -n1 dirname | paste -sd,; }
core_modules() { "$VENV/bin/python" tools/manifests.py core; }   # what the suite depends on in Odoo itself

odoo() { local command=$1; shift; ${ODOO_EXEC:-} "$VENV/bin/python" "$VENV/bin/odoo" "$command" -c odoo.conf --data-dir "$STATE/data" --addons-path "$HERE,$HERE/optional" "$@"; }

# odoo_install DB LABEL ARGS...: install or update without serving; progress on the terminal, the log in $STATE/log/DB.LABEL.log
odoo_install() {
    local db=$1 label=$2 log; log=$STATE/log/$1.$2.log; shift 2
    odoo server -d "$db" --no-http --stop-after-init --max-cron-threads=0 "$@" 2>&1 | tee "$log" |
        awk 'match($0, /Loading module [a-z0-9_]+ \([0-9]+\/[0-9]+\)/) { split(substr($0, RSTART, RLENGTH), w, /[ ()\/]+/); print w[4], "of " w[5] ": " w[3]; fflush() }' |
        progress_of_module
    [ "${PIPESTATUS[0]}" = 0 ] || { grep -E ' (ERROR|CRITICAL) |Error' "$log" | tail -5 >&2; say "the whole log: $log"; return 1; }
}
progress_of_module() {  # lines "N of M: name"
    local n of total name last=-1
    while read -r n of total name; do
        total=${total%:}
        if [ -n "$TTY" ]; then printf '\r\033[K  module %s/%s %s' "$n" "$total" "$name" >&2
        elif [ $((n * 5 / total)) -ne "$last" ]; then last=$((n * 5 / total)); printf '  module %s/%s %s\n' "$n" "$total" "$name" >&2; fi
    done
    [ -z "$TTY" ] || printf '\r\033[K' >&2
}
