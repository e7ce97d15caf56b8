# test: everything the project checks, on databases of its own in a cluster of its own.
# shellcheck shell=bash

SUITE_DB=''
# base_HASH: Odoo's own modules that the suite stands on, made once; suite_HASH: the suite on a copy of it, once a change
ensure_suite() {
    local base db old core; core=$(core_modules)
    base=base_$(hash_of <(echo "$core") "$VENV/.stamp" <(cat "$STATE/odoo/.stamp" 2>/dev/null))
    db=suite_$(hash_of <(echo "$base") <(module_hashes) tools/log_whitelist.txt tools/test.sh)
    SUITE_DB=$db
    db_exists "$db" && return
    if ! db_exists "$base"; then
        for old in $(sql postgres "SELECT datname FROM pg_database WHERE datname ~ '^(base|suite|run)_'"); do db_drop "$old"; done
        say "test database, part 1 of 2: Odoo's own modules (once)"
        odoo_install "$base-new" install -i "$core" --with-demo --load-language=es_419 || { db_drop "$base-new"; die "the base of the test database could not be made"; }
        db_rename "$base-new" "$base"
    fi
    for old in $(sql postgres "SELECT datname FROM pg_database WHERE datname ~ '^(suite|run)_'"); do db_drop "$old"; done
    say "test database, part 2 of 2: the suite"
    db_copy "$base" "$db-new"
    odoo_install "$db-new" install -i "$(modules)" --log-level=info || { db_drop "$db-new"; die "the suite does not install"; }
    log_check "$STATE/log/$db-new.install.log" || { db_drop "$db-new"; die "the installation must log no warning (tools/log_whitelist.txt)"; }
    say "updating every module once more: that must log no warning either"
    odoo_install "$db-new" update -u "$(modules)" --log-level=info || { db_drop "$db-new"; die "the suite does not update"; }
    log_check "$STATE/log/$db-new.update.log" || { db_drop "$db-new"; die "the update must log no warning (tools/log_whitelist.txt)"; }
    say "building the web client's assets"
    echo "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()" | odoo shell -d "$db-new" --no-http --log-level=warn >"$STATE/log/assets.log" 2>&1 || { tail -3 "$STATE/log/assets.log" >&2; db_drop "$db-new"; die "the assets do not build"; }
    db_rename "$db-new" "$db"
}
log_check() {  # FILE: no WARNING, ERROR or CRITICAL outside the exact whitelist
    local found; found=$(grep -E '^[0-9-]+ [0-9:,]+ [0-9]+ (WARNING|ERROR|CRITICAL) ' "$1" | grep -vFf tools/log_whitelist.txt || true)
    [ -z "$found" ] || { printf '%s\n' "$found" | head -20 >&2; return 1; }
}

# run_modules NAME PATH...: the modules' own tests on a copy of the suite (some commit, to try two workers at once)
run_modules() {
    local name=$1 db=run_$1; shift
    db_drop "$db"; db_copy "$SUITE_DB" "$db"
    ODOO_RC=$HERE/odoo.conf "$VENV/bin/python" -m pytest --odoo-database "$db" --odoo-http --odoo-addons-path "$HERE" \
        --odoo-extra "data-dir=$STATE/data" --odoo-log-level "${SILVER_LOG:-critical}" "$@"
}
run_suite() {  # what crosses modules: plain pytest against servers that it starts itself
    SILVER_STATE=$STATE SILVER_TEMPLATE_DB=$SUITE_DB "$VENV/bin/python" -m pytest -p no:odoo "$@"
}

cmd_test() {
    lock test
    local path modules=() suite=() first=() second=() status=0 job
    for path in "$@"; do
        [ -e "${path%%::*}" ] || die "there is no $path to test"
        case $path in silver_*) modules+=("$path");; tests|tests/*) suite+=("$path");; *) die "tests are in silver_*/tests and in tests/, not in $path";; esac
    done
    prepare tests test
    [ $# -gt 0 ] || { lint || die "lint found something"; }
    ensure_suite
    if [ $# -gt 0 ]; then
        [ ${#modules[@]} -eq 0 ] || run_modules one "${modules[@]}" || status=$?
        [ ${#suite[@]} -eq 0 ] || run_suite "${suite[@]}" || status=$?
        exit $status
    fi
    i18n_check "$SUITE_DB" || die "texts without translation: ./silver i18n --export writes them into i18n/es.po"
    # two halves at once, each on its own database: the machine has two cores at least
    for path in silver_{base,product,isp,inventory,ipam,contract,monitoring}; do first+=("$path"); done
    for path in silver_*; do [[ " ${first[*]} " == *" $path "* ]] || second+=("$path"); done
    say "tests of the modules (two halves at once)"
    run_modules first "${first[@]}" >"$STATE/log/tests.first.log" 2>&1 & job=$!
    run_modules second "${second[@]}" || status=1
    wait $job || status=1
    cat "$STATE/log/tests.first.log"
    say "tests of what crosses modules"
    run_suite tests || status=1
    [ $status = 0 ] || die "tests failed"
    say "all is well"
}
