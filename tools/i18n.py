"""Piped into `odoo shell` by ./silver i18n: is every text of every module in its i18n/es.po?

With I18N_EXPORT=--export the missing texts are written there, empty, and those that are gone
are removed.
"""

# ruff: noqa: F821  (env is the shell's)
import io
import os
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tools.translate import trans_export

export = os.environ.get("I18N_EXPORT") == "--export"
problems = 0
names = env["ir.module.module"].search(
    [("name", "=like", "silver\\_%"), ("state", "=", "installed")], order="name"
)
for name in names.mapped("name"):
    buffer = io.BytesIO()
    trans_export(False, [name], buffer, "po", env)
    template = polib.pofile(buffer.getvalue().decode())
    path = Path(get_module_path(name)) / "i18n" / "es.po"
    catalogue = polib.pofile(str(path)) if path.exists() else polib.POFile()
    have = {entry.msgid: entry for entry in catalogue}
    want = {entry.msgid: entry for entry in template}
    missing = [msgid for msgid in want if msgid not in have]
    empty = [m for m in want if m in have and (not have[m].msgstr or have[m].fuzzy)]
    gone = [msgid for msgid in have if msgid not in want]
    if export:
        template.metadata["Language"] = "es"
        for entry in template:
            if entry.msgid in have:
                entry.msgstr = have[entry.msgid].msgstr
        path.parent.mkdir(exist_ok=True)
        template.save(str(path))
    for label, texts in (("missing", missing), ("not translated", empty), ("gone", gone)):
        problems += len(texts)
        for text in texts[:5]:
            print(f"{name}: {label}: {text[:90]!r}")
        if len(texts) > 5:
            print(f"{name}: {label}: and {len(texts) - 5} more")
if not problems:
    print(f"i18n: complete ({len(names)} modules)")
