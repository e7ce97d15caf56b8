"""Headless Chromium over the DevTools pipe: any architecture, 2 to 3 s a document."""

import base64
import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from urllib.parse import quote


def find_chromium():
    for name in filter(
        None,
        (
            os.environ.get("CHROMIUM"),
            "chromium",
            "google-chrome",
            "google-chrome-stable",
            "chromium-browser",
        ),
    ):
        path = shutil.which(name)
        if path:
            return path
    sys.exit('wkhtmltopdf(chromium): no Chromium or Chrome found, install the package "chromium"')


class Chromium:
    """DevTools protocol over --remote-debugging-pipe: no port, no extra module."""

    def __init__(self, origin, scale, cookies):
        self.origin, self.scale, self.cookies, self.failed = origin, scale, cookies, {}

    def __enter__(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="wkchromium.", ignore_cleanup_errors=True)
        self.start(self.tmp.name)
        try:
            self.open()
            for name, value in self.cookies.items():
                self.call(
                    "Network.setCookie", name=name, value=value, url=self.origin, httpOnly=True
                )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        self.close()
        self.tmp.cleanup()

    def start(self, profile):
        r_cmd, self.w = os.pipe()
        self.r, w_evt = os.pipe()

        def fds():
            # Odoo's limit_memory_hard reaches us as RLIMIT_AS; Chromium reserves far more than it
            # uses
            resource.setrlimit(resource.RLIMIT_AS, (resource.getrlimit(resource.RLIMIT_AS)[1],) * 2)
            os.dup2(r_cmd, 100)
            os.dup2(w_evt, 101)
            os.dup2(100, 3)
            os.dup2(101, 4)
            os.close(100)
            os.close(101)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)

        cmd = [
            find_chromium(),
            "--headless",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-extensions",
            "--disable-background-networking",
            "--no-first-run",
            "--disable-crash-reporter",
            "--disable-breakpad",
            "--hide-scrollbars",
            "--mute-audio",
            "--font-render-hinting=none",
            "--password-store=basic",
        ]
        if os.geteuid() == 0 or os.environ.get("CHROMIUM_NO_SANDBOX"):
            cmd.append("--no-sandbox")
        self.proc = subprocess.Popen(
            cmd,
            preexec_fn=fds,
            close_fds=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "HOME": profile,
                "XDG_CONFIG_HOME": profile,
                "XDG_CACHE_HOME": profile,
            },
        )
        os.close(r_cmd)
        os.close(w_evt)
        self.buf, self.seq, self.routes, self.events = b"", 0, {}, []
        self.session = None

    def _read(self):
        while b"\0" not in self.buf:
            chunk = os.read(self.r, 1 << 20)
            if not chunk:
                raise RuntimeError(f"chromium went away (exit {self.proc.poll()})")
            self.buf += chunk
        raw, self.buf = self.buf.split(b"\0", 1)
        return json.loads(raw)

    def _send(self, method, params, session=True):
        self.seq += 1
        msg = {"id": self.seq, "method": method, "params": params}
        if session and self.session:
            msg["sessionId"] = self.session
        data = json.dumps(msg).encode() + b"\0"
        while data:
            data = data[os.write(self.w, data) :]
        return self.seq

    def _dispatch(self, msg):
        if msg.get("method") == "Fetch.requestPaused":
            p = msg["params"]
            body = self.routes.get(p["request"]["url"].split("?")[0].split("#")[0])
            if body is not None:
                self._send(
                    "Fetch.fulfillRequest",
                    {
                        "requestId": p["requestId"],
                        "responseCode": 200,
                        "responseHeaders": [
                            {"name": "Content-Type", "value": "text/html; charset=utf-8"}
                        ],
                        "body": base64.b64encode(body).decode(),
                    },
                )
            elif p["request"]["url"].endswith("/favicon.ico"):
                self._send(
                    "Fetch.fulfillRequest", {"requestId": p["requestId"], "responseCode": 204}
                )
            elif p["request"]["url"].startswith(("http://", "https://", "data:", "blob:")):
                self._send("Fetch.continueRequest", {"requestId": p["requestId"]})
            else:  # file:// and friends
                self._send(
                    "Fetch.failRequest",
                    {"requestId": p["requestId"], "errorReason": "AccessDenied"},
                )
        elif msg.get("method") == "Network.requestWillBeSent":
            self.urls[msg["params"]["requestId"]] = msg["params"]["request"]["url"]
        elif msg.get("method") == "Network.loadingFailed":
            self.failed[self.urls.get(msg["params"]["requestId"], "?")] = msg["params"]["errorText"]
        elif "method" in msg:
            self.events.append(msg["method"])

    def call(self, method, session=True, **params):
        seq = self._send(method, params, session)
        while True:
            msg = self._read()
            if msg.get("id") == seq:
                if "error" in msg:
                    raise RuntimeError(f"{method}: {msg['error']['message']}")
                return msg["result"]
            self._dispatch(msg)

    def open(self):
        target = self.call("Target.createTarget", session=False, url="about:blank")["targetId"]
        self.session = self.call(
            "Target.attachToTarget", session=False, targetId=target, flatten=True
        )["sessionId"]
        self.urls = {}
        self.call("Page.enable")
        self.call("Network.enable")
        self.call("Fetch.enable")

    def goto(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        while "Page.loadEventFired" not in self.events:
            self._dispatch(self._read())
        self.call(
            "Runtime.evaluate", expression="document.fonts.ready.then(() => 1)", awaitPromise=True
        )

    def render(self, name, html, query, box):
        """PDF and title of one document; query is what wkhtmltopdf gives to header and footer"""
        url = f"{self.origin}/__print__/{name}.html"
        self.routes[url] = html
        self.goto(url + "?" + "&".join(f"{k}={quote(str(v))}" for k, v in query.items()))
        title = self.call(
            "Runtime.evaluate",
            returnByValue=True,
            expression="(document.querySelector('h1,h2,h3,h4,h5,h6')||{}).textContent||''",
        )["result"]["value"]
        return self.pdf(*box), title

    def pdf(self, width, height, top, right, bottom, left):
        inch = 25.4
        res = self.call(
            "Page.printToPDF",
            paperWidth=width / inch,
            paperHeight=height / inch,
            marginTop=top / inch,
            marginBottom=bottom / inch,
            marginLeft=left / inch,
            marginRight=right / inch,
            printBackground=True,
            scale=self.scale,
            preferCSSPageSize=False,
            transferMode="ReturnAsBase64",
        )
        return base64.b64decode(res["data"])

    def close(self):
        with contextlib.suppress(Exception):
            self.call("Browser.close", session=False)
        with contextlib.suppress(Exception):
            self.proc.wait(5)
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
