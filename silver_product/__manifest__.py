{
    "name": "Silver Plans",
    "summary": "What an internet provider sells: plans, technical profile and price history",
    "version": "19.0.1.0.0",
    "category": "Services/Internet Provider",
    "author": "Silver",
    "license": "AGPL-3",
    "depends": ["silver_base", "product"],
    "data": [
        "security/ir.model.access.csv",
        "security/ir_rule.xml",
        "views/isp_plan_price_views.xml",
        "views/product_views.xml",
        "views/silver_product_menus.xml",
    ],
    "demo": [
        "demo/plans.xml",
        "demo/plan_prices.xml",
    ],
    "pre_init_hook": "pre_init_hook",
    "installable": True,
}
