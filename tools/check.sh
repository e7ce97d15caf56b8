# lint, audit, i18n: what looks at the code and at the data without running tests.
# shellcheck shell=bash

lint() {
    local status=0
    say "lint: ruff"
    "$VENV/bin/ruff" check --quiet . || status=1
    "$VENV/bin/ruff" format --quiet --check silver_* optional tests lab benchmarks tools 2>/dev/null || { "$VENV/bin/ruff" format --check silver_* optional tests lab benchmarks tools | head -20; status=1; }
    say "lint: manifests"
    "$VENV/bin/python" tools/manifests.py check || status=1
    say "lint: pylint-odoo"
    # the project's own modules only; what ruff already says is off
    "$VENV/bin/python" -m pylint -j 2 --rcfile=pylintrc --disable=missing-readme,missing-return silver_* optional/* || status=1
    return $status
}
cmd_lint() { ensure_system run; ensure_odoo; ensure_venv; lint || die "lint found something"; say "lint: all is well"; }

i18n_check() { I18N_EXPORT=${2:-} odoo shell -d "$1" --no-http --log-level=error <tools/i18n.py >"$STATE/log/i18n.log" 2>&1; local status=1; grep -q '^i18n: complete' "$STATE/log/i18n.log" && status=0; grep -vE '^(i18n: complete|[0-9-]+ [0-9:,]+ )' "$STATE/log/i18n.log" | tail -40 >&2; return $status; }
cmd_i18n() {
    prepare run test; ensure_suite
    i18n_check "$SUITE_DB" "${1:-}" || die "texts without translation"
    say "i18n: every text has its translation"
}
cmd_audit() {
    up_options "$@"; prepare run main
    db_exists "$DB" || die "there is no database $DB: ./silver up creates it"
    odoo shell -d "$DB" --no-http --log-level=error <tools/audit.py >"$STATE/log/audit.log" 2>&1 || true
    grep -vE '^[0-9-]+ [0-9:,]+ ' "$STATE/log/audit.log"
    grep -q '^audit: every promise holds' "$STATE/log/audit.log" || die "the audit found broken promises"
}
