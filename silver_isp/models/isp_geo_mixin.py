from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .. import geo


class IspGeoMixin(models.AbstractModel):
    """A position on the map. 0, 0 means that it is not known."""

    _name = "isp.geo.mixin"
    _description = "Position on the map"

    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))

    _latitude_range = models.Constraint(
        "CHECK(latitude BETWEEN -85.05 AND 85.05)",
        "The latitude goes from -85.05 to 85.05 degrees.",
    )
    _longitude_range = models.Constraint(
        "CHECK(longitude BETWEEN -180 AND 180)",
        "The longitude goes from -180 to 180 degrees.",
    )

    @api.constrains("latitude", "longitude")
    def _check_position(self):
        for record in self:
            message = self._position_error(record.latitude, record.longitude, record)
            if message:
                raise ValidationError(message)

    @api.model
    def _position_error(self, latitude, longitude, record=None):
        """:return: why this is not a position of ours, or an empty text."""
        if not geo.has_position(latitude, longitude):
            return ""
        places = self._reference_places(record)
        name = record.display_name if record else self.env._("The position")
        if geo.looks_swapped(latitude, longitude, places):
            return self.env._(
                "%(name)s: %(latitude)s, %(longitude)s looks like latitude and longitude in each "
                "other's place. Latitude goes first.",
                name=name,
                latitude=latitude,
                longitude=longitude,
            )
        if not geo.in_range(latitude, longitude):
            return self.env._(
                "%(name)s: %(latitude)s, %(longitude)s is not on the map. Latitude goes "
                "from -85.05 to "
                "85.05 and longitude from -180 to 180.",
                name=name,
                latitude=latitude,
                longitude=longitude,
            )
        return ""

    @api.model
    def _reference_places(self, record=None):
        """:return: positions of the company's bases, to tell a swapped pair by."""
        company = (record and record.company_id) or self.env.company
        bases = self.env["isp.base.station"].sudo().search([("company_id", "=", company.id)])
        return [
            (base.latitude, base.longitude)
            for base in bases
            if geo.has_position(base.latitude, base.longitude)
            and geo.in_range(base.latitude, base.longitude)
            and base != record
        ]

    def _init_geo_index(self):
        """Add the generated ``geo`` point and its GiST index (call it from ``init()``)."""
        table = SQL.identifier(self._table)
        self.env.cr.execute(
            SQL(
                "SELECT col_description(attrelid, attnum) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attname = 'geo' AND NOT attisdropped",
                self._table,
            )
        )
        current = self.env.cr.fetchone()
        if current and current[0] != geo.GEO_SQL:
            self.env.cr.execute(SQL("ALTER TABLE %s DROP COLUMN geo", table))
        self.env.cr.execute(
            SQL(
                "ALTER TABLE %s ADD COLUMN IF NOT EXISTS geo point GENERATED ALWAYS AS (%s) STORED",
                table,
                SQL(geo.GEO_SQL),
            )
        )
        self.env.cr.execute(SQL("COMMENT ON COLUMN %s.geo IS %s", table, geo.GEO_SQL))
        self.env.cr.execute(
            SQL(
                "CREATE INDEX IF NOT EXISTS %s ON %s USING gist (geo)",
                SQL.identifier(f"{self._table}_geo_idx"),
                table,
            )
        )
