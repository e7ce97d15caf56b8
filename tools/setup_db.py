"""Piped into `odoo shell` once, when ./silver up has created a database: who logs in, how."""

# ruff: noqa: F821  (env is the shell's)
import os
from datetime import datetime, timedelta

lang = "es_419"
env["ir.default"].set("res.partner", "lang", lang)
admin = env.ref("base.user_admin")
admin.write(
    {
        "lang": lang,
        "password": os.environ["ADMIN_PASSWORD"],
        # the first screen is the customers' contracts, not an empty inbox
        "action_id": env.ref("silver_contract.isp_contract_action").id,
    }
)
# people in the demo data read Spanish too
env["res.users"].search([("share", "=", False), ("lang", "!=", lang)]).write({"lang": lang})
if not env["isp.radius.server"].search_count([]):
    # without demo data the suite still finds the FreeRADIUS that up starts beside it
    env["isp.radius.server"].create({"name": "FreeRADIUS", "host": "127.0.0.1"})
# at the first start every job of Odoo is due at once, and stock's scheduler falls over another
env.ref("stock.ir_cron_scheduler_action").nextcall = datetime.now() + timedelta(hours=1)
env.cr.commit()
print("setup_db: done")
