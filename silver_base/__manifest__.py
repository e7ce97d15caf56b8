{
    "name": "Silver Base",
    "summary": "Roles, menu, secrets and audit shared by the Silver suite",
    "version": "19.0.1.0.0",
    "category": "Services/Internet Provider",
    "author": "Silver",
    "license": "AGPL-3",
    "depends": ["base", "web", "mail"],
    "data": [
        "security/res_groups.xml",
        "views/silver_menus.xml",
    ],
    "icon": "/silver_base/static/description/icon.svg",
    "application": True,
    "installable": True,
}
