# What the machine must have: Python, PostgreSQL, CA certificates, cairo, Chromium. Only what is missing is installed.
# shellcheck shell=bash

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
can_apt() { have apt-get && { [ "$(id -u)" = 0 ] || { have sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }; }; }
APT_UPDATED=
apt_install() {
    can_apt || return 1
    if [ -z "$APT_UPDATED" ]; then
        say "reading the package lists"
        as_root apt-get update -qq >"$STATE/log/apt.log" 2>&1 || { tail -3 "$STATE/log/apt.log" >&2; return 1; }
        APT_UPDATED=1
    fi
    say "installing system packages: $*"
    local total; total=$(apt-get install -s --no-install-recommends "$@" 2>/dev/null | grep -c '^Inst')
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" 2>&1 | tee "$STATE/log/apt.log" |
        awk '/^Setting up/ { print ++n, $3; fflush() }' | progress "package" "$total"
    [ "${PIPESTATUS[0]}" = 0 ] || { tail -4 "$STATE/log/apt.log" >&2; return 1; }
}

# Odoo 19.0 runs on 3.10 to 3.13; on 3.14 its safe_eval refuses new opcodes
python_ok() { "$1" -c 'import sys, venv, ensurepip, lzma, ssl; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }
find_python() {
    for PYTHON in ${SILVER_PYTHON:-} python3.12 python3.13 python3.11 python3.10 python3 "$STATE/python/usr/bin/python3.13"; do
        have "$PYTHON" && python_ok "$PYTHON" && return
    done
    PYTHON=; return 1
}
fetch_python() {  # a distribution with only 3.14: Debian 13's interpreter works from any folder
    have dpkg-deb && debs "$STATE/apt" trixie python3.13 python3.13-minimal libpython3.13-minimal libpython3.13-stdlib python3.13-venv python3-pip-whl libffi8 libexpat1 || return 1
    rm -rf "$STATE/python"; mkdir -p "$STATE/python"
    local deb; for deb in "$STATE"/apt/*.deb; do dpkg-deb -x "$deb" "$STATE/python"; done
    rm -rf "$STATE/apt"; find_python
}

# no pipe: grep -q would leave early and ldconfig's broken pipe would count as "not there"
has_lib() { [[ $(ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null) == *"$1"* ]]; }
fetch_cairo() {  # barcodes, where libcairo2 cannot be installed
    local root=$STATE/cairo lib; lib=$root/usr/lib/$(uname -m)-linux-gnu
    if [ ! -e "$lib/libcairo.so.2" ]; then
        have dpkg-deb && debs "$STATE/apt" bookworm libcairo2 || return 1
        rm -rf "$root"; mkdir -p "$root"
        local deb; for deb in "$STATE"/apt/*.deb; do dpkg-deb -x "$deb" "$root"; done
        rm -rf "$STATE/apt" "$root/usr/share/doc"
    fi
    export LD_LIBRARY_PATH=$lib:$root/lib/$(uname -m)-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
}

find_chromium() { have chromium || have google-chrome; }
fetch_chromium() {  # Ubuntu has no chromium .deb: Debian's, unpacked with its libraries
    local root=$STATE/chromium deb libs
    have dpkg-deb && [ ! -e "$root/failed" ] && debs "$STATE/apt" bookworm chromium fonts-dejavu-core || return 1
    rm -rf "$root"; mkdir -p "$root/bin"
    for deb in "$STATE"/apt/*.deb; do dpkg-deb -x "$deb" "$root"; done
    rm -rf "$STATE/apt" "$root"/usr/share/{doc,man,locale}
    libs=$(find "$root/usr/lib" "$root/lib" -name '*.so*' -printf '%h\n' 2>/dev/null | sort -u | grep -E '/lib/[a-z0-9_]+-linux-gnu(/pulseaudio)?$' | paste -sd:)
    printf '%s\n' '#!/bin/sh' "export LD_LIBRARY_PATH=$libs FONTCONFIG_FILE=$root/fonts.conf" "exec $root/usr/lib/chromium/chromium \"\$@\"" >"$root/bin/chromium"
    chmod +x "$root/bin/chromium"
    # without one single font the renderer crashes ("Unknown error" in a tour)
    echo "<?xml version='1.0'?><fontconfig><dir>$root/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>$root/fontcache</cachedir></fontconfig>" >"$root/fonts.conf"
    "$root/bin/chromium" --version >/dev/null 2>&1 || { rm -rf "$root"; mkdir -p "$root"; touch "$root/failed"; return 1; }
}

ensure_system() {  # $1: tests, when browser tours will run
    mkdir -p "$STATE/log"; chmod 700 "$STATE/log"
    local want=()
    find_python || want+=(python3 python3-venv)
    external_pg || find_pg || want+=(postgresql)
    [ -e /etc/ssl/certs/ca-certificates.crt ] || ! have apt-get || want+=(ca-certificates)
    has_lib libcairo.so.2 || ! have apt-get || want+=(libcairo2)     # barcodes
    have setpriv || ! have apt-get || want+=(util-linux)
    if [ ${#want[@]} -gt 0 ]; then
        can_apt || die "missing: ${want[*]}, and no root or sudo to install them. Ask an administrator for: apt-get install ${want[*]}"
        if [[ " ${want[*]} " == *" postgresql "* ]] && [ ! -d /etc/postgresql-common ]; then
            # we run a cluster of our own: keep the package from creating and starting another one
            as_root install -d /etc/postgresql-common/createcluster.d
            echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/silver.conf >/dev/null
        fi
        apt_install "${want[@]}" || die "apt-get could not install: ${want[*]} (see $STATE/log/apt.log)"
        as_root rm -f /etc/postgresql-common/createcluster.d/silver.conf
        hash -r
    fi
    find_python || fetch_python || die "needs Python 3.10 to 3.13 with venv (apt-get install python3 python3-venv), or set SILVER_PYTHON to one"
    external_pg || find_pg || die "needs PostgreSQL 13 or newer with its contrib modules: apt-get install postgresql, or set db_host in odoo.conf"
    has_lib libcairo.so.2 || fetch_cairo || say "no libcairo: barcodes will not print"
    if [ "${1:-}" = tests ]; then
        export PATH=$PATH:$STATE/chromium/bin
        find_chromium || { ! grep -qs '^ID=ubuntu' /etc/os-release && apt_install chromium; } || fetch_chromium ||
            die "the browser tests need Chromium: apt-get install chromium"
        have ip || apt_install iproute2 || say "no ip (iproute2): the tests with a NAS in a network namespace of its own are left out"
    fi
}
