{
    "name": "Silver Inventory",
    "summary": "ONUs, routers and antennas: where each one is and who answers for it",
    "version": "19.0.1.0.0",
    "category": "Services/Internet Provider",
    "author": "Silver",
    "license": "AGPL-3",
    "depends": ["silver_isp", "stock", "repair"],
    "data": [
        "security/res_groups.xml",
        "security/ir.model.access.csv",
        "security/ir_rule.xml",
    ],
    "pre_init_hook": "pre_init_hook",
    "post_init_hook": "post_init_hook",
    "icon": "/silver_base/static/description/icon.svg",
    "installable": True,
}
