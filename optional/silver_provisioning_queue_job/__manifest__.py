{
    "name": "Silver Provisioning on Job Queue",
    "summary": "The work on the network runs as jobs of OCA's queue_job, one job per device",
    "version": "19.0.1.0.0",
    "category": "Services/Internet Provider",
    "author": "Silver",
    "license": "AGPL-3",
    "depends": ["silver_provisioning", "queue_job"],
    "data": ["data/queue_job_data.xml"],
    "installable": True,
}
