"""Stand-ins for hardware nobody can install: they speak the real protocols, keep state, give the
device's own errors, and
fail on request.

    with Router() as router:                   # RouterOS API
        router.faults.inject("drop_after", "/ppp/secret/add", times=1)

    plant = Plant(frame=0); plant.connect("HWTCAABBCC01", slot=1, port=3)
    with HuaweiOlt(plant) as olt, SnmpAgent(plant, "huawei") as agent: ...

`python -m lab.devices` starts a small provider of them (:mod:`lab.devices.provider`).
"""
