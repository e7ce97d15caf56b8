from odoo import models

from odoo.addons.silver_provisioning.models.isp_provisioning_executor import Batch


class IspContract(models.Model):
    _inherit = "isp.contract"

    def _bench_job(self):
        """One contract on its RADIUS server: the same reading, plan, writing and journal, alone."""
        executor, contract_id = self.env["isp.provisioning.executor"], self.id

        def claim(env):
            target = env["isp.provisioning.target"].search(
                [("contract_id", "=", contract_id), ("kind", "=", "radius")]
            )
            adapter = target.device_id._adapter()
            batch = Batch(target.device_id.id, target.kind)
            batch.claimed = [(target.id, target.generation, contract_id)]
            batch.driver = adapter._driver(target.device_id)
            batch.desired = adapter._desired(target.device_id, target.contract_id)
            return batch

        batch = executor._in_transaction(claim)
        executor._talk(batch)
        executor._in_transaction(lambda env: env[executor._name]._record(batch))
