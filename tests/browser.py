"""A headless Chromium, driven over its DevTools protocol: opens pages, collects what goes wrong."""

import base64
import json
import shutil
import subprocess
import tempfile
import urllib.request

import requests
import websocket
from support import eventually, free_port

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
    " --disable-background-networking --disable-component-update --hide-scrollbars"
    " --remote-allow-origins=* --window-size=1440,900"
).split()
#: the web client shows something, and nothing is loading any more
READY = """
(() => {
    if (document.querySelector('.o_error_dialog, .o_dialog_error')) return 'error';
    const shown = document.querySelector('.o_action_manager > *, .modal .o_form_view');
    return shown && !document.querySelector('.o_loading_indicator') ? 'ready' : '';
})()
"""


class Browser:
    def __init__(self, suite, login="admin", password="admin", flags=(), phone=False):
        """:param flags: more of Chromium's own; ``phone``: the size and touch of one"""
        self.suite = suite
        self.profile = tempfile.mkdtemp(prefix="silver-chromium.")
        port = free_port()
        program = shutil.which("chromium") or shutil.which("google-chrome")
        self.process = subprocess.Popen(
            [
                program,
                *FLAGS,
                *flags,
                f"--user-data-dir={self.profile}",
                f"--remote-debugging-port={port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.count, self.errors = 0, []
        target = eventually(lambda: self._page(port), "Chromium answers")
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=180)
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")
        if phone:
            self.call(
                "Emulation.setDeviceMetricsOverride",
                **{"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True},
            )
            self.call("Emulation.setTouchEmulationEnabled", enabled=True)
        self._login(login, password)

    def _page(self, port):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as answer:
                return next((t for t in json.load(answer) if t["type"] == "page"), None)
        except OSError:
            return None

    def _login(self, login, password):
        session = requests.Session()
        params = {"db": self.suite.database, "login": login, "password": password}
        answer = session.post(
            f"{self.suite.url}/web/session/authenticate",
            json={"jsonrpc": "2.0", "params": params},
            timeout=60,
        ).json()
        assert answer.get("result", {}).get("uid"), answer
        self.call(
            "Network.setCookie",
            name="session_id",
            value=session.cookies["session_id"],
            url=self.suite.url,
        )

    def call(self, method, **params):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            self._listen(message)
            if message.get("id") == self.count:
                return message.get("result", message)

    def _listen(self, message):
        params = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"])[:600])
        elif message.get("method") == "Runtime.consoleAPICalled" and params["type"] == "error":
            self.errors.append(json.dumps(params["args"])[:600])

    def evaluate(self, script):
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        return answer.get("result", {}).get("value")

    def open(self, path):
        """:return: what went wrong on that page, a list of texts"""
        self.errors.clear()
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=self.suite.url + path)
        return self._settled(path)

    def act(self, action, view_type=None):
        """Show an action inside the web client that is open (:meth:`open` first): as a click on its
        menu does, without loading the client again.

        :return: what went wrong there, a list of texts
        """
        self.errors.clear()
        options = json.dumps(
            {"clearBreadcrumbs": True, **({"viewType": view_type} if view_type else {})}
        )
        self.evaluate(
            "odoo.__WOWL_DEBUG__.root.env.services.action"
            f".doAction({int(action)}, {options}).then(() => 'shown', () => 'refused')"
        )
        return self._settled(f"action {action} {view_type or ''}")

    def _settled(self, what):
        state = eventually(lambda: self.evaluate(READY), f"{what} is shown")
        if state == "error":
            self.errors.append(self.evaluate("document.querySelector('.modal').innerText") or what)
        return list(self.errors)

    # --- as a person does it ---

    def until(self, script, what, timeout=30):
        """Evaluate ``script`` until it gives something true, and return that."""
        script = f"((value) => (value instanceof Node ? true : value))({script})"
        return eventually(lambda: self.evaluate(script), what, timeout)

    def click(self, selector, text=None):
        """Click the first element shown that matches, with ``text`` in it if given."""
        found = json.dumps([selector, text])
        script = f"""(() => {{
            const [selector, text] = {found};
            const element = [...document.querySelectorAll(selector)].find(
                (item) => item.offsetParent && (!text || item.innerText.includes(text)));
            element?.scrollIntoView({{block: "center"}});
            element?.click();
            return Boolean(element);
        }})()"""
        self.until(script, f"{selector} {text or ''} to click")

    def fill(self, field, text):
        """Write in the input of a field of the form, as on a keyboard."""
        selector = json.dumps(f".o_field_widget[name={field}] input")
        self.until(
            f"""(() => {{
                const input = [...document.querySelectorAll({selector})].at(-1);
                input?.focus();
                input?.select();
                return Boolean(input) && document.activeElement === input;
            }})()""",
            f"a field {field}",
        )
        self.call("Input.insertText", text=text)

    def leave(self):
        """Leave the input, so that the form takes what was written."""
        self.evaluate("document.activeElement?.blur()")

    def choose(self, field, text):
        """Search ``text`` in a many2one and take the first that is offered."""
        self.fill(field, text)
        self.click(".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option)", text)

    # --- hands and eyes; ``selector`` is CSS, ``text`` a part of what the element shows --- #

    def _find(self, selector, text=""):
        return (
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            f".find((el) => el.innerText?.includes({json.dumps(text)}))"
        )

    def see(self, selector, text="", timeout=30):
        """:return: what the element shows, once it is there"""
        found = f"(() => {{ const el = {self._find(selector, text)}; return el && {{text:"
        found += " el.innerText || el.value || ''}; })()"
        return eventually(
            lambda: self.evaluate(found), f"{selector} with {text!r} is shown", timeout
        )["text"]

    def box(self, selector, text=""):
        """:return: ``(x, y, width, height)`` in the window, scrolled to"""
        self.see(selector, text)
        return self.evaluate(
            f"(() => {{ const el = {self._find(selector, text)};"
            " el.scrollIntoView({block: 'center'}); const r = el.getBoundingClientRect();"
            " return [r.x, r.y, r.width, r.height]; })()"
        )

    def tap(self, selector, text=""):
        """The mouse or finger itself, on what is there."""
        x, y, width, height = self.box(selector, text)
        self.stroke([(x + width / 2, y + height / 2)])

    def stroke(self, points):
        """Press at the first point, move over the others, let go at the last."""
        where = {"button": "left", "clickCount": 1}
        (x, y), (end_x, end_y) = points[0], points[-1]
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, **where)
        for x, y in points[1:]:
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, **where)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=end_x, y=end_y, **where)

    def type(self, selector, text, enter=False):
        self.tap(selector)
        self.call("Input.insertText", text=text)
        if enter:
            for kind in ("keyDown", "keyUp"):
                self.call(
                    "Input.dispatchKeyEvent",
                    **{"type": kind, "key": "Enter", "code": "Enter", "text": "\r"},
                    windowsVirtualKeyCode=13,
                )

    def upload(self, selector, path):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self.socket.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)
