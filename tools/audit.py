"""Piped into `odoo shell` by ./silver audit: prints what breaks a promise of the suite."""

# ruff: noqa: F821  (env is the shell's)
audit = env["silver.audit"].sudo()
findings = audit.run()
for finding in findings:
    print(f"BROKEN {finding['name']}: {finding['meaning']}")
    for row in finding["rows"]:
        print("   ", " | ".join(row))
count = len(audit._invariants()) + len(audit._expected_objects())
if findings:
    print(f"audit: {len(findings)} of {count} checks found something")
else:
    print(f"audit: every promise holds ({count} checks)")
