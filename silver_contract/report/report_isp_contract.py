from odoo import api, models


class ReportIspContract(models.AbstractModel):
    """The contract on paper, in the customer's language or in Spanish."""

    _name = "report.silver_contract.report_isp_contract"
    _description = "Contract Document"

    @api.model
    def _get_report_values(self, docids, data=None):
        contracts = self.env["isp.contract"].browse(docids)
        contracts.check_access("read")
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        spanish = next((code for code in installed if code.startswith("es")), self.env.lang)
        today = contracts._today()
        # equipment and prices are part of the contract: whoever may print it sees them
        records = contracts.sudo()
        return {
            "doc_ids": docids,
            "doc_model": "isp.contract",
            "docs": records,
            "languages": {
                contract.id: lang
                if (lang := contract.partner_id.lang or "").startswith("es")
                else spanish
                for contract in records
            },
            "prices": records._price_details_on(today),
            "custody": {
                contract.id: contract.equipment_assignment_ids.filtered("is_open")
                for contract in records
            },
            "percent": records._early_termination_percent(),
        }
