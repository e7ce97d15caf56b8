from odoo import api, models
from odoo.tools import SQL

from .. import geo

#: at most this many things of one kind are drawn; the person zooms in for the rest
LIMIT = 1500


class IspPlantMap(models.AbstractModel):
    """What the map draws. A module that knows more places extends :meth:`_layers`."""

    _name = "isp.plant.map"
    _description = "Map of the plant"

    @api.model
    def features(self, south=-85.0, west=-180.0, north=85.0, east=180.0):
        """Places of the plant within a window of the map.

        :param float south: and the other sides, in degrees
        :return: dict ``tiles``, ``attribution``, ``layers``: name -> list of dicts with ``id``,
            ``model``, ``lat``, ``lon``, ``title``, ``text``, ``color`` and ``truncated`` names of
            layers with more than is drawn
        """
        window = (float(south), float(west), float(north), float(east))
        parameters = self.env["ir.config_parameter"].sudo()
        layers = self._layers(window)
        return {
            "tiles": parameters.get_param("silver_isp.map_tiles") or "",
            "attribution": parameters.get_param("silver_isp.map_attribution") or "",
            "layers": {name: places[:LIMIT] for name, places in layers.items()},
            "truncated": [name for name, places in layers.items() if len(places) > LIMIT],
        }

    @api.model
    def _layers(self, window):
        """:return: ``{layer: list of features}``; one more than LIMIT says that there is more."""
        return {
            "bases": self._bases(window),
            "boxes": self._boxes(window),
            "unmet": self._unmet(window),
            "customers": self._customers(window),
        }

    @api.model
    def _inside(self, model, window, domain=(), columns=("latitude", "longitude")):
        south, west, north, east = window
        latitude, longitude = columns
        return self.env[model].search(
            [
                *domain,
                (latitude, ">=", south),
                (latitude, "<=", north),
                (longitude, ">=", west),
                (longitude, "<=", east),
                "|",
                (latitude, "!=", 0),
                (longitude, "!=", 0),
            ],
            limit=LIMIT + 1,
        )

    @api.model
    def _feature(self, record, latitude, longitude, title, text, color):
        return {
            "id": record.id,
            "model": record._name,
            "lat": latitude,
            "lon": longitude,
            "title": title,
            "text": text,
            "color": color,
        }

    @api.model
    def _bases(self, window):
        features = []
        for base in self._inside("isp.base.station", window):
            feature = self._feature(
                base,
                base.latitude,
                base.longitude,
                base.display_name,
                base.location or "",
                "base",
            )
            feature["sectors"] = [
                {
                    "id": sector.id,
                    "name": sector.name,
                    "azimuth": sector.azimuth,
                    "beam": sector.beam_width,
                    "range": sector.max_range_m,
                }
                for sector in base.sector_ids
            ]
            features.append(feature)
        return features

    @api.model
    def _boxes(self, window):
        (south, west, north, east) = window
        low, high = geo.mercator(max(south, -85.0), west), geo.mercator(min(north, 85.0), east)
        # through the index on the generated point: the rectangle may hold 100,000 boxes
        query = self.env["isp.nap"]._search([], limit=LIMIT + 1)
        query.add_where(
            SQL(
                "%s <@ box(point(%s, %s), point(%s, %s))",
                SQL.identifier(query.table, "geo"),
                *low,
                *high,
            )
        )
        naps = self.env["isp.nap"].browse(query)
        features = []
        for nap in naps:
            if nap.state == "project":
                color = "project"
            elif not nap.port_count or not nap.free_count:
                color = "full"
            else:
                color = "tight" if nap.occupancy >= 75 else "room"
            text = self.env._(
                "%(free)s free of %(total)s", free=nap.free_count, total=nap.port_count
            )
            features.append(self._feature(nap, nap.latitude, nap.longitude, nap.code, text, color))
        return features

    @api.model
    def _unmet(self, window):
        return [
            self._feature(
                answer,
                answer.latitude,
                answer.longitude,
                answer.partner_id.display_name or self.env._("Unmet demand"),
                answer.reason or "",
                "unmet",
            )
            for answer in self._inside("isp.feasibility", window, [("feasible", "=", False)])
        ]

    @api.model
    def _customers(self, window):
        """Customers connected to the plant whose address has coordinates."""
        partners = self._inside(
            "res.partner",
            window,
            [("id", "in", self._connected_partners())],
            ("partner_latitude", "partner_longitude"),
        )
        return [
            self._feature(
                partner,
                partner.partner_latitude,
                partner.partner_longitude,
                partner.display_name,
                "",
                "customer",
            )
            for partner in partners
        ]

    @api.model
    def _connected_partners(self):
        """:return: SQL sub-select of the partners that hold a port or a place."""
        return SQL(
            "(SELECT partner_id FROM isp_splitter_port WHERE partner_id IS NOT NULL"
            " UNION SELECT partner_id FROM isp_sector_slot WHERE partner_id IS NOT NULL)"
        )
