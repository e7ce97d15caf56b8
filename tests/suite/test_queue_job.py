"""The same work as jobs of OCA's queue_job: optional/silver_provisioning_queue_job."""

import importlib.util

import pytest
from support import eventually
from test_network_faults import IN_SYNC, NAS_SECRET, Network

CHANNELS = "root:2"


@pytest.fixture(scope="module")
def jobs():
    if not importlib.util.find_spec("odoo.addons.queue_job"):
        pytest.skip("OCA's queue_job is not in this Python environment (it is in requirements.txt)")
    running = Network("jobs").create()
    try:
        running.radius("up")
        running.install("silver_provisioning_queue_job")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ODOO_QUEUE_JOB_CHANNELS", CHANNELS)
            # no cron runs: what is done, jobs do
            running.start(cron_threads=0, load=["queue_job"])
        yield running
    finally:
        running.stop()
        running.drop()


def rows(suite):
    """:return: ``[(identity key, state)]`` of our jobs"""
    return suite.sql(
        "SELECT identity_key, state FROM queue_job WHERE model_name = 'isp.provisioning.device'"
    )


def settled(suite, contracts):
    eventually(lambda: suite.states(contracts) == IN_SYNC, "the jobs bring them in line")


def test_jobs_bring_the_network_in_line(jobs):
    contracts = jobs.contracts("trabajos", 60)
    settled(jobs, contracts)
    for username, password in jobs.users(contracts).items():
        assert jobs.login(username, password, NAS_SECRET)[0] == "Access-Accept"
        break
    jobs.rpc("isp.contract", "action_suspend", contracts, reason="technical")
    settled(jobs, contracts)
    groups = jobs.sql(
        "SELECT count(*) FROM radusergroup WHERE groupname = 'suspended' AND username = ANY(%s)",
        jobs.radius_database,
        (list(jobs.users(contracts)),),
    )
    assert groups == [(60,)]
    done = rows(jobs)
    assert done and len(done) < 30, "jobs for devices, not for contracts"
    assert all(key.startswith("silver-provisioning-") for key, _state in done)


def test_no_second_job_while_one_waits(jobs):
    before = len(rows(jobs))
    devices = jobs.rpc("isp.provisioning.device", "search", [("kind", "=", "radius")])
    jobs.rpc("isp.provisioning.device", "write", devices, {"enabled": False})
    contracts = jobs.contracts("espera", 3)
    assert len(rows(jobs)) == before, "a device that is off gets no job"
    jobs.rpc("isp.provisioning.device", "action_try_now", devices)
    settled(jobs, contracts)


def test_jobs_hold_no_secret(jobs):
    passwords = [password for (password,) in jobs.sql("SELECT password FROM isp_radius_user")]
    assert passwords
    for (text,) in jobs.sql("SELECT row_to_json(queue_job)::text FROM queue_job"):
        assert not [password for password in passwords if password in text]


def test_without_runner_the_crons_do_it(jobs):
    jobs.stop()
    jobs.start(cron_threads=0)
    contracts = jobs.contracts("sin corredor", 2)
    jobs.sql("UPDATE queue_job SET date_created = date_created - interval '1 hour'")
    cron = jobs.ref("silver_provisioning.ir_cron_executor_1")
    jobs.rpc("ir.cron", "method_direct_trigger", [cron])
    settled(jobs, contracts)
