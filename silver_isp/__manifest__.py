{
    "name": "Silver ISP",
    "summary": "The plant: bases, OLTs, PON ports, splitters, boxes, sectors, and feasibility",
    "version": "19.0.1.0.0",
    "category": "Services/Internet Provider",
    "author": "Silver",
    "license": "AGPL-3",
    "depends": ["silver_base", "mail"],
    "data": [
        "security/ir.model.access.csv",
        "security/ir_rule.xml",
    ],
    "demo": [
        "demo/isp_base_station_demo.xml",
        "demo/isp_olt_demo.xml",
        "demo/isp_nap_demo.xml",
        "demo/isp_sector_demo.xml",
    ],
    "installable": True,
}
