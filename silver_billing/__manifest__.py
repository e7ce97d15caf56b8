{
    "name": "Silver Billing",
    "summary": "Charges, invoices, payments, allocations and collection of an internet provider",
    "version": "19.0.1.0.0",
    "category": "Services/Internet Provider",
    "author": "Silver",
    "license": "AGPL-3",
    "depends": ["silver_contract", "account", "resource"],
    "data": [
        "security/ir.model.access.csv",
        "security/ir_rule.xml",
        "data/product_data.xml",
        "data/setup_data.xml",
        "data/ir_cron_data.xml",
        "views/charge_explanation.xml",
    ],
    "pre_init_hook": "pre_init_hook",
    "installable": True,
}
