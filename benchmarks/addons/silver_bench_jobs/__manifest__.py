{
    "name": "Silver Benchmark: One Job per Contract",
    "summary": "What the engine of provisioning is compared with; for benchmarks only",
    "version": "19.0.1.0.0",
    "author": "Silver",
    "license": "AGPL-3",
    "depends": ["silver_provisioning", "queue_job"],
    "installable": True,
}
