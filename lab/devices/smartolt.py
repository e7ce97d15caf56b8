"""A SmartOLT tenant: HTTP 200 with `status: false` for what it does not like, 1,000 calls an hour,
X-Token.
"""

import itertools

from .http import HttpDevice, Reply, route

API = "/api"


class SmartOlt(HttpDevice):
    """Answers the part of the API that provisioning needs; state in :attr:`onus` and
    :attr:`unconfigured`.
    """

    name = "smartolt"

    def __init__(self, port=0, token="lab-smartolt-token", calls_per_hour=1000, **kwargs):
        super().__init__(port, **kwargs)
        self.token, self.calls_per_hour = token, calls_per_hour
        self.calls = 0
        self.onus = {}
        self.unconfigured = {}
        self.vlans = {"100", "200"}
        self.speeds = {"10M", "50M", "100M"}
        self.types = {"EG8145V5", "ZTE-F660", "HG8546M"}
        self._ids = itertools.count(1)

    def plug(self, serial, board=1, port=3, model="EG8145V5", olt_id="1"):
        """An ONU lights up on a port and waits to be authorised."""
        self.unconfigured[serial] = {
            "sn": serial,
            "olt_id": olt_id,
            "board": str(board),
            "port": str(port),
            "pon_type": "gpon",
            "onu_type_name": model,
            "onu": "",
            "actions": ["authorize"],
        }

    def authorize(self, request):
        if request.headers.get("X-Token") != self.token:
            raise Reply(403, {"status": False, "error": "Invalid API key", "response_code": "auth"})
        self.calls += 1
        if self.calls > self.calls_per_hour:
            raise Reply(
                429, {"status": False, "error": "Hourly limit reached"}, {"Retry-After": "1800"}
            )

    def error_body(self, text):
        return _no(text)

    def not_found(self, request):
        return Reply(404, {"status": False, "error": "Unknown method"})

    # ------------------------------------------------------------ reading
    @route("GET", f"{API}/system/get_speed_profiles")
    def get_speed_profiles(self, request):
        rows = [
            {"id": str(n), "name": name, "direction": d}
            for n, name in enumerate(sorted(self.speeds))
            for d in ("upload", "download")
        ]
        return {"status": True, "response": rows}

    @route("GET", f"{API}/olt/get_vlans/(\\w+)")
    def get_vlans(self, request, olt):
        return {"status": True, "response": [{"vlan": vlan} for vlan in sorted(self.vlans)]}

    @route("GET", f"{API}/onu/unconfigured_onus(?:_for_olt/(\\w+))?")
    def get_unconfigured(self, request, olt):
        rows = [row for row in self.unconfigured.values() if olt in (None, row["olt_id"])]
        return {"status": True, "response": rows}

    @route("GET", f"{API}/onu/get_all_onus_details")
    def get_all(self, request):
        return {"status": True, "onus": [self._details(row) for row in self.onus.values()]}

    @route("GET", f"{API}/onu/get_onu_details/([^/]+)")
    def get_one(self, request, external_id):
        return {"status": True, "onu_details": self._details(self._onu(external_id))}

    @route("GET", f"{API}/onu/get_onus_details_by_sn/([^/]+)")
    def get_by_serial(self, request, serial):
        rows = [self._details(row) for row in self.onus.values() if row["sn"] == serial]
        return (
            {"status": True, "onus": rows}
            if rows
            else {"status": False, "error": "No ONUs were found"}
        )

    @route("GET", f"{API}/onu/get_onus_statuses")
    def get_statuses(self, request):
        rows = [
            {"unique_external_id": k, "sn": r["sn"], "status": r["status"], "zone_id": "1"}
            for k, r in self.onus.items()
        ]
        return {"status": True, "response": rows}

    @route("GET", f"{API}/onu/get_onus_signals")
    def get_signals(self, request):
        rows = [
            {
                "unique_external_id": k,
                "sn": r["sn"],
                "signal": "Very good",
                "signal_1310": r["signal_1310"],
                "signal_1490": r["signal_1490"],
            }
            for k, r in self.onus.items()
        ]
        return {"status": True, "response": rows}

    # ------------------------------------------------------------ writing
    @route("POST", f"{API}/onu/authorize_onu")
    def authorize_onu(self, request):
        form = request.body
        for name in (
            "olt_id",
            "pon_type",
            "board",
            "port",
            "sn",
            "onu_type",
            "onu_mode",
            "vlan",
            "zone",
            "name",
        ):
            if not form.get(name):
                return _no(f"The {name} field is required.")
        waiting = self.unconfigured.get(form["sn"])
        if any(row["sn"] == form["sn"] for row in self.onus.values()):
            return _no("ONU with this SN is already authorized")
        if not waiting or (waiting["board"], waiting["port"]) != (form["board"], form["port"]):
            return _no("ONU not found on the PON port")
        if form["vlan"] not in self.vlans or form["onu_type"] not in self.types:
            return _no("Invalid VLAN or ONU type")
        speeds = (
            form.get("upload_speed_profile_name", ""),
            form.get("download_speed_profile_name", ""),
        )
        if not set(speeds) <= self.speeds | {""}:
            return _no("Speed profile not found")
        external_id = form.get("onu_external_id") or f"LAB{next(self._ids):06d}"
        if external_id in self.onus:
            return _no("ONU external ID is already used")
        del self.unconfigured[form["sn"]]
        self.onus[external_id] = {
            "sn": form["sn"],
            "olt_id": form["olt_id"],
            "board": form["board"],
            "port": form["port"],
            "onu": str(len(self.onus) + 1),
            "name": form["name"],
            "mode": form["onu_mode"],
            "vlan": form["vlan"],
            "onu_type_name": form["onu_type"],
            "upload": speeds[0],
            "download": speeds[1],
            "status": "Online",
            "administrative_status": "Enabled",
            "signal_1310": "-21.30",
            "signal_1490": "-19.80",
            "wan_mode": "Setup via ONU webpage",
            "username": "",
            "password": "",
            "ssid": "",
            "wifi_key": "",
            "ssid_5g": "",
            "wifi_key_5g": "",
        }
        return {
            "status": True,
            "response": {"unique_external_id": external_id},
            "response_code": "success",
        }

    @route("POST", f"{API}/onu/(enable|disable)/([^/]+)")
    def switch(self, request, verb, external_id):
        onu = self._onu(external_id)
        wanted = "Enabled" if verb == "enable" else "Disabled"
        if onu["administrative_status"] == wanted:
            return _no(f"ONU is already {wanted.lower()}")
        onu["administrative_status"] = wanted
        onu["status"] = "Online" if verb == "enable" else "Offline"
        return _yes(f"ONU {verb}d")

    @route("POST", f"{API}/onu/update_onu_speed_profiles/([^/]+)")
    def update_speed(self, request, external_id):
        onu = self._onu(external_id)
        up, down = (
            request.body.get("upload_speed_profile_name"),
            request.body.get("download_speed_profile_name"),
        )
        if up not in self.speeds or down not in self.speeds:
            return _no("Speed profile not found")
        onu["upload"], onu["download"] = up, down
        return _yes("Speed profiles updated")

    @route("POST", f"{API}/onu/set_onu_wan_mode_pppoe/([^/]+)")
    def set_pppoe(self, request, external_id):
        onu = self._onu(external_id)
        onu.update(
            wan_mode="PPPoE",
            username=request.body.get("username", ""),
            password=request.body.get("password", ""),
        )
        return _yes("WAN mode set")

    @route("POST", f"{API}/onu/update_onu_vlan_id/([^/]+)")
    def set_vlan(self, request, external_id):
        if request.body.get("vlan") not in self.vlans:
            return _no("VLAN not found")
        self._onu(external_id)["vlan"] = request.body["vlan"]
        return _yes("VLAN updated")

    @route("POST", f"{API}/onu/set_wifi_port_lan/([^/]+)")
    def set_wifi(self, request, external_id):
        key = request.body.get("password", "")
        if not 8 <= len(key) <= 63:
            return _no("Invalid WiFi password")
        band = {"wifi_0/1": "", "wifi_0/5": "_5g"}.get(request.body.get("wifi_port"))
        if band is None:
            return _no("WiFi port not found")
        values = {f"ssid{band}": request.body.get("ssid", ""), f"wifi_key{band}": key}
        self._onu(external_id).update(values)
        return _yes("WiFi updated")

    @route("POST", f"{API}/onu/(reboot)/([^/]+)")
    def reboot(self, request, _verb, external_id):
        self._onu(external_id)
        return _yes("Device reboot command sent")

    @route("POST", f"{API}/onu/delete/([^/]+)")
    def delete(self, request, external_id):
        onu = self._onu(external_id)
        del self.onus[external_id]
        self.plug(onu["sn"], onu["board"], onu["port"], onu["onu_type_name"], onu["olt_id"])
        return _yes("ONU deleted")

    def _onu(self, external_id):
        if external_id not in self.onus:
            raise Reply(200, {"status": False, "error": "ONU not found"})
        return self.onus[external_id]

    def _details(self, onu):
        external_id = next(key for key, value in self.onus.items() if value is onu)
        return {
            "unique_external_id": external_id,
            "sn": onu["sn"],
            "olt_id": onu["olt_id"],
            "board": onu["board"],
            "port": onu["port"],
            "onu": onu["onu"],
            "name": onu["name"],
            "mode": onu["mode"],
            "wan_mode": onu["wan_mode"],
            "onu_type_name": onu["onu_type_name"],
            "status": onu["status"],
            "administrative_status": onu["administrative_status"],
            "signal_1310": onu["signal_1310"],
            "signal_1490": onu["signal_1490"],
            "username": onu["username"],
            "service_ports": [
                {
                    "service_port": "1",
                    "vlan": onu["vlan"],
                    "upload_speed": onu["upload"],
                    "download_speed": onu["download"],
                }
            ],
            "wifi_ports": [
                {"port": "wifi_0/1", "ssid": onu["ssid"]},
                {"port": "wifi_0/5", "ssid": onu["ssid_5g"]},
            ],
        }


def _no(text):
    return {"status": False, "error": text, "response_code": "error"}


def _yes(text):
    return {"status": True, "response": text, "response_code": "success"}
