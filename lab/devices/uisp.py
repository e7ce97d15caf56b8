"""A UISP console: NMS (network) and CRM (clients and services) behind one address, self-signed TLS
as it ships.
"""

from .http import HttpDevice, Reply, route

NMS, CRM = "/nms/api/v2.1", "/crm/api/v1.0"
PREPARED, ACTIVE, ENDED, SUSPENDED = 0, 1, 2, 3


class Uisp(HttpDevice):
    """State in :attr:`devices`, :attr:`clients` and :attr:`services`."""

    name = "uisp"

    def __init__(
        self,
        port=0,
        username="silver",
        password="lab-uisp",
        app_key="lab-uisp-app-key",
        tls=True,
        **kwargs,
    ):
        super().__init__(port, tls=tls, **kwargs)
        self.username, self.password, self.app_key = username, password, app_key
        self.tokens = set()
        self.logins = 0
        self.devices, self.sites, self.clients, self.services = {}, {}, {}, {}
        self.plans = {
            10: {"id": 10, "name": "Fibra 50", "downloadSpeed": 50, "uploadSpeed": 10},
            20: {"id": 20, "name": "Fibra 100", "downloadSpeed": 100, "uploadSpeed": 20},
            30: {"id": 30, "name": "Radio 10", "downloadSpeed": 10, "uploadSpeed": 2},
            40: {"id": 40, "name": "Radio 20", "downloadSpeed": 20, "uploadSpeed": 4},
        }
        self.add_device("olt-1", "UF-OLT Norte", "olt")
        self.add_device("ap-1", "Sector Norte 120", "airMax")

    def add_device(self, device_id, name, kind, status="active"):
        self.devices[device_id] = {
            "identification": {
                "id": device_id,
                "name": name,
                "type": kind,
                "model": kind.upper(),
                "mac": "78:8a:20:00:00:01",
                "firmwareVersion": "5.0.1",
                "site": {"id": "site-1", "name": "Norte"},
            },
            "overview": {
                "status": status,
                "cpu": 12,
                "ram": 41,
                "signal": -58,
                "uptime": 86400,
                "lastSeen": "2026-11-21T01:00:00Z",
            },
            "ipAddress": "10.20.0.2/24",
        }

    def add_service(self, service_id, client_id, plan=10, status=ACTIVE):
        self.clients.setdefault(
            client_id, {"id": client_id, "userIdent": str(client_id), "isLead": False}
        )
        self.services[service_id] = {
            "id": service_id,
            "clientId": client_id,
            "status": status,
            "servicePlanId": plan,
            "name": self.plans[plan]["name"],
            "downloadSpeed": self.plans[plan]["downloadSpeed"],
            "uploadSpeed": self.plans[plan]["uploadSpeed"],
            "note": "",
            "suspensionReasonId": None,
        }

    def error_body(self, text):
        code, _space, message = text.partition(" ")
        return {"code": int(code), "message": message}

    def expire_tokens(self):
        self.tokens.clear()

    def authorize(self, request):
        if request.path.startswith(CRM):
            if request.headers.get("X-Auth-App-Key") != self.app_key:
                raise Reply(401, {"code": 401, "message": "Invalid credentials"})
        elif (
            not request.path.endswith("/user/login")
            and request.headers.get("x-auth-token") not in self.tokens
        ):
            raise Reply(
                401, {"statusCode": 401, "error": "Unauthorized", "message": "Unauthorized"}
            )

    # ------------------------------------------------------------ NMS
    @route("POST", f"{NMS}/user/login")
    def login(self, request):
        self.logins += 1
        if (request.body.get("username"), request.body.get("password")) != (
            self.username,
            self.password,
        ):
            return Reply(
                401,
                {
                    "statusCode": 401,
                    "error": "Unauthorized",
                    "message": "Invalid username or password",
                },
            )
        token = f"lab-token-{self.logins}-0123456789"
        self.tokens.add(token)
        return Reply(200, {"id": "user-1", "username": self.username}, {"x-auth-token": token})

    @route("GET", f"{NMS}/devices")
    def get_devices(self, request):
        return list(self.devices.values())

    @route("GET", f"{NMS}/devices/([\\w-]+)")
    def get_device(self, request, device_id):
        if device_id not in self.devices:
            return Reply(
                404, {"statusCode": 404, "error": "Not Found", "message": "Device not found"}
            )
        return self.devices[device_id]

    @route("GET", f"{NMS}/sites")
    def get_sites(self, request):
        return [{"identification": {"id": "site-1", "name": "Norte", "status": "active"}}]

    # ------------------------------------------------------------ CRM
    @route("GET", f"{CRM}/clients/services")
    def get_services(self, request):
        rows = list(self.services.values())
        statuses = [int(v) for v in request.query.get("statuses[]", [])]
        client = request.value("clientId")
        rows = [r for r in rows if not statuses or r["status"] in statuses]
        rows = [r for r in rows if client is None or r["clientId"] == int(client)]
        offset, limit = int(request.value("offset", 0)), int(request.value("limit", 10000))
        return rows[offset : offset + limit]

    @route("GET", f"{CRM}/clients/services/(\\d+)")
    def get_service(self, request, service_id):
        return self._service(service_id)

    @route("PATCH", f"{CRM}/clients/services/(\\d+)")
    def patch_service(self, request, service_id):
        service = self._service(service_id)
        plan = request.body.get("servicePlanId")
        if plan is not None:
            if plan not in self.plans:
                return Reply(
                    422,
                    {
                        "code": 422,
                        "message": "Validation failed.",
                        "errors": {"servicePlanId": ["Unknown plan"]},
                    },
                )
            service.update(
                servicePlanId=plan,
                name=self.plans[plan]["name"],
                downloadSpeed=self.plans[plan]["downloadSpeed"],
                uploadSpeed=self.plans[plan]["uploadSpeed"],
            )
        if "note" in request.body:
            service["note"] = request.body["note"]
        return service

    @route("PATCH", f"{CRM}/clients/services/(\\d+)/suspend")
    def suspend(self, request, service_id):
        service = self._service(service_id)
        if service["status"] != ACTIVE:
            return Reply(422, {"code": 422, "message": "Only active service can be suspended."})
        service.update(status=SUSPENDED, suspensionReasonId=request.body.get("suspensionReasonId"))
        return service

    @route("PATCH", f"{CRM}/clients/services/(\\d+)/cancel-suspend")
    def resume(self, request, service_id):
        service = self._service(service_id)
        if service["status"] != SUSPENDED:
            return Reply(422, {"code": 422, "message": "Service is not suspended."})
        service.update(status=ACTIVE, suspensionReasonId=None)
        return service

    @route("PATCH", f"{CRM}/clients/services/(\\d+)/end")
    def end(self, request, service_id):
        service = self._service(service_id)
        service["status"] = ENDED
        return service

    def _service(self, service_id):
        if int(service_id) not in self.services:
            raise Reply(404, {"code": 404, "message": "Service not found."})
        return self.services[int(service_id)]
