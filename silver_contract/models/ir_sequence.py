from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    @api.model
    def _draw_many(self, code, count):
        """Take ``count`` numbers of a sequence with one query.

        :param str code: code of the sequence; the company's own one goes before the shared one
        :return: list of str
        :raise UserError: when there is no such sequence
        """
        sequence = self.sudo().search(
            [("code", "=", code), ("company_id", "in", [self.env.company.id, False])],
            order="company_id",
            limit=1,
        )
        if not sequence:
            raise UserError(
                self.env._(
                    "There is no sequence with code %(code)s. An administrator must create it in "
                    "Settings > Technical > Sequences.",
                    code=code,
                )
            )
        if sequence.implementation == "no_gap" or sequence.use_date_range:
            return [sequence.next_by_id() for _i in range(count)]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                count,
            )
        )
        return [sequence.get_next_char(number) for (number,) in rows]
